"""One sending run at a time for a tenant: two would send the same letters, and a partner that is down would hold every worker."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import exists, func, select

from core.exchange.outbox import SEND
from core.jobs import JobContext
from core.jobs.models import Job
from core.jobs.queue import enqueue
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

LOCK = 0x62616F  # beside the tenant: two sending runs ask one after the other
AGAIN = 30  # seconds until a run comes back that has found another one at work


def take(job: JobContext) -> bool:
    """Whether it is this run's turn; it keeps it until the job ends or its lease is over. Commits."""
    session().execute(select(func.pg_advisory_xact_lock(LOCK, tenant_id())))
    if _busy(job.id):
        return False
    job.checkpoint(job.state or {"done": 0})
    return True


def come_back() -> None:
    """Let a worker look again soon, once in so many seconds: what the run at work has not seen any more is sent then."""
    at = int(now().timestamp()) // AGAIN * AGAIN + AGAIN
    enqueue(SEND, run_at=dt.datetime.fromtimestamp(at, dt.UTC), effect_key=f"{SEND}:again:{at}")


def _busy(job_id: uuid.UUID) -> bool:
    """A run that has had its turn has a checkpoint; one whose lease is over is no longer at work."""
    return bool(session().scalar(select(exists().where(
        Job.tenant_id == tenant_id(), Job.kind == SEND, Job.id != job_id, Job.status == "running", Job.checkpoint.is_not(None),
        Job.lease_until > func.clock_timestamp()))))
