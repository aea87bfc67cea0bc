"""What people may do to a job: try a dead letter again, or call a job off. Callers authorize first."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ColumnElement, update

from core.audit.log import record
from core.errors import Conflict
from core.i18n import _
from core.jobs.bell import note
from core.jobs.models import OPEN, Job
from core.jobs.queries import job_view
from core.tenancy import now, session
from core.tenancy.scope import tenant_id


def retry(job_id: uuid.UUID) -> None:
    """Let a failed job start over with all its attempts. Raises NotFound, or Conflict when it has not failed."""
    _change(job_id, Job.status == "failed", _("只有失败的任务才能重试，请刷新页面查看最新状态。"),
            **_afresh())
    record("job.retried", "job", job_id)
    note(session(), tenant_id(), job_id)


def retry_all(kind: str) -> int:
    """Let all failed jobs of a kind start over, as when what made them fail is mended; answers how many."""
    again = session().execute(update(Job).where(Job.tenant_id == tenant_id(), Job.kind == kind, Job.status == "failed")
                              .values(_afresh()).returning(Job.id).execution_options(synchronize_session=False)).scalars().all()
    for job_id in again:
        note(session(), tenant_id(), job_id)
    return len(again)


def cancel(job_id: uuid.UUID) -> None:
    """Call off a job that is not done; one at work stops at its next report, and nothing of it is committed but its checkpoints.

    Raises NotFound, or Conflict when it is over.
    """
    _change(job_id, Job.status.in_((*OPEN, "failed")), _("任务已经结束，无法取消。请刷新页面查看最新状态。"),
            status="cancelled", finished_at=now(), lease_until=None, message=_("任务已取消。"))
    record("job.cancelled", "job", job_id)


def _afresh() -> dict[str, Any]:
    return {"status": "due", "run_at": now(), "attempts": 0, "finished_at": None, "message": ""}


def _change(job_id: uuid.UUID, allowed: ColumnElement[bool], refusal: str, **values: Any) -> None:
    changed = session().execute(update(Job).where(Job.tenant_id == tenant_id(), Job.id == job_id, allowed).values(values)
                                .returning(Job.id).execution_options(synchronize_session=False))
    if changed.one_or_none() is None:
        job_view(job_id)  # NotFound when there is none
        raise Conflict(refusal)
