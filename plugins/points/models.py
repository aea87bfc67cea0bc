"""The ledger, and what stands beside it: exclusions, things to be had, requests for them, cards, notices."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, personal, plain, tenant_foreign_key

KINDS = ("earned", "reversed", "settled", "base", "expired", "redeemed", "returned", "card", "corrected")
CONTRA = ("earned", "base", "expired", "redeemed", "cards", "corrected")
SOURCES = ("record", "deed", "quantity", "base", "period", "request", "card", "officer")
REQUEST_STATUSES = ("asked", "handed_over", "cancelled")
CORRECTION_STATUSES = ("proposed", "confirmed", "refused")
MEMBER_KEY = ("member_id", "member")


class PointsAccount(TenantRow, Base):
    """The balance of a member or of a unit, in hundredths; its row is locked while an entry is added.

    Spending never takes a balance below 0, nor further below; a correction, or the withdrawal of a record whose points are spent, may.
    """

    __tablename__ = "points_account"
    __kept_when_erased__ = "a ledger's balance"
    __table_args__ = (tenant_foreign_key(*MEMBER_KEY, ondelete="CASCADE"), tenant_foreign_key("unit_id", "organization"),
                      UniqueConstraint("tenant_id", "member_id"), UniqueConstraint("tenant_id", "unit_id"),
                      CheckConstraint("num_nonnulls(member_id, unit_id) = 1", name="whose"),
                      Index("ix_points_account_balance", "tenant_id", "balance", "member_id"))

    member_id: Mapped[uuid.UUID | None]
    unit_id: Mapped[uuid.UUID | None]
    balance: Mapped[int] = mapped_column(default=0)


class PointsEntry(TenantRow, Base):
    """A transfer of `points` hundredths from the account `contra` to the member's or unit's account; the other way when negative.

    `raw`: what the rule gave before caps. `given`: minutes or quantity of the evidence, `minutes`: what of it was counted, `percent`: the
    multiplier. `period`: the first day of the period to which it belongs. `rule`: the rule in words, which explains the entry for ever;
    `pack_id` and `rule_key` say where it stands; `source` and `source_id` name the evidence. Rows are only added; why a
    correction was made stands in the correction, which goes with the person.
    """

    __tablename__ = "points_entry"
    __append_only__ = True
    __kept_when_erased__ = "a ledger's entries, of which totals are made"
    __table_args__ = (tenant_foreign_key(*MEMBER_KEY, ondelete="CASCADE"), tenant_foreign_key("unit_id", "organization"),
                      tenant_foreign_key("pack_id", "rule_pack"),
                      UniqueConstraint("tenant_id", "source_id", "rule_key", "kind"),
                      CheckConstraint("num_nonnulls(member_id, unit_id) = 1", name="whose"),
                      CheckConstraint(f"kind in {KINDS}", name="kind"), CheckConstraint(f"contra in {CONTRA}", name="contra"),
                      CheckConstraint(f"source in {SOURCES}", name="source"),
                      Index("ix_points_entry_member", "tenant_id", "member_id", "id"),
                      Index("ix_points_entry_unit", "tenant_id", "unit_id", "id", postgresql_where=text("unit_id is not null")),
                      Index("ix_points_entry_period", "tenant_id", "period", "member_id"))

    member_id: Mapped[uuid.UUID | None]
    unit_id: Mapped[uuid.UUID | None]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    contra: Mapped[str] = mapped_column(Text, info=plain("the other account"))
    points: Mapped[int]
    raw: Mapped[int] = mapped_column(default=0)
    period: Mapped[dt.date]
    happened_on: Mapped[dt.date]
    source: Mapped[str] = mapped_column(Text, info=plain("what kind of evidence"))
    source_id: Mapped[uuid.UUID | None]
    given: Mapped[int] = mapped_column(default=0)
    minutes: Mapped[int] = mapped_column(default=0)
    percent: Mapped[int] = mapped_column(default=100)
    pack_id: Mapped[uuid.UUID | None]
    rule_key: Mapped[str] = mapped_column(Text, default="", info=plain())
    rule: Mapped[str] = mapped_column(Text, info=plain("the rule in words"))
    by: Mapped[uuid.UUID | None]
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class PointsExclusion(TenantRow, Base):
    """A time in which a member is left out, days included; `until` None: to the day on which somebody lifts it.

    `reason_key` names the pack's case. One that a deed has caused (`deed_id`) goes with it.
    """

    __tablename__ = "points_exclusion"
    __table_args__ = (tenant_foreign_key(*MEMBER_KEY, ondelete="CASCADE"), UniqueConstraint("tenant_id", "deed_id"),
                      CheckConstraint("until is null or until >= since - 1", name="period"),
                      CheckConstraint("effect in ('both', 'earning', 'spending')", name="effect"),
                      Index("ix_points_exclusion_member", "tenant_id", "member_id", "since"))

    member_id: Mapped[uuid.UUID]
    since: Mapped[dt.date]
    until: Mapped[dt.date | None]
    effect: Mapped[str] = mapped_column(Text, info=plain())
    reason_key: Mapped[str] = mapped_column(Text, info=plain())
    reason: Mapped[str] = mapped_column(Text, info=plain("the pack's case in words"))
    note: Mapped[str] = mapped_column(Text, info=personal("note"))
    deed_id: Mapped[uuid.UUID | None]
    entered_by: Mapped[uuid.UUID | None]
    lifted_by: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class PointsItem(TenantRow, Base):
    """Something to be had for points. `organization_id`: the place that offers it (None: the whole tenant); stock None: any number."""

    __tablename__ = "points_item"
    __table_args__ = (tenant_foreign_key("organization_id", "organization"), UniqueConstraint("tenant_id", "key"),
                      CheckConstraint("stock >= 0", name="stock"), CheckConstraint("price >= 0", name="price"),
                      Index("ix_points_item_title", "tenant_id", "active", "price", "id"))

    key: Mapped[str] = mapped_column(Text, info=plain())
    organization_id: Mapped[uuid.UUID | None]
    title: Mapped[str] = mapped_column(Text, info=plain())
    price: Mapped[int]
    stock: Mapped[int | None]
    for_others: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)


class PointsRequest(TenantRow, Base):
    """A member's request for an item: asked > handed over or cancelled. The points are taken when it is asked for.

    `for_other`: for somebody else, who is not named. `cost` is what was taken, in hundredths.
    """

    __tablename__ = "points_request"
    __kept_when_erased__ = "what the ledger's entries stand on"
    __table_args__ = (tenant_foreign_key(*MEMBER_KEY, ondelete="CASCADE"), tenant_foreign_key("item_id", "points_item"),
                      CheckConstraint(f"status in {REQUEST_STATUSES}", name="status"),
                      Index("ix_points_request_member", "tenant_id", "member_id", "id"),
                      Index("ix_points_request_status", "tenant_id", "status", "id"))

    member_id: Mapped[uuid.UUID]
    item_id: Mapped[uuid.UUID]
    cost: Mapped[int]
    for_other: Mapped[bool] = mapped_column(default=False)
    period: Mapped[dt.date]
    status: Mapped[str] = mapped_column(Text, default="asked", info=plain())
    asked_by: Mapped[uuid.UUID | None]
    closed_by: Mapped[uuid.UUID | None]
    asked_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class PointsCard(TenantRow, Base):
    """A card that was given to a member, once in a period."""

    __tablename__ = "points_card"
    __kept_when_erased__ = "what the ledger's entries stand on"
    __table_args__ = (tenant_foreign_key(*MEMBER_KEY, ondelete="CASCADE"), UniqueConstraint("tenant_id", "member_id", "card_key", "period"),
                      Index("ix_points_card_given", "tenant_id", "given_on", "id"))

    member_id: Mapped[uuid.UUID]
    card_key: Mapped[str] = mapped_column(Text, info=plain())
    title: Mapped[str] = mapped_column(Text, info=plain())
    period: Mapped[dt.date]
    cost: Mapped[int]
    given_on: Mapped[dt.date]
    given_by: Mapped[uuid.UUID | None]


class PointsCorrection(TenantRow, Base):
    """A proposed correcting entry; a second person confirms or refuses it (security rule 12)."""

    __tablename__ = "points_correction"
    __table_args__ = (tenant_foreign_key(*MEMBER_KEY, ondelete="CASCADE"), CheckConstraint(f"status in {CORRECTION_STATUSES}", name="status"),
                      CheckConstraint("points <> 0", name="points"), Index("ix_points_correction_status", "tenant_id", "status", "id"),
                      Index("ix_points_correction_member", "tenant_id", "member_id", "id"))

    member_id: Mapped[uuid.UUID]
    points: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, info=personal("note"))
    status: Mapped[str] = mapped_column(Text, default="proposed", info=plain())
    proposed_by: Mapped[uuid.UUID]
    decided_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    decided_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class PointsNotice(TenantRow, Base):
    """A list for the notice board, prepared for one span of days; it is printed from the ledger as it was on `made_on`."""

    __tablename__ = "points_notice"
    __table_args__ = (UniqueConstraint("tenant_id", "since", "until"), Index("ix_points_notice_made", "tenant_id", "made_on", "id"))

    since: Mapped[dt.date]
    until: Mapped[dt.date]
    made_on: Mapped[dt.date]
    masked: Mapped[bool] = mapped_column(default=True)
    days: Mapped[int]


class PointsRanking(TenantRow, Base):
    """Each time that a ranking was switched on or off; the last one holds."""

    __tablename__ = "points_ranking"

    shown: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text, info=plain("why there is to be a ranking; names nobody"))
    changed_by: Mapped[uuid.UUID | None]
    changed_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


MODELS = (PointsAccount, PointsEntry, PointsExclusion, PointsItem, PointsRequest, PointsCard, PointsCorrection, PointsNotice, PointsRanking)
