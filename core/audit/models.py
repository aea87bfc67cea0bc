"""The rows of the audit logs, the tenants' and the operators': a hash-chained entry for each act, the head that pins down the last one,
and the checkpoint that stands for those whose time was over.
"""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, LargeBinary, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow
from core.privacy.tags import plain

ACTOR_KINDS = ("account", "operator", "job", "system")
HEAD_ID = uuid.UUID(int=0)


class _Entry:
    """Who did what to which object, and when. `hash` covers every other column and the entry before it."""

    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    actor_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    actor_kind: Mapped[str] = mapped_column(Text, info=plain())
    action: Mapped[str] = mapped_column(Text, info=plain())
    object_type: Mapped[str] = mapped_column(Text, info=plain())
    object_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    details: Mapped[dict[str, Any] | None] = mapped_column(JSONB, info=plain("ids, codes and counts"))
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class _Head:
    """The end of a chain, signed so that a cut cannot be hidden by moving it back."""

    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)


class _Checkpoint:
    """The entries up to `seq`, noted before `until`, were removed in order; signed, and followed by the entry that comes next."""

    hash: Mapped[bytes] = mapped_column(LargeBinary)
    until: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    made_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    signature: Mapped[bytes] = mapped_column(LargeBinary)


class AuditEntry(_Entry, TenantRow, Base):
    """An act in a tenant, in the tenant's chain."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        CheckConstraint("actor_kind in ('account', 'operator', 'job', 'system')", name="actor_kind"),
        UniqueConstraint("tenant_id", "seq"),
        Index("ix_audit_entry_object", "tenant_id", "object_id", "seq"),
        Index("ix_audit_entry_actor", "tenant_id", "actor_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger)


class AuditHead(_Head, TenantRow, Base):
    """The end of a tenant's chain, one row a tenant (id HEAD_ID)."""

    __tablename__ = "audit_head"


class AuditCheckpoint(_Checkpoint, TenantRow, Base):
    """What was removed from a tenant's chain; one row a removal, the highest `seq` holds."""

    __tablename__ = "audit_checkpoint"
    __table_args__ = (UniqueConstraint("tenant_id", "seq"),)

    seq: Mapped[int] = mapped_column(BigInteger)


class OperatorEntry(_Entry, Base):
    """An act of those who run the installation, in one chain outside every tenant."""

    __tablename__ = "operator_entry"
    __table_args__ = (CheckConstraint("actor_kind in ('account', 'operator', 'job', 'system')", name="actor_kind"),)

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class OperatorHead(_Head, Base):
    """The end of the operators' chain, one row (id HEAD_ID), and the chain's key under a master key from outside the database."""

    __tablename__ = "operator_head"

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)


class OperatorCheckpoint(_Checkpoint, Base):
    """What was removed from the operators' chain."""

    __tablename__ = "operator_checkpoint"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
