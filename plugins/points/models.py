"""The ledger: entries are only added, a mistake is mended by a reversing entry, and the balance is kept beside them."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, plain, tenant_foreign_key


class PointsAccount(TenantRow, Base):
    """A member's balance; its row is locked while an entry is added."""

    __tablename__ = "points_account"
    __table_args__ = (tenant_foreign_key("member_id", "member", ondelete="CASCADE"), UniqueConstraint("tenant_id", "member_id"),
                      CheckConstraint("balance >= 0", name="balance"))

    member_id: Mapped[uuid.UUID]
    balance: Mapped[int] = mapped_column(default=0)


class PointsEntry(TenantRow, Base):
    """One entry: what was earned (or reversed), by which rule, from which record. The text of the rule explains it for ever."""

    __tablename__ = "points_entry"
    __table_args__ = (tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
                      UniqueConstraint("tenant_id", "record_id", "kind"),
                      CheckConstraint("kind in ('earned', 'reversed')", name="kind"),
                      Index("ix_points_entry_member", "tenant_id", "member_id", "id"))

    member_id: Mapped[uuid.UUID]
    record_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    points: Mapped[int]
    minutes: Mapped[int]
    happened_on: Mapped[dt.date]
    rule: Mapped[str] = mapped_column(Text, info=plain("the rule in words"))
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
