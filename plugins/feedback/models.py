"""The shape of two-way feedback: packs with a line a member, the thread between a community and a unit, numbers, and the presses."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, personal, plain, tenant_foreign_key

STATES = ("draft", "reviewed", "signed", "sent", "read", "answered", "archived")
UNSIGNED = ("draft", "reviewed")
WAITING = ("draft", "reviewed", "signed")
OUT = ("sent", "read", "answered", "archived")
CHANNELS = ("system", "paper")
SIDES = ("community", "unit")
MESSAGE_KINDS = ("notice", "message", "answer")
REPORTED = ("confirmed", "submitted", "ended")
COUNTS = ("records", "activities", "minutes", "satisfied", "fair", "dissatisfied", "claims", "claims_done")


class FeedbackPack(TenantRow, Base):
    """What a community tells a unit about its members for a period (R25, R72, D12): one a pair and period, later ones correct it.

    draft > reviewed > signed > sent > read > answered > archived. The figures are those of the day on which it was made and follow nothing
    afterwards; until it is signed it can be made anew. `revision` counts from 1, a correction after sending is the next one and names in
    `replaces_id` which it stands for. One that came from another tenant has no `community_id`: `sender` says whose it is, `envelope_id`
    by which envelope it came. `parts` has the titles and sums of what other plugins add. `channel`: sent here, or handed over on paper.
    """

    __tablename__ = "feedback_pack"
    __reach__ = "community_id"
    __table_args__ = (
        tenant_foreign_key("community_id", "organization"), tenant_foreign_key("unit_id", "organization"),
        tenant_foreign_key("replaces_id", "feedback_pack", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "period", "community_id", "unit_id", "revision", name="uq_feedback_pack_pair"),
        UniqueConstraint("tenant_id", "envelope_id"), UniqueConstraint("tenant_id", "replaces_id"),
        CheckConstraint(f"state in {STATES}", name="state"), CheckConstraint(f"channel in {CHANNELS}", name="channel"),
        Index("ix_feedback_pack_community", "tenant_id", "community_id", "period", "sort_key", "id"),
        Index("ix_feedback_pack_period", "tenant_id", "period", "state", "sort_key", "id"),
        Index("ix_feedback_pack_unit", "tenant_id", "unit_id", "period", "id"),
        Index("ix_feedback_pack_sent", "tenant_id", "unit_id", "state", "sent_on", "id"),
    )

    community_id: Mapped[uuid.UUID | None]
    unit_id: Mapped[uuid.UUID]
    sender: Mapped[str | None] = mapped_column(Text, info=plain("a community of another tenant"))
    envelope_id: Mapped[uuid.UUID | None]
    sort_key: Mapped[str] = mapped_column(Text, info=plain("the unit's"))
    period: Mapped[str] = mapped_column(Text, info=plain("2026, 2026H1 or 2026Q3"))
    begins_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    revision: Mapped[int] = mapped_column(default=1)
    replaces_id: Mapped[uuid.UUID | None]
    members: Mapped[int] = mapped_column(default=0)
    reported: Mapped[int] = mapped_column(default=0)
    records: Mapped[int] = mapped_column(default=0)
    activities: Mapped[int] = mapped_column(default=0)
    minutes: Mapped[int] = mapped_column(default=0)
    satisfied: Mapped[int] = mapped_column(default=0)
    fair: Mapped[int] = mapped_column(default=0)
    dissatisfied: Mapped[int] = mapped_column(default=0)
    claims: Mapped[int] = mapped_column(default=0)
    claims_done: Mapped[int] = mapped_column(default=0)
    norm: Mapped[int] = mapped_column(default=0)
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, info=plain("titles and sums of other plugins"))
    remark: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    state: Mapped[str] = mapped_column(Text, default="draft", info=plain())
    number: Mapped[str | None] = mapped_column(Text, info=plain("the letter's"))
    made_on: Mapped[dt.date]
    reviewed_by: Mapped[uuid.UUID | None]
    reviewed_on: Mapped[dt.date | None]
    signed_by: Mapped[uuid.UUID | None]
    signer: Mapped[str | None] = mapped_column(Text, info=personal("name", whose="officer"))
    signed_on: Mapped[dt.date | None]
    sent_on: Mapped[dt.date | None]
    channel: Mapped[str | None] = mapped_column(Text, info=plain())
    read_on: Mapped[dt.date | None]
    answered_on: Mapped[dt.date | None]
    archived_on: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class FeedbackLine(TenantRow, Base):
    """One member in a pack, as of the day on which it was made: report-in, records that count, their minutes and grades, claims, and what
    other plugins add. No resident is named. `report_state` is null for who served here without having reported in here.
    """

    __tablename__ = "feedback_line"
    __reach__ = "member_id"
    __table_args__ = (
        tenant_foreign_key("pack_id", "feedback_pack", ondelete="CASCADE"), tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        CheckConstraint(f"report_state in {REPORTED}", name="report_state"),
        Index("ix_feedback_line_pack", "tenant_id", "pack_id", "sort_key", "id"),
        Index("ix_feedback_line_member", "tenant_id", "member_id", "id", postgresql_where=text("member_id is not null")),
    )

    pack_id: Mapped[uuid.UUID]
    member_id: Mapped[uuid.UUID | None]
    name: Mapped[str] = mapped_column(Text, info=personal("name"))
    sort_key: Mapped[str] = mapped_column(Text, info=personal("name"))
    report_state: Mapped[str | None] = mapped_column(Text, info=plain())
    reported_on: Mapped[dt.date | None]
    records: Mapped[int] = mapped_column(default=0)
    activities: Mapped[int] = mapped_column(default=0)
    minutes: Mapped[int] = mapped_column(default=0)
    satisfied: Mapped[int] = mapped_column(default=0)
    fair: Mapped[int] = mapped_column(default=0)
    dissatisfied: Mapped[int] = mapped_column(default=0)
    claims: Mapped[int] = mapped_column(default=0)
    claims_done: Mapped[int] = mapped_column(default=0)
    parts: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict, info=plain("counts by key; gone with the line"))
    remark: Mapped[str | None] = mapped_column(Text, info=personal("note"))


class FeedbackMessage(TenantRow, Base):
    """A word between a community and a unit: an important matter at any time (D13), the unit's own message (R25), the answer to a pack.

    `side` says who wrote it, `member_id` whom it is about, if anybody. It is never changed; `read_on` is when the other side took note.
    """

    __tablename__ = "feedback_message"
    __reach__ = "community_id"
    __table_args__ = (
        tenant_foreign_key("community_id", "organization"), tenant_foreign_key("unit_id", "organization"),
        tenant_foreign_key("pack_id", "feedback_pack", ondelete="CASCADE"), tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "envelope_id"),
        CheckConstraint(f"side in {SIDES}", name="side"), CheckConstraint(f"kind in {MESSAGE_KINDS}", name="kind"),
        CheckConstraint(f"channel in {CHANNELS}", name="channel"),
        Index("ix_feedback_message_pair", "tenant_id", "community_id", "unit_id", "created_at", "id"),
        Index("ix_feedback_message_unit", "tenant_id", "unit_id", "created_at", "id"),
        Index("ix_feedback_message_unread", "tenant_id", "community_id", "id", postgresql_where=text("read_on is null")),
        Index("ix_feedback_message_member", "tenant_id", "member_id", "id", postgresql_where=text("member_id is not null")),
    )

    community_id: Mapped[uuid.UUID | None]
    unit_id: Mapped[uuid.UUID]
    sender: Mapped[str | None] = mapped_column(Text, info=plain("a community of another tenant"))
    envelope_id: Mapped[uuid.UUID | None]
    pack_id: Mapped[uuid.UUID | None]
    member_id: Mapped[uuid.UUID | None]
    side: Mapped[str] = mapped_column(Text, info=plain())
    kind: Mapped[str] = mapped_column(Text, info=plain())
    body: Mapped[str] = mapped_column(Text, info=personal("note"))
    channel: Mapped[str] = mapped_column(Text, default="system", info=plain())
    written_on: Mapped[dt.date]
    written_by: Mapped[uuid.UUID | None]
    read_on: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class FeedbackSeries(TenantRow, Base):
    """The running number of a community's letters in a year."""

    __tablename__ = "feedback_series"
    __reach__ = "community_id"
    __table_args__ = (tenant_foreign_key("community_id", "organization"), UniqueConstraint("tenant_id", "community_id", "year"))

    community_id: Mapped[uuid.UUID]
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)


class FeedbackRun(TenantRow, Base):
    """One press: packs of a period for all pairs below a place, made by a job; `again` also makes anew what nobody has signed yet."""

    __tablename__ = "feedback_run"
    __reach__ = "organization_id"
    __table_args__ = (tenant_foreign_key("organization_id", "organization"),
                      Index("ix_feedback_run_started", "tenant_id", "started_at", "id"))

    organization_id: Mapped[uuid.UUID]
    period: Mapped[str] = mapped_column(Text, info=plain())
    again: Mapped[bool] = mapped_column(default=False)
    job_id: Mapped[uuid.UUID | None]
    started_by: Mapped[uuid.UUID | None]
    started_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


MODELS = (FeedbackPack, FeedbackLine, FeedbackMessage, FeedbackSeries, FeedbackRun)
