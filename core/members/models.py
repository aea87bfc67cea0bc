"""The shape of a member: facts, encrypted personal data, and dated affiliations."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ARRAY, CheckConstraint, Date, DateTime, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, tenant_foreign_key
from core.privacy.tags import personal, plain

CATEGORIES = ("full", "probationary")
AFFILIATIONS = ("unit", "residence", "workplace")


class Member(TenantRow, Base):
    """An in-service Party member. Current unit, residence and workplace repeat the open affiliation, for the lists' indexes;
    only core.members.affiliations writes them.
    """

    __tablename__ = "member"
    __never_deleted__ = True
    __table_args__ = (
        tenant_foreign_key("unit_id", "organization"),
        tenant_foreign_key("residence_id", "organization"),
        tenant_foreign_key("workplace_id", "organization"),
        UniqueConstraint("tenant_id", "id_number_index"),
        CheckConstraint(f"category in {CATEGORIES}", name="category"),
        CheckConstraint("sex in ('male', 'female')", name="sex"),
        CheckConstraint("status in ('active', 'left', 'erased')", name="status"),
        Index("ix_member_sort", "tenant_id", "sort_key", "id"),
        Index("ix_member_unit", "tenant_id", "unit_id", "sort_key", "id"),
        Index("ix_member_residence", "tenant_id", "residence_id", "sort_key", "id"),
        Index("ix_member_workplace", "tenant_id", "workplace_id", "sort_key", "id"),
        Index("ix_member_name", "tenant_id", "name", "id", postgresql_ops={"name": "text_pattern_ops"}),
        Index("ix_member_pinyin", "tenant_id", "pinyin", "id", postgresql_ops={"pinyin": "text_pattern_ops"}),
        Index("ix_member_initials", "tenant_id", "initials", "id", postgresql_ops={"initials": "text_pattern_ops"}),
        Index("ix_member_phone", "tenant_id", "phone_index"),
    )

    name: Mapped[str] = mapped_column(Text, info=personal("name"))
    pinyin: Mapped[str] = mapped_column(Text, info=personal("name"))
    initials: Mapped[str] = mapped_column(Text, info=personal("name"))
    sort_key: Mapped[str] = mapped_column(Text, info=personal("name"))
    sex: Mapped[str] = mapped_column(Text, nullable=True, info=personal("sex"))  # of an erased member: none
    ethnicity: Mapped[str | None] = mapped_column(Text, info=personal("ethnicity"))
    id_number: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("id_number", sensitive=True))
    id_number_index: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("id_number", sensitive=True, index=True))
    phone: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("phone"))
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("phone", index=True))
    address: Mapped[bytes | None] = mapped_column(LargeBinary, info=personal("address"))
    joined_party_on: Mapped[dt.date | None] = mapped_column(Date)
    category: Mapped[str] = mapped_column(Text, default="full", info=plain())
    branch: Mapped[str | None] = mapped_column(Text, info=plain("a Party branch's name"))
    position: Mapped[str | None] = mapped_column(Text, info=personal("position"))
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'"), info=personal("skills"))
    preferences: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'"),
                                                   info=personal("preferences"))
    unit_id: Mapped[uuid.UUID | None]
    residence_id: Mapped[uuid.UUID | None]
    workplace_id: Mapped[uuid.UUID | None]
    status: Mapped[str] = mapped_column(Text, default="active", info=plain())
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Affiliation(TenantRow, Base):
    """Where a member belonged, from a day until a day (exclusive; open when null): unit, residence or workplace."""

    __tablename__ = "affiliation"
    __table_args__ = (
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        tenant_foreign_key("organization_id", "organization"),
        CheckConstraint(f"kind in {AFFILIATIONS}", name="kind"),
        CheckConstraint("valid_to is null or valid_to >= valid_from", name="period"),
        Index("uq_affiliation_open", "tenant_id", "member_id", "kind", unique=True, postgresql_where=text("valid_to is null")),
        Index("ix_affiliation_member", "tenant_id", "member_id"),
    )

    member_id: Mapped[uuid.UUID]
    organization_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    source: Mapped[str] = mapped_column(Text, info=plain("import, form or move"))
