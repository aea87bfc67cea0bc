"""The job's row: PostgreSQL holds the work to be done and its effect, so that Redis may vanish at any moment."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Integer, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantRow, tenant_foreign_key
from core.privacy.tags import plain

OPEN = ("due", "running")
STATUSES = (*OPEN, "done", "failed", "cancelled")


class Job(TenantRow, Base):
    """One piece of work of one tenant. `failed` is the dead letter: it waits for a person, nothing drops it.

    `payload`, `checkpoint` and `result` hold ids, codes and counts; `fence` counts the claims, so that a worker whose lease
    was taken can be told from the present one.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("status in ('due', 'running', 'done', 'failed', 'cancelled')", name="status"),
        UniqueConstraint("tenant_id", "effect_key"),
        Index("ix_job_open", "tenant_id", "run_at", postgresql_where=text("status in ('due', 'running')")),
    )

    kind: Mapped[str] = mapped_column(Text, info=plain("name of a handler"))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, info=plain("ids, codes and counts; enqueue refuses numbers of people"))
    status: Mapped[str] = mapped_column(Text, default="due", info=plain())
    run_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    fence: Mapped[int] = mapped_column(BigInteger, default=0)
    progress: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    message: Mapped[str] = mapped_column(Text, default="", info=plain("a sentence with counts, never a person"))
    checkpoint: Mapped[dict[str, Any] | None] = mapped_column(JSONB, info=plain("ids and counts"))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB, info=plain("ids and counts"))
    error: Mapped[str | None] = mapped_column(Text, info=plain("type and place of an error, scrubbed"))
    effect_key: Mapped[str | None] = mapped_column(Text, info=plain("kind and ids"))
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    started_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))


class Effect(TenantRow, Base):
    """Proof that a job's effect was committed: written in the effect's own transaction, unique for each effect key."""

    __tablename__ = "job_effect"
    __table_args__ = (UniqueConstraint("tenant_id", "effect_key"), tenant_foreign_key("job_id", "job", ondelete="CASCADE"))

    job_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    effect_key: Mapped[str] = mapped_column(Text, info=plain("kind and ids"))
    fence: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
