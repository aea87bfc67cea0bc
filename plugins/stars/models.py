"""The shape of stars: rounds, cases with their steps, public notices, objections, stars held, yearly reviews and doubts."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, DateTime, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, personal, plain, tenant_foreign_key

LIVE = ("candidate", "pending", "approved", "published")
CASE_STATES = (*LIVE, "granted", "refused", "withdrawn", "closed")
STAR_STATES = ("held", "superseded", "lowered", "lapsed", "revoked")
EVENTS = ("found", "nominated", "applied", "approved", "refused", "withdrawn", "published", "objected", "upheld", "rejected", "reopened",
          "granted", "closed")
_SERVER = {"live": text(f"state in {LIVE}"), "held": text("state = 'held'")}


class StarRound(TenantRow, Base):
    """One computation of a scheme at a cut-off day: who has reached what by then. `organization_id`: a county's own scheme."""

    __tablename__ = "stars_round"
    __table_args__ = (tenant_foreign_key("organization_id", "organization"), UniqueConstraint("tenant_id", "pack_id", "cut_off"),
                      CheckConstraint("state in ('computing', 'open', 'closed')", name="state"),
                      Index("ix_stars_round_scheme", "tenant_id", "scheme", "cut_off"))

    scheme: Mapped[str] = mapped_column(Text, info=plain("a scheme's key"))
    pack_id: Mapped[uuid.UUID]
    organization_id: Mapped[uuid.UUID | None]
    cut_off: Mapped[dt.date]
    state: Mapped[str] = mapped_column(Text, default="computing", info=plain())
    job_id: Mapped[uuid.UUID | None]
    opened_by: Mapped[uuid.UUID | None]
    opened_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    computed_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class StarNotice(TenantRow, Base):
    """A public notice 公示 of approved cases of one round; objections are heard up to and including `until`."""

    __tablename__ = "stars_notice"
    __table_args__ = (tenant_foreign_key("round_id", "stars_round"), Index("ix_stars_notice_until", "tenant_id", "until", "id"))

    round_id: Mapped[uuid.UUID]
    published_on: Mapped[dt.date]
    until: Mapped[dt.date]
    published_by: Mapped[uuid.UUID | None]


class StarCase(TenantRow, Base):
    """A member on the way to a level: found by a round, nominated or applied for, approved step by step, published, granted.

    `explanation` holds the values on which it was found. `step` counts the approvals given, `step_level` says whose turn it is.
    """

    __tablename__ = "stars_case"
    __table_args__ = (
        tenant_foreign_key("round_id", "stars_round"), tenant_foreign_key("notice_id", "stars_notice"),
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        CheckConstraint(f"state in {CASE_STATES}", name="state"),
        Index("uq_stars_case_live", "tenant_id", "scheme", "member_id", unique=True, postgresql_where=_SERVER["live"]),
        Index("ix_stars_case_round", "tenant_id", "round_id", "state", "id"), Index("ix_stars_case_member", "tenant_id", "member_id", "id"),
        Index("ix_stars_case_state", "tenant_id", "state", "step_level", "id", postgresql_where=_SERVER["live"]),
        Index("ix_stars_case_notice", "tenant_id", "notice_id"),
    )

    round_id: Mapped[uuid.UUID]
    scheme: Mapped[str] = mapped_column(Text, info=plain("a scheme's key"))
    pack_id: Mapped[uuid.UUID]
    member_id: Mapped[uuid.UUID]
    cut_off: Mapped[dt.date]
    held: Mapped[int]
    level: Mapped[int]
    explanation: Mapped[dict[str, Any]] = mapped_column(JSONB, info=plain("figures in the rules' order; in the member's copy"))
    state: Mapped[str] = mapped_column(Text, default="candidate", info=plain())
    step: Mapped[int] = mapped_column(default=0)
    step_level: Mapped[str | None] = mapped_column(Text, info=plain())
    notice_id: Mapped[uuid.UUID | None]
    reason: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class StarEvent(TenantRow, Base):
    """One line of a case's history."""

    __tablename__ = "stars_event"
    __append_only__ = True
    __table_args__ = (tenant_foreign_key("case_id", "stars_case", ondelete="CASCADE"), CheckConstraint(f"kind in {EVENTS}", name="kind"),
                      Index("ix_stars_event_case", "tenant_id", "case_id", "id"))

    case_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    step_level: Mapped[str | None] = mapped_column(Text, info=plain())
    by: Mapped[uuid.UUID | None]
    note: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class StarObjection(TenantRow, Base):
    """An objection to a published case, or a member's appeal 申诉 against a refusal; decided by an officer with an answer."""

    __tablename__ = "stars_objection"
    __table_args__ = (tenant_foreign_key("case_id", "stars_case", ondelete="CASCADE"),
                      CheckConstraint("kind in ('objection', 'appeal')", name="kind"),
                      CheckConstraint("state in ('open', 'upheld', 'rejected')", name="state"),
                      Index("ix_stars_objection_case", "tenant_id", "case_id", "state"),
                      Index("ix_stars_objection_open", "tenant_id", "id", postgresql_where=text("state = 'open'")))

    case_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    says: Mapped[str] = mapped_column(Text, info=personal("note"))
    entered_by: Mapped[uuid.UUID | None]
    raised_on: Mapped[dt.date]
    state: Mapped[str] = mapped_column(Text, default="open", info=plain())
    answer: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    decided_by: Mapped[uuid.UUID | None]
    decided_on: Mapped[dt.date | None]


