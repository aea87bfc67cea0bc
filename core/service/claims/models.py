"""The shape of claiming: a matter that is put up, and a claim on it by a member or a unit."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, tenant_foreign_key
from core.privacy.tags import personal, plain

RECIPIENT_KINDS = ("person", "household", "public")
MATTER_STATES = ("open", "closed")
CLAIM_STATES = ("waiting", "held", "done", "released", "lapsed")
LIVE = ("waiting", "held")


class Matter(TenantRow, Base):
    """Something that members can take on, with its recipient and what is to be done (R30, R47, R58, R69): put up by the plugin `source`.

    What that plugin knows besides stands in its own table under the same id. `places` is the number wanted, `taken` the number of
    claims that hold one; `waits`: who comes later may wait. `collective`: a unit may claim it with its members (R23).
    `minutes` is the usual length of one service; `origin` and `origin_id` name where it came from, such as a resident's need.
    """

    __tablename__ = "matter"
    __table_args__ = (
        tenant_foreign_key("community_id", "organization"),
        CheckConstraint(f"state in {MATTER_STATES}", name="state"),
        CheckConstraint(f"recipient_kind in {RECIPIENT_KINDS}", name="recipient_kind"),
        CheckConstraint("places between 1 and 10000 and taken between 0 and places", name="places"),
        CheckConstraint("minutes between 1 and 1440", name="minutes"),
        CheckConstraint("(state = 'closed') = (closed_on is not null)", name="closed"),
        Index("ix_matter_community", "tenant_id", "community_id", "source", "state", "id"),
        Index("ix_matter_source", "tenant_id", "source", "state", "id"),
        Index("ix_matter_origin", "tenant_id", "origin_id", postgresql_where=text("origin_id is not null")),
    )

    source: Mapped[str] = mapped_column(Text, info=plain("a plugin's name"))
    community_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain("a kind of service"))
    title: Mapped[str] = mapped_column(Text, info=plain("what is to be done; the form forbids names of residents"))
    place: Mapped[str | None] = mapped_column(Text, info=plain("where; no home address"))
    recipient_kind: Mapped[str] = mapped_column(Text, default="public", info=plain())
    recipient_group: Mapped[str | None] = mapped_column(Text, info=plain("a priority group"))
    recipient: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("name", whose="resident"))
    places: Mapped[int] = mapped_column(default=1)
    taken: Mapped[int] = mapped_column(default=0)
    waits: Mapped[bool] = mapped_column(default=False)
    collective: Mapped[bool] = mapped_column(default=False)
    minutes: Mapped[int | None]
    begins_on: Mapped[dt.date | None]
    due_on: Mapped[dt.date | None]
    origin: Mapped[str | None] = mapped_column(Text, info=plain("a plugin's name"))
    origin_id: Mapped[uuid.UUID | None]
    state: Mapped[str] = mapped_column(Text, default="open", info=plain())
    opened_on: Mapped[dt.date]
    closed_on: Mapped[dt.date | None]
    closed_reason: Mapped[str | None] = mapped_column(Text, info=personal("note", whose="resident"))
    created_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Claim(TenantRow, Base):
    """A member's, or a unit's, claim on a matter (R30, R38, R23).

    waiting > held > done; released with a reason (R7); lapsed when the matter was closed under it. A unit's claim has no member;
    members who serve under it have claims of their own, whose `parent_id` it is, and which take no further place.
    `unit_id` is the member's unit at the time of the claim.
    """

    __tablename__ = "claim"
    __table_args__ = (
        tenant_foreign_key("matter_id", "matter"), tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        tenant_foreign_key("unit_id", "organization"), tenant_foreign_key("community_id", "organization"),
        tenant_foreign_key("parent_id", "claim"),
        CheckConstraint(f"state in {CLAIM_STATES}", name="state"),
        CheckConstraint("member_id is not null or (unit_id is not null and parent_id is null)", name="whose"),
        CheckConstraint("(state in ('waiting', 'held')) = (ended_on is null)", name="ended"),
        Index("uq_claim_live_member", "tenant_id", "matter_id", "member_id", unique=True,
              postgresql_where=text(f"state in {LIVE} and member_id is not null")),
        Index("uq_claim_live_unit", "tenant_id", "matter_id", "unit_id", unique=True,
              postgresql_where=text(f"state in {LIVE} and member_id is null")),
        Index("ix_claim_matter", "tenant_id", "matter_id", "state", "id"),
        Index("ix_claim_member", "tenant_id", "member_id", "id"),
        Index("ix_claim_community", "tenant_id", "community_id", "id"),
        Index("ix_claim_unit", "tenant_id", "unit_id", "id"),
        Index("ix_claim_due", "tenant_id", "community_id", "due_on", "id", postgresql_where=text(f"state in {LIVE}")),
        Index("ix_claim_parent", "tenant_id", "parent_id", postgresql_where=text("parent_id is not null")),
        Index("ix_claim_year", "tenant_id", "community_id", "claimed_on", postgresql_where=text("member_id is not null"),
              postgresql_include=["member_id", "state"]),
    )

    matter_id: Mapped[uuid.UUID]
    source: Mapped[str] = mapped_column(Text, info=plain("the matter's"))
    community_id: Mapped[uuid.UUID]
    member_id: Mapped[uuid.UUID | None]
    unit_id: Mapped[uuid.UUID | None]
    parent_id: Mapped[uuid.UUID | None]
    state: Mapped[str] = mapped_column(Text, default="held", info=plain())
    claimed_on: Mapped[dt.date]
    due_on: Mapped[dt.date | None]
    ended_on: Mapped[dt.date | None]
    reason: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    claimed_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
