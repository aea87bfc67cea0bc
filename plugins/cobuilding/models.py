"""The shape of co-building: what units offer and communities need, what they agree on, and what came of it."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, plain, tenant_foreign_key

SIDES = ("offer", "need")
STATES = ("proposed", "agreed", "ended", "declined", "withdrawn")
FULFILMENT_STATES = ("waiting", "confirmed", "refused")


class CobuildingItem(TenantRow, Base):
    """A unit's offer or a community's need of one kind of resource (R17), put up for all who do this work in the tenant until it is closed.

    `amount` is whole yuan, noted and never paid through the system; `seats` are persons or seats.
    """

    __tablename__ = "cobuilding_item"
    __table_args__ = (
        tenant_foreign_key("unit_id", "organization"), tenant_foreign_key("community_id", "organization"),
        CheckConstraint(f"side in {SIDES}", name="side"),
        CheckConstraint("unit_id is not null or community_id is not null", name="whose"),
        Index("ix_cobuilding_item_open", "tenant_id", "side", "id", postgresql_where=text("closed_on is null")),
        Index("ix_cobuilding_item_unit", "tenant_id", "unit_id", "id"), Index("ix_cobuilding_item_community", "tenant_id", "community_id", "id"),
    )

    side: Mapped[str] = mapped_column(Text, info=plain())
    unit_id: Mapped[uuid.UUID | None]
    community_id: Mapped[uuid.UUID | None]
    kind: Mapped[str] = mapped_column(Text, info=plain("a kind of resource"))
    title: Mapped[str] = mapped_column(Text, info=plain("what is offered or needed; names no resident"))
    details: Mapped[str | None] = mapped_column(Text, info=plain("names no resident"))
    amount: Mapped[int | None]
    hours: Mapped[int | None]
    seats: Mapped[int | None]
    closed_on: Mapped[dt.date | None]
    close_reason: Mapped[str | None] = mapped_column(Text, info=plain("why it was closed"))
    made_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class CobuildingAgreement(TenantRow, Base):
    """An agreement 共建协议: proposed with a reason > agreed once both sides have said so > ended; or declined, or withdrawn.

    `unit_by` and `community_by` are never one account. `renews_id` is last year's, of which there is one successor.
    """

    __tablename__ = "cobuilding_agreement"
    __reach__ = "community_id"
    __table_args__ = (
        tenant_foreign_key("unit_id", "organization"), tenant_foreign_key("community_id", "organization"),
        tenant_foreign_key("offer_id", "cobuilding_item"), tenant_foreign_key("need_id", "cobuilding_item"),
        tenant_foreign_key("renews_id", "cobuilding_agreement"),
        UniqueConstraint("tenant_id", "renews_id"),
        CheckConstraint(f"state in {STATES}", name="state"),
        CheckConstraint("unit_by is null or community_by is null or unit_by <> community_by", name="two_hands"),
        Index("ix_cobuilding_agreement_unit", "tenant_id", "unit_id", "state", "id"),
        Index("ix_cobuilding_agreement_community", "tenant_id", "community_id", "state", "id"),
        Index("ix_cobuilding_agreement_state", "tenant_id", "state", "id"),
    )

    unit_id: Mapped[uuid.UUID]
    community_id: Mapped[uuid.UUID]
    offer_id: Mapped[uuid.UUID | None]
    need_id: Mapped[uuid.UUID | None]
    renews_id: Mapped[uuid.UUID | None]
    kind: Mapped[str] = mapped_column(Text, info=plain("a kind of resource"))
    title: Mapped[str] = mapped_column(Text, info=plain("what is agreed; names no resident"))
    details: Mapped[str | None] = mapped_column(Text, info=plain("names no resident"))
    amount: Mapped[int | None]
    hours: Mapped[int | None]
    seats: Mapped[int | None]
    since: Mapped[dt.date]
    until: Mapped[dt.date]
    reason: Mapped[str] = mapped_column(Text, info=plain("why these two fit"))
    state: Mapped[str] = mapped_column(Text, default="proposed", info=plain())
    unit_on: Mapped[dt.date | None]
    unit_by: Mapped[uuid.UUID | None]
    community_on: Mapped[dt.date | None]
    community_by: Mapped[uuid.UUID | None]
    ended_on: Mapped[dt.date | None]
    end_reason: Mapped[str | None] = mapped_column(Text, info=plain("why it ended"))
    made_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class CobuildingFulfilment(TenantRow, Base):
    """What was given under an agreement on a day; it counts when the community, which received it, has said so."""

    __tablename__ = "cobuilding_fulfilment"
    __reach__ = "community_id"
    __table_args__ = (
        tenant_foreign_key("agreement_id", "cobuilding_agreement", ondelete="CASCADE"), tenant_foreign_key("community_id", "organization"),
        CheckConstraint(f"state in {FULFILMENT_STATES}", name="state"),
        Index("ix_cobuilding_fulfilment_agreement", "tenant_id", "agreement_id", "done_on", "id"),
    )

    agreement_id: Mapped[uuid.UUID]
    community_id: Mapped[uuid.UUID]
    done_on: Mapped[dt.date]
    what: Mapped[str] = mapped_column(Text, info=plain("what was given; names no resident"))
    amount: Mapped[int | None]
    hours: Mapped[int | None]
    state: Mapped[str] = mapped_column(Text, default="waiting", info=plain())
    answered_on: Mapped[dt.date | None]
    answered_by: Mapped[uuid.UUID | None]
    answer: Mapped[str | None] = mapped_column(Text, info=plain("why it was not confirmed"))
    made_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


MODELS = (CobuildingItem, CobuildingAgreement, CobuildingFulfilment)
