"""Reads jobs for their page and their progress bar: columns, one query."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select

from core.errors import NotFound
from core.jobs.models import OPEN, Job
from core.jobs.registry import label, runnable_kinds
from core.tenancy import session
from core.tenancy.scope import tenant_id


class JobView(NamedTuple):
    """A job as people see it. `paused`: it waits because its plugin is off. `result` holds ids and counts."""

    id: uuid.UUID
    kind: str
    label: str
    status: str
    paused: bool
    run_at: dt.datetime
    attempts: int
    progress: int
    total: int
    message: str
    result: dict[str, Any] | None
    error: str | None
    created_by: uuid.UUID | None
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None

    @property
    def percent(self) -> int | None:
        """0 to 100, or None when the extent is not known."""
        if self.status == "done":
            return 100
        return min(100, self.progress * 100 // self.total) if self.total else None

    @property
    def open(self) -> bool:
        """Whether it is still going to change by itself."""
        return self.status in OPEN


def job_view(job_id: uuid.UUID) -> JobView:
    """One job; raises NotFound."""
    found = _views(Job.id == job_id, limit=1)
    if not found:
        raise NotFound
    return found[0]


def recent_jobs(limit: int = 50, before: uuid.UUID | None = None, *, created_by: uuid.UUID | None = None,
                status: str | None = None, telling: bool = False) -> list[JobView]:
    """Jobs, newest first; `before` is the last seen id (ids are ordered by time).

    `telling`: only what tells somebody something: what a person asked for, and what failed; not what came round by itself and went well.
    """
    conditions: list[ColumnElement[bool]] = []
    if before is not None:
        conditions.append(Job.id < before)
    if created_by is not None:
        conditions.append(Job.created_by == created_by)
    if status is not None:
        conditions.append(Job.status == status)
    if telling:
        conditions.append(or_(Job.created_by.is_not(None), Job.status == "failed"))
    return _views(*conditions, limit=limit)


def job_counts() -> dict[str, int]:
    """Number of jobs by status, for the health page: a dead letter must not go unseen."""
    rows = session().execute(select(Job.status, func.count()).where(Job.tenant_id == tenant_id()).group_by(Job.status))
    return dict(rows.all())


def _views(*conditions: ColumnElement[bool], limit: int) -> list[JobView]:
    runnable = set(runnable_kinds())
    query = select(Job.id, Job.kind, Job.status, Job.run_at, Job.attempts, Job.progress, Job.total, Job.message, Job.result, Job.error,
                   Job.created_by, Job.created_at, Job.started_at, Job.finished_at)
    rows = session().execute(query.where(Job.tenant_id == tenant_id(), *conditions).order_by(Job.id.desc()).limit(limit))
    return [JobView(id=job, kind=kind, label=label(kind), status=status, paused=status == "due" and kind not in runnable,
                    run_at=run_at, attempts=attempts, progress=progress, total=total, message=message, result=result, error=error,
                    created_by=created_by, created_at=created_at, started_at=started_at, finished_at=finished_at)
            for (job, kind, status, run_at, attempts, progress, total, message, result, error, created_by, created_at, started_at,
                 finished_at) in rows]
