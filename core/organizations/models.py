"""The shape of an organization: one tree, from the tenant's committee down to communities and, beside them, units."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, tenant_foreign_key
from core.privacy.tags import personal, plain

KINDS = ("committee", "county", "street", "community", "grid", "building", "sector", "unit")
UNIT_TYPES = ("government", "soe", "university", "institution", "enterprise", "social", "other")
SUBORDINATIONS = ("city", "county", "province", "industry")


class Organization(TenantRow, Base):
    """A Party committee, a place, an issuing sector or a unit.

    `path` is the codes from the root down, each followed by "/"; a subtree is every row whose path starts with it.
    Units stand below the sector or the county that leads them; `community_id` says where a unit works.
    """

    __tablename__ = "organization"
    __table_args__ = (
        tenant_foreign_key("parent_id", "organization"),
        tenant_foreign_key("community_id", "organization"),
        UniqueConstraint("tenant_id", "code"),
        UniqueConstraint("tenant_id", "path"),
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        CheckConstraint(f"unit_type in {UNIT_TYPES}", name="unit_type"),
        CheckConstraint("(kind = 'unit') = (unit_type is not null)", name="unit_has_type"),
        Index("ix_organization_path", "tenant_id", "path", postgresql_ops={"path": "text_pattern_ops"}),
        Index("ix_organization_name", "tenant_id", "name", postgresql_ops={"name": "text_pattern_ops"}),
        Index("ix_organization_kind", "tenant_id", "kind", "sort_key", "id"),
        Index("ix_organization_parent", "tenant_id", "parent_id", "sort_key"),
    )

    parent_id: Mapped[uuid.UUID | None]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    code: Mapped[str] = mapped_column(Text, info=plain())
    name: Mapped[str] = mapped_column(Text, info=plain())
    sort_key: Mapped[str] = mapped_column(Text, info=plain())
    path: Mapped[str] = mapped_column(Text, info=plain())
    division_kind: Mapped[str | None] = mapped_column(Text, info=plain())
    unit_type: Mapped[str | None] = mapped_column(Text, info=plain())
    subordination: Mapped[str | None] = mapped_column(Text, info=plain())
    credit_code: Mapped[str | None] = mapped_column(Text, info=plain("a unit's, not a person's"))
    community_id: Mapped[uuid.UUID | None]
    contact_name: Mapped[str | None] = mapped_column(Text, info=personal("name", whose="officer"))
    contact_phone: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("phone", whose="officer"))
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
