"""The shape of rule packs, of deeds beside the service records, and of a rehearsal's outcome."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, tenant_foreign_key
from core.privacy.tags import personal, plain

PACK_STATUSES = ("draft", "published", "discarded")
DEED_STATUSES = ("declared", "approved", "refused", "withdrawn")
REHEARSAL_STATUSES = ("running", "done")


class RulePack(TenantRow, Base):
    """One version of one scheme. A draft may be changed; a published version never is, it only comes to its end.

    `kind` is a plugin's rule kind, `name` the scheme within it, `organization_id` the county whose own it is (None: the tenant's).
    `effective_from` is the first day on which it holds, `ended_on` the first on which it no longer does; `announced_on` the day on
    which people were told. `edited` counts the changes of a draft, so that two editors do not overwrite each other.
    """

    __tablename__ = "rule_pack"
    __table_args__ = (
        tenant_foreign_key("organization_id", "organization"),
        UniqueConstraint("tenant_id", "kind", "name", "organization_id", "version", postgresql_nulls_not_distinct=True),
        CheckConstraint(f"status in {PACK_STATUSES}", name="status"),
        CheckConstraint("(status = 'published') = (effective_from is not null)", name="published_is_dated"),
        CheckConstraint("ended_on > effective_from", name="period"),
        Index("uq_rule_pack_draft", "tenant_id", "kind", "name", "organization_id", unique=True, postgresql_nulls_not_distinct=True,
              postgresql_where=text("status = 'draft'")),
        Index("ix_rule_pack_effective", "tenant_id", "kind", "effective_from"),
    )

    kind: Mapped[str] = mapped_column(Text, info=plain())
    name: Mapped[str] = mapped_column(Text, info=plain("the scheme's key"))
    organization_id: Mapped[uuid.UUID | None]
    version: Mapped[int]
    status: Mapped[str] = mapped_column(Text, default="draft", info=plain())
    title: Mapped[str] = mapped_column(Text, info=plain())
    document: Mapped[dict[str, Any]] = mapped_column(JSONB, info=plain("rules, for everybody to read"))
    effective_from: Mapped[dt.date | None]
    ended_on: Mapped[dt.date | None]
    announced_on: Mapped[dt.date | None]
    note: Mapped[str | None] = mapped_column(Text, info=plain("what changed and why; the form asks for no names"))
    edited: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[uuid.UUID | None]
    published_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    published_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class Deed(TenantRow, Base):
    """A dated fact beside the service records: an award, a recruitment, a donation, a fault, an election, a nomination.

    Of a member, or of a unit as a whole. declared > approved or refused; an approved one counts until it is withdrawn.
    `quantity` is in the unit that its kind names; kinds are declared by the rule packs that use them.
    """

    __tablename__ = "deed"
    __table_args__ = (
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"), tenant_foreign_key("unit_id", "organization"),
        CheckConstraint(f"status in {DEED_STATUSES}", name="status"),
        CheckConstraint("member_id is not null or unit_id is not null", name="whose"),
        CheckConstraint("quantity between 1 and 1000000", name="quantity"),
        CheckConstraint("(status in ('approved', 'withdrawn')) or approved_on is null", name="approved"),
        Index("ix_deed_member", "tenant_id", "member_id", "happened_on", "id"),
        Index("ix_deed_unit", "tenant_id", "unit_id", "happened_on", "id"),
        Index("ix_deed_status", "tenant_id", "status", "id"),
    )

    member_id: Mapped[uuid.UUID | None]
    unit_id: Mapped[uuid.UUID | None]
    kind: Mapped[str] = mapped_column(Text, info=plain())
    level: Mapped[str | None] = mapped_column(Text, info=plain())
    quantity: Mapped[int] = mapped_column(default=1)
    happened_on: Mapped[dt.date]
    evidence: Mapped[str] = mapped_column(Text, info=personal("note"))
    status: Mapped[str] = mapped_column(Text, default="declared", info=plain())
    reason: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    entered_by: Mapped[uuid.UUID | None]
    decided_by: Mapped[uuid.UUID | None]
    approved_on: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class Rehearsal(TenantRow, Base):
    """A draft tried on a past period: what would have come out, beside what did. It changes nothing and is thrown away later.

    `since` and `until` are days, both included; the pack's document is kept as it was then.
    """

    __tablename__ = "rehearsal"
    __table_args__ = (
        tenant_foreign_key("pack_id", "rule_pack", ondelete="CASCADE"),
        CheckConstraint(f"status in {REHEARSAL_STATUSES}", name="status"),
        Index("ix_rehearsal_pack", "tenant_id", "pack_id", "id"),
    )

    pack_id: Mapped[uuid.UUID]
    since: Mapped[dt.date]
    until: Mapped[dt.date]
    document: Mapped[dict[str, Any]] = mapped_column(JSONB, info=plain("rules, for everybody to read"))
    status: Mapped[str] = mapped_column(Text, default="running", info=plain())
    job_id: Mapped[uuid.UUID | None]
    started_by: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class RehearsalRow(TenantRow, Base):
    """What one member had and would have had. The unit of the values is the rule kind's; `why` says what they are made of."""

    __tablename__ = "rehearsal_row"
    __table_args__ = (
        tenant_foreign_key("rehearsal_id", "rehearsal", ondelete="CASCADE"),
        tenant_foreign_key("member_id", "member", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "rehearsal_id", "member_id"),
        Index("ix_rehearsal_row_member", "tenant_id", "member_id"),
    )

    rehearsal_id: Mapped[uuid.UUID]
    member_id: Mapped[uuid.UUID]
    before: Mapped[int]
    after: Mapped[int]
    why: Mapped[dict[str, Any] | None] = mapped_column(JSONB, info=plain("what the values are made of, as figures; gone with the member"))
