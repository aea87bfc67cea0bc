"""The shape of pledges: what was promised on a claim, by when, how it ended, and what residents object to it."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, personal, plain, tenant_foreign_key

STATES = ("open", "kept", "kept_late", "released", "not_kept")
BOARDS = ("open", "kept", "not_kept")
CHANNELS = ("web", "paper")
OBJECTION_STATES = ("open", "upheld", "rejected")


class Pledge(TenantRow, Base):
    """A promise 公开承诺 on one claim: post, matter and deadline (R37), by a member or by a unit for its collective claim.

    open > kept, kept_late, released or not_kept. It is public from `published_on`, until then it waits for the community to read it.
    `board` and `board_on` say where on the board it stands and in which order, so that the board is read from one index; they follow
    from the state (`placing.place`). `claim_state` is how the claim ended, once that was taken into account; the same end told twice
    changes nothing. A new deadline may be asked for once: `asked_on` stays. `filed_on`: the unit has taken note of it (R21).
    """

    __tablename__ = "pledges_pledge"
    __reach__ = "community_id"
    __table_args__ = (
        tenant_foreign_key("claim_id", "claim", ondelete="CASCADE"), tenant_foreign_key("matter_id", "matter", ondelete="CASCADE"),
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("unit_id", "organization"),
        tenant_foreign_key("community_id", "organization"),
        UniqueConstraint("tenant_id", "claim_id"),
        CheckConstraint(f"state in {STATES}", name="state"), CheckConstraint(f"board in {BOARDS}", name="board"),
        CheckConstraint("member_id is not null or unit_id is not null", name="whose"),
        Index("ix_pledges_pledge_board", "tenant_id", "community_id", "board", "board_on", "id"),
        Index("ix_pledges_pledge_community", "tenant_id", "community_id", "state", "deadline", "id"),
        Index("ix_pledges_pledge_state", "tenant_id", "state", "deadline", "id"),
        Index("ix_pledges_pledge_waiting", "tenant_id", "community_id", "id", postgresql_where=text("published_on is null")),
        Index("ix_pledges_pledge_asked", "tenant_id", "community_id", "id", postgresql_where=text("asked_deadline is not null")),
        Index("ix_pledges_pledge_member", "tenant_id", "member_id", "id"),
        Index("ix_pledges_pledge_unit", "tenant_id", "unit_id", "id"),
        Index("ix_pledges_pledge_unit_open", "tenant_id", "unit_id", "state", "deadline", "id"),
        Index("ix_pledges_pledge_unfiled", "tenant_id", "unit_id", "id",
              postgresql_where=text("filed_on is null and published_on is not null")),
    )

    claim_id: Mapped[uuid.UUID]
    matter_id: Mapped[uuid.UUID]
    member_id: Mapped[uuid.UUID | None]
    unit_id: Mapped[uuid.UUID | None]
    community_id: Mapped[uuid.UUID]
    text: Mapped[str] = mapped_column(Text, info=plain("what is promised in public; names no resident"))
    deadline: Mapped[dt.date]
    state: Mapped[str] = mapped_column(Text, default="open", info=plain())
    board: Mapped[str | None] = mapped_column(Text, info=plain())
    board_on: Mapped[dt.date | None]
    published_on: Mapped[dt.date | None]
    ended_on: Mapped[dt.date | None]
    reason: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    claim_state: Mapped[str | None] = mapped_column(Text, info=plain("how the claim ended"))
    asked_on: Mapped[dt.date | None]
    asked_deadline: Mapped[dt.date | None]
    asked_reason: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    filed_on: Mapped[dt.date | None]
    filed_by: Mapped[uuid.UUID | None]
    reminded_on: Mapped[dt.date | None]
    made_by: Mapped[uuid.UUID | None]
    made_on: Mapped[dt.date]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class PledgeObjection(TenantRow, Base):
    """A resident says that a published pledge was not kept (R77): sealed, for the community alone; the member reads only the answer."""

    __tablename__ = "pledges_objection"
    __reach__ = "community_id"
    __table_args__ = (
        tenant_foreign_key("pledge_id", "pledges_pledge", ondelete="CASCADE"), tenant_foreign_key("community_id", "organization"),
        CheckConstraint(f"channel in {CHANNELS}", name="channel"), CheckConstraint(f"state in {OBJECTION_STATES}", name="state"),
        Index("ix_pledges_objection_pledge", "tenant_id", "pledge_id", "id"),
        Index("ix_pledges_objection_community", "tenant_id", "community_id", "state", "id"),
        Index("ix_pledges_objection_state", "tenant_id", "state", "id"),
        Index("ix_pledges_objection_contact", "tenant_id", "decided_on", postgresql_where=text("contact is not null")),
    )

    pledge_id: Mapped[uuid.UUID]
    community_id: Mapped[uuid.UUID]
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


MODELS = (Pledge, PledgeObjection)
