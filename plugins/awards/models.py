"""The shape of awards: selections that are called, who is nominated and how far that came, and what residents object to it."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, personal, plain, tenant_foreign_key

SUBJECTS = ("member", "unit", "community")
STATES = ("open", "published", "decided", "cancelled")
LEVELS = ("unit", "community", "street", "county")
LIVE = ("asked", "pending", "recommended", "listed")
NOMINATION_STATES = (*LIVE, "granted", "declined", "refused", "withdrawn", "revoked")
CONSENTS = ("own", "paper")
EVENTS = ("nominated", "agreed", "declined", "recommended", "refused", "withdrawn", "listed", "upheld", "rejected", "reopened", "granted", "revoked")
CHANNELS = ("web", "paper", "phone")
OBJECTION_STATES = ("open", "upheld", "rejected")


class AwardSelection(TenantRow, Base):
    """A selection 评选 (R84) that a place calls: open for nominations, published for objections, decided; or cancelled.

    `organization_id` is who calls and decides: its subtree is whom the selection is for. `steps` are the levels that recommend, in
    order, with commas between. `total` is how many are chosen, `each` how many one community or unit may nominate; None: no limit.
    `since` to `until` are the days whose records are shown as evidence; `least_records` and `least_minutes` make the list of whom the
    records would suggest. `deed_kind` and `deed_level`: as what a granted award is entered for the rules (R82, R83); None: it is not.
    """

    __tablename__ = "awards_selection"
    __reach__ = "organization_id"
    __table_args__ = (
        tenant_foreign_key("organization_id", "organization"), CheckConstraint(f"state in {STATES}", name="state"),
        CheckConstraint(f"subject in {SUBJECTS}", name="subject"), CheckConstraint("since <= until", name="period"),
        Index("ix_awards_selection_state", "tenant_id", "state", "id"),
        Index("ix_awards_selection_organization", "tenant_id", "organization_id", "state", "id"),
    )

    organization_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain("the honour's name"))
    title: Mapped[str] = mapped_column(Text, info=plain("what the call is named"))
    criteria: Mapped[str] = mapped_column(Text, info=plain("what is asked, in plain words; names nobody"))
    subject: Mapped[str] = mapped_column(Text, default="member", info=plain())
    steps: Mapped[str] = mapped_column(Text, default="", info=plain("levels"))
    total: Mapped[int | None]
    each: Mapped[int | None]
    nominate_until: Mapped[dt.date | None]
    since: Mapped[dt.date]
    until: Mapped[dt.date]
    least_records: Mapped[int] = mapped_column(default=1)
    least_minutes: Mapped[int] = mapped_column(default=0)
    deed_kind: Mapped[str | None] = mapped_column(Text, info=plain("a key of the rules"))
    deed_level: Mapped[str | None] = mapped_column(Text, info=plain("a level of the rules"))
    state: Mapped[str] = mapped_column(Text, default="open", info=plain())
    published_on: Mapped[dt.date | None]
    objections_until: Mapped[dt.date | None]
    decided_on: Mapped[dt.date | None]
    document_number: Mapped[str | None] = mapped_column(Text, info=plain("the number of the official document"))
    note: Mapped[str | None] = mapped_column(Text, info=plain("why it was cancelled or opened again; names nobody"))
    made_by: Mapped[uuid.UUID | None]
    decided_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class AwardNomination(TenantRow, Base):
    """A member, or a unit or community as a whole, on the way to an award.

    A member is asked first and may decline (R7). `place_id` is who nominates; `step` counts the recommendations given. `evidence` keeps
    the figures on which the decision stood. `deed_id`: the deed that was entered for it.
    """

    __tablename__ = "awards_nomination"
    __kept_when_erased__ = "awards are counted"
    __table_args__ = (
        tenant_foreign_key("selection_id", "awards_selection", ondelete="CASCADE"),
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        tenant_foreign_key("organization_id", "organization"), tenant_foreign_key("place_id", "organization"),
        CheckConstraint(f"state in {NOMINATION_STATES}", name="state"),
        CheckConstraint("member_id is not null or organization_id is not null", name="whose"),
        CheckConstraint(f"consent_channel in {CONSENTS}", name="consent_channel"),
        UniqueConstraint("tenant_id", "number"),
        Index("uq_awards_nomination_member", "tenant_id", "selection_id", "member_id", unique=True, postgresql_where=text("state <> 'withdrawn'")),
        Index("uq_awards_nomination_place", "tenant_id", "selection_id", "organization_id", unique=True,
              postgresql_where=text("state <> 'withdrawn'")),
        Index("ix_awards_nomination_selection", "tenant_id", "selection_id", "state", "id"),
        Index("ix_awards_nomination_member", "tenant_id", "member_id", "id"),
        Index("ix_awards_nomination_organization", "tenant_id", "organization_id", "id"),
    )

    selection_id: Mapped[uuid.UUID]
    member_id: Mapped[uuid.UUID | None]
    organization_id: Mapped[uuid.UUID | None]
    place_id: Mapped[uuid.UUID]
    reason: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    state: Mapped[str] = mapped_column(Text, default="asked", info=plain())
    step: Mapped[int] = mapped_column(default=0)
    consent_on: Mapped[dt.date | None]
    consent_channel: Mapped[str | None] = mapped_column(Text, info=plain())
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSONB, info=plain("counts by key; in the member's copy, emptied with the member"))
    number: Mapped[str | None] = mapped_column(Text, info=plain("a running number"))
    granted_on: Mapped[dt.date | None]
    ended_on: Mapped[dt.date | None]
    ended_reason: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    deed_id: Mapped[uuid.UUID | None]
    made_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class AwardEvent(TenantRow, Base):
    """One line of a nomination's history."""

    __tablename__ = "awards_event"
    __table_args__ = (tenant_foreign_key("nomination_id", "awards_nomination", ondelete="CASCADE"),
                      CheckConstraint(f"kind in {EVENTS}", name="kind"),
                      Index("ix_awards_event_nomination", "tenant_id", "nomination_id", "id"))

    nomination_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    level: Mapped[str | None] = mapped_column(Text, info=plain("which level recommended"))
    note: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    by: Mapped[uuid.UUID | None]
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class AwardObjection(TenantRow, Base):
    """What somebody objects to a published nomination: sealed, for whoever decides alone; handled with a reason before the decision."""

    __tablename__ = "awards_objection"
    __table_args__ = (
        tenant_foreign_key("nomination_id", "awards_nomination", ondelete="CASCADE"),
        tenant_foreign_key("selection_id", "awards_selection", ondelete="CASCADE"),
        CheckConstraint(f"channel in {CHANNELS}", name="channel"), CheckConstraint(f"state in {OBJECTION_STATES}", name="state"),
        Index("ix_awards_objection_nomination", "tenant_id", "nomination_id", "id"),
        Index("ix_awards_objection_selection", "tenant_id", "selection_id", "state", "id"),
        Index("ix_awards_objection_contact", "tenant_id", "decided_on", postgresql_where=text("says is not null or contact is not null")),
    )

    nomination_id: Mapped[uuid.UUID]
    selection_id: Mapped[uuid.UUID]
    says: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("note", whose="resident"))
    contact: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("phone", whose="resident"))
    channel: Mapped[str] = mapped_column(Text, default="web", info=plain())
    state: Mapped[str] = mapped_column(Text, default="open", info=plain())
    raised_on: Mapped[dt.date]
    entered_by: Mapped[uuid.UUID | None]
    answer: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    decided_on: Mapped[dt.date | None]
    decided_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class AwardSeries(TenantRow, Base):
    """The running number of a year's certificates; its row is locked while numbers are drawn."""

    __tablename__ = "awards_series"
    __table_args__ = (UniqueConstraint("tenant_id", "year"),)

    year: Mapped[int]
    last_serial: Mapped[int] = mapped_column(default=0)


MODELS = (AwardSelection, AwardNomination, AwardEvent, AwardObjection, AwardSeries)