class Star(TenantRow, Base):
    """A star that was given: never rewritten, only ended. It keeps the pack's version and the facts on which it stood.

    `records` and `deeds` are the ids of what counted; `case_id` is None for a star to which a review lowered another.
    """

    __tablename__ = "stars_star"
    __kept_when_erased__ = "stars are counted"
    __table_args__ = (
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "number"), UniqueConstraint("tenant_id", "case_id"),
        CheckConstraint(f"state in {STAR_STATES}", name="state"),
        Index("uq_stars_star_held", "tenant_id", "scheme", "member_id", unique=True, postgresql_where=_SERVER["held"]),
        Index("ix_stars_star_member", "tenant_id", "member_id", "id"),
        Index("ix_stars_star_scheme", "tenant_id", "scheme", "state", "granted_on"),
    )

    member_id: Mapped[uuid.UUID]
    scheme: Mapped[str] = mapped_column(Text, info=plain("a scheme's key"))
    pack_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID | None]
    level: Mapped[int]
    number: Mapped[str] = mapped_column(Text, info=plain("a running number"))
    cut_off: Mapped[dt.date]
    granted_on: Mapped[dt.date]
    granted_by: Mapped[uuid.UUID | None]
    valid_until: Mapped[dt.date | None]
    state: Mapped[str] = mapped_column(Text, default="held", info=plain())
    ended_on: Mapped[dt.date | None]
    ended_reason: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    explanation: Mapped[dict[str, Any]] = mapped_column(JSONB, info=plain("figures in the rules' order; in the member's copy"))
    records: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid), default=list)
    deeds: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid), default=list)


class StarReview(TenantRow, Base):
    """What the yearly review proposes for a star; nothing changes until an officer confirms it."""

    __tablename__ = "stars_review"
    __table_args__ = (tenant_foreign_key("star_id", "stars_star", ondelete="CASCADE"), UniqueConstraint("tenant_id", "star_id", "due_on"),
                      CheckConstraint("proposal in ('keep', 'lower', 'lapse')", name="proposal"),
                      CheckConstraint("decision in ('keep', 'lower', 'lapse')", name="decision"),
                      Index("ix_stars_review_open", "tenant_id", "id", postgresql_where=text("decision is null")))

    star_id: Mapped[uuid.UUID]
    pack_id: Mapped[uuid.UUID]
    due_on: Mapped[dt.date]
    proposal: Mapped[str] = mapped_column(Text, info=plain())
    explanation: Mapped[dict[str, Any]] = mapped_column(JSONB, info=plain("figures in the rules' order"))
    decision: Mapped[str | None] = mapped_column(Text, info=plain())
    reason: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    decided_by: Mapped[uuid.UUID | None]
    decided_on: Mapped[dt.date | None]


class StarDoubt(TenantRow, Base):
    """A fact on which a star stood has been withdrawn since. The machine takes nothing away: an officer looks at it."""

    __tablename__ = "stars_doubt"
    __table_args__ = (tenant_foreign_key("star_id", "stars_star", ondelete="CASCADE"), UniqueConstraint("tenant_id", "star_id", "fact_id"),
                      CheckConstraint("kind in ('record', 'deed')", name="kind"),
                      Index("ix_stars_doubt_open", "tenant_id", "id", postgresql_where=text("settled_on is null")))

    star_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    fact_id: Mapped[uuid.UUID]
    happened_on: Mapped[dt.date]
    minutes: Mapped[int | None]
    noticed_on: Mapped[dt.date]
    settled_on: Mapped[dt.date | None]
    settled_by: Mapped[uuid.UUID | None]
    answer: Mapped[str | None] = mapped_column(Text, info=personal("note"))


class StarSeries(TenantRow, Base):
    """The running number of a year; its row is locked while numbers are drawn."""

    __tablename__ = "stars_series"
    __table_args__ = (UniqueConstraint("tenant_id", "year"),)

    year: Mapped[int]
    last_serial: Mapped[int] = mapped_column(default=0)


MODELS = (StarRound, StarNotice, StarCase, StarEvent, StarObjection, Star, StarReview, StarDoubt, StarSeries)
