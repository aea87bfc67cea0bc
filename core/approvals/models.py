"""The row of a request that waits for a second person, or that once did."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow
from core.privacy.tags import personal, plain

WAITING, DONE, REFUSED, WITHDRAWN, EXPIRED = "waiting", "done", "refused", "withdrawn", "expired"
STATUSES = (WAITING, DONE, REFUSED, WITHDRAWN, EXPIRED)


class Approval(TenantRow, Base):
    """Who asks for what and why. `content` is canonical JSON, `content_hash` its SHA-256; `path`: where the act lies in the tree.

    `subject_version` is that of what will be changed, when it was asked for; `outcome` what the act left behind.
    """

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint(f"status in {STATUSES}", name="status"),
        CheckConstraint("decided_by is distinct from asked_by or status in ('waiting', 'withdrawn', 'expired')", name="two_persons"),
        Index("ix_approval_status", "tenant_id", "status", "id"),
        Index("ix_approval_asked", "tenant_id", "asked_by", "id"),
        Index("uq_approval_waiting", "tenant_id", "kind", "content_hash", unique=True, postgresql_where=text("status = 'waiting'")))

    kind: Mapped[str] = mapped_column(Text, info=plain())
    path: Mapped[str] = mapped_column(Text, info=plain())
    reason: Mapped[str] = mapped_column(Text, info=personal("note"))
    content: Mapped[str] = mapped_column(Text, info=plain("ids, codes and counts"))
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    subject_version: Mapped[int | None]
    status: Mapped[str] = mapped_column(Text, default=WAITING, info=plain())
    asked_by: Mapped[uuid.UUID]
    asked_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    answer: Mapped[str | None] = mapped_column(Text, info=personal("note"))
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSONB, info=plain("ids and counts of what was done"))
