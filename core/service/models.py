"""The shape of service: the record, its verification, the recipient's evaluation and the one-time code for it."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, tenant_foreign_key
from core.privacy.tags import personal, plain
from core.service.claims.models import RECIPIENT_KINDS

STATUSES = ("submitted", "verified", "returned", "counted", "withdrawn", "corrected")
GONE = ("withdrawn", "corrected")  # they stand for nothing any longer
PRIORITY_GROUPS = ("needy", "elderly", "disabled", "children", "laid_off", "migrant")  # R75
HOURS_SOURCES = ("reported", "system", "officer")
CHANNELS = ("code", "paper", "visit", "waiver")
RATINGS = ("satisfied", "fair", "dissatisfied")
CORRECTION_STATUSES = ("open", "accepted", "refused", "taken_back", "lapsed")
CALLBACK_STATES = ("open", "confirmed", "differs", "settled")
MEANS = ("phone", "visit")


class ServiceRecord(TenantRow, Base):
    """One service of one member: what, where, when, how long, for whom (R42).

    submitted > verified (R70) > counted once the recipient has evaluated it (R78); returned with a reason, or withdrawn. One that counted
    is never changed: put right, it is `corrected` and counts no longer, and a new one that `replaces_id` names it for counts instead.
    `minutes` is the length in minutes; `outside_hours`: on a day off, or begun outside working hours (core.service.hours); `collective`:
    several served together; `claim_id`: the claim that it fulfils, if any (core.service.claims). The recipient's name is encrypted;
    member and unit never see who judged.
    """

    __tablename__ = "service_record"
    __table_args__ = (
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("community_id", "organization"),
        tenant_foreign_key("unit_id", "organization"), tenant_foreign_key("claim_id", "claim"),
        tenant_foreign_key("replaces_id", "service_record", ondelete="CASCADE"), UniqueConstraint("tenant_id", "replaces_id"),
        CheckConstraint(f"status in {STATUSES}", name="status"),
        CheckConstraint(f"hours_source in {HOURS_SOURCES}", name="hours_source"),
        CheckConstraint(f"recipient_kind in {RECIPIENT_KINDS}", name="recipient_kind"),
        CheckConstraint("minutes between 1 and 1440", name="minutes"),
        CheckConstraint(f"rating in {RATINGS}", name="rating"),
        Index("ix_service_record_member", "tenant_id", "member_id", "happened_on", "id"),
        Index("ix_service_record_community", "tenant_id", "community_id", "status", "happened_on", "id"),
        Index("ix_service_record_unit", "tenant_id", "unit_id", "happened_on", "id"),
        Index("ix_service_record_claim", "tenant_id", "claim_id", postgresql_where=text("claim_id is not null")),
        Index("ix_service_record_year", "tenant_id", "community_id", "happened_on", postgresql_where=text("status = 'counted'"),
              postgresql_include=["member_id", "kind", "minutes", "rating", "waived"]),
    )

    member_id: Mapped[uuid.UUID]
    community_id: Mapped[uuid.UUID]
    unit_id: Mapped[uuid.UUID | None]
    claim_id: Mapped[uuid.UUID | None]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    title: Mapped[str] = mapped_column(Text, info=plain("what was done; the form forbids names of residents"))
    place: Mapped[str | None] = mapped_column(Text, info=plain())
    happened_on: Mapped[dt.date]
    minutes: Mapped[int]
    started_at: Mapped[dt.time | None]
    outside_hours: Mapped[bool] = mapped_column(default=False, server_default=false())
    collective: Mapped[bool] = mapped_column(default=False, server_default=false())
    hours_source: Mapped[str] = mapped_column(Text, default="reported", info=plain())
    recipient_kind: Mapped[str] = mapped_column(Text, default="person", info=plain())
    recipient_group: Mapped[str | None] = mapped_column(Text, info=plain("a priority group's key"))
    recipient: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("name", whose="resident"))
    status: Mapped[str] = mapped_column(Text, default="submitted", info=plain())
    entered_by: Mapped[uuid.UUID | None]
    verified_by: Mapped[uuid.UUID | None]
    verified_on: Mapped[dt.date | None]
    returned_reason: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    counted_on: Mapped[dt.date | None]
    replaces_id: Mapped[uuid.UUID | None]
    rating: Mapped[str | None] = mapped_column(Text, info=plain("the evaluation's grade again, so that rules read one table"))
    waived: Mapped[bool] = mapped_column(default=False, server_default=false())  # it counts without a recipient's judgement
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Evaluation(TenantRow, Base):
    """How the recipient judged a record (R78, D11), by code, paper slip, home visit, or waived for public work."""

    __tablename__ = "evaluation"
    __table_args__ = (tenant_foreign_key("record_id", "service_record", ondelete="CASCADE"), UniqueConstraint("tenant_id", "record_id"),
                      CheckConstraint(f"channel in {CHANNELS}", name="channel"),
                      CheckConstraint(f"rating in {RATINGS}", name="rating"))

    record_id: Mapped[uuid.UUID]
    channel: Mapped[str] = mapped_column(Text, info=plain())
    rating: Mapped[str] = mapped_column(Text, info=plain())
    comment: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="resident"))
    evaluated_on: Mapped[dt.date]
    keyed_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class EvaluationCode(TenantRow, Base):
    """A one-time code with which a recipient evaluates without an account; only its keyed hash is kept."""

    __tablename__ = "evaluation_code"
    __table_args__ = (tenant_foreign_key("record_id", "service_record", ondelete="CASCADE"), UniqueConstraint("tenant_id", "record_id"),
                      UniqueConstraint("tenant_id", "code_hash"))

    record_id: Mapped[uuid.UUID]
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    issued_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))



class RecordCorrection(TenantRow, Base):
    """What a member asks to have put right in a record that is verified or counts: the record as it should be, and why.

    open > accepted or refused with an answer by the community, taken_back by the member, or lapsed with the record. One is open at a time.
    """

    __tablename__ = "record_correction"
    __table_args__ = (tenant_foreign_key("record_id", "service_record", ondelete="CASCADE"),
                      CheckConstraint(f"status in {CORRECTION_STATUSES}", name="status"),
                      CheckConstraint("minutes between 1 and 1440", name="minutes"),
                      Index("ix_record_correction_record", "tenant_id", "record_id", "created_at", "id"),
                      Index("ix_record_correction_status", "tenant_id", "status", "created_at", "id"),
                      Index("uq_record_correction_open", "tenant_id", "record_id", unique=True, postgresql_where=text("status = 'open'")))

    record_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    title: Mapped[str] = mapped_column(Text, info=plain("what was done; the form forbids names of residents"))
    place: Mapped[str | None] = mapped_column(Text, info=plain())
    happened_on: Mapped[dt.date]
    minutes: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, info=personal("note"))
    status: Mapped[str] = mapped_column(Text, default="open", info=plain())
    answer: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    asked_by: Mapped[uuid.UUID | None]
    decided_by: Mapped[uuid.UUID | None]
    decided_on: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class RecordCallback(TenantRow, Base):
    """A counted record that was drawn by lot, so that the recipient is asked once more; the community's alone, for as long as the evaluation.

    open (not reached: tried `tries` times, due again on `due_on`) > confirmed, or differs > settled when an officer has looked into it.
    `own_hand`: called by whoever had verified or keyed the record in, as the community had nobody else.
    """

    __tablename__ = "record_callback"
    __table_args__ = (tenant_foreign_key("record_id", "service_record", ondelete="CASCADE"), UniqueConstraint("tenant_id", "record_id"),
                      CheckConstraint(f"state in {CALLBACK_STATES}", name="state"), CheckConstraint(f"means in {MEANS}", name="means"),
                      Index("ix_record_callback_state", "tenant_id", "state", "due_on", "id"))

    record_id: Mapped[uuid.UUID]
    state: Mapped[str] = mapped_column(Text, default="open", info=plain())
    drawn_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    tries: Mapped[int] = mapped_column(default=0)
    means: Mapped[str | None] = mapped_column(Text, info=plain())
    note: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="resident"))
    called_by: Mapped[uuid.UUID | None]
    called_on: Mapped[dt.date | None]
    own_hand: Mapped[bool] = mapped_column(default=False, server_default=false())
    finding: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="resident"))
    settled_by: Mapped[uuid.UUID | None]
    settled_on: Mapped[dt.date | None]
