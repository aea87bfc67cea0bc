"""The shape of the overview: what was counted ahead for each place and unit, and when. It may be thrown away and counted again."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, tenant_foreign_key
from core.privacy.tags import plain

SIDES = ("place", "unit")
KINDS = ("now", "month", "quarter", "half", "year")


class OverviewFigure(TenantRow, Base):
    """The figures of one organization, with all below it, in one period: numbers by key, of nobody.

    `side` says whether its communities or its units are counted; `since` is the period's first day, `kind` its length. "now" tells how
    things stood when they were counted.
    """

    __tablename__ = "overview_figure"
    __table_args__ = (tenant_foreign_key("organization_id", "organization", ondelete="CASCADE"),
                      UniqueConstraint("tenant_id", "organization_id", "side", "kind", "since"),
                      CheckConstraint(f"side in {SIDES}", name="side"), CheckConstraint(f"kind in {KINDS}", name="kind"))

    organization_id: Mapped[uuid.UUID]
    side: Mapped[str] = mapped_column(Text, info=plain())
    kind: Mapped[str] = mapped_column(Text, info=plain())
    since: Mapped[dt.date]
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB, info=plain("counts by key, of nobody"))


class OverviewState(TenantRow, Base):
    """When a tenant's figures were counted last, how many rows stood otherwise then; its row is the lock for counting."""

    __tablename__ = "overview_state"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    counted_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    changed: Mapped[int] = mapped_column(default=0)
