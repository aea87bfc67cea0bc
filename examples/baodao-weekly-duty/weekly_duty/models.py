"""Whose turn it is in which community; no person is named."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.api import Base, TenantRow, plain, tenant_foreign_key


class WeekDuty(TenantRow, Base):
    """A unit's turn in a community: from a Monday to a Sunday, both included."""

    __tablename__ = "weekly_duty_turn"
    __table_args__ = (tenant_foreign_key("community_id", "organization"), tenant_foreign_key("unit_id", "organization"),
                      UniqueConstraint("tenant_id", "community_id", "starts_on"))
    __reach__ = "community_id"

    community_id: Mapped[uuid.UUID]
    unit_id: Mapped[uuid.UUID]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    services: Mapped[int] = mapped_column(default=0)
    log: Mapped[str | None] = mapped_column(Text, info=plain("what was done; the form asks to name nobody"))
    version: Mapped[int] = mapped_column(default=1)
