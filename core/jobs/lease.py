"""Who may work on a job: the claim with its lease and fence, and the heartbeat that keeps the lease alive.

Leases are measured by the database's clock, which all workers share; a demo's frozen clock does not touch them.
"""
from __future__ import annotations

import contextvars
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any, Self

import structlog
from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, func, or_, select, update

from core.jobs.models import OPEN, Job
from core.jobs.registry import failed, runnable_kinds
from core.tenancy import Tenant, now, session, tenant_scope
from core.tenancy.scope import tenant_id

log = structlog.get_logger("baodao.jobs")


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient the workers are. Times in seconds; `backoff` are the pauses after the first, second, ... failure.

    A job whose worker was shot is taken up by another after `lease` and one `sweep` at most: within half a minute (promise 11).
    """

    lease: float = 18.0
    attempts: int = 5
    backoff: tuple[float, ...] = (10.0, 60.0, 300.0, 1800.0)
    sweep: float = 10.0
    longest: float = 7200.0


POLICY = Policy()


class Superseded(Exception):
    """The job is no longer this worker's: its lease was taken over, or somebody cancelled the job. Nothing is to be committed."""


class Hung(Exception):
    """A handler has not come to an end within the policy's longest time, and holds its worker."""


@dataclass(slots=True)
class Claim:
    """One worker's hold on a job."""

    tenant_id: int
    job_id: uuid.UUID
    kind: str
    payload: dict[str, Any]
    attempts: int
    fence: int
    checkpoint: dict[str, Any] | None
    effect_key: str | None
    created_by: uuid.UUID | None
    lost: threading.Event = field(default_factory=threading.Event)


def ready(tenant: int) -> ColumnElement[bool]:
    """What may be claimed: an active tenant's due jobs, and running ones whose worker has not been heard of for a lease."""
    # A literal: with parameters a prepared plan could not use the partial index.
    is_open: BindParameter[Any] = bindparam("open", OPEN, expanding=True, literal_execute=True)
    return and_(Job.tenant_id == tenant, Job.status.in_(is_open), Job.kind.in_(runnable_kinds()),
                exists().where(Tenant.id == tenant, Tenant.status == "active"),
                or_(and_(Job.status == "due", Job.run_at <= now()),
                    and_(Job.status == "running", Job.lease_until < func.clock_timestamp())))


def owned(claim: Claim) -> ColumnElement[bool]:
    """Whether the job is still `claim`'s: the fencing number tells a worker that slept through its lease from the present one."""
    return and_(Job.tenant_id == claim.tenant_id, Job.id == claim.job_id, Job.status == "running", Job.fence == claim.fence)


def claim_job(tenant: int, job_id: uuid.UUID, policy: Policy = POLICY) -> Claim | None:
    """Take the job in a transaction of its own; None when it is not ready or another worker is taking it."""
    with tenant_scope(tenant):
        free = select(Job.id).where(ready(tenant), Job.id == job_id).with_for_update(skip_locked=True).scalar_subquery()
        row = session().execute(
            update(Job).where(Job.tenant_id == tenant, Job.id == free)
            .values(status="running", attempts=Job.attempts + 1, fence=Job.fence + 1, lease_until=_lease_end(policy),
                    started_at=func.coalesce(Job.started_at, now()))
            .returning(Job.kind, Job.payload, Job.attempts, Job.fence, Job.checkpoint, Job.effect_key, Job.created_by)
            .execution_options(synchronize_session=False)).one_or_none()
    return None if row is None else Claim(tenant, job_id, *row)


def change(claim: Claim, **values: Any) -> None:
    """Change the row of a job that `claim` still holds, in the open scope; raises Superseded when it does not."""
    changed = session().execute(update(Job).where(owned(claim)).values(values).returning(Job.id)
                                .execution_options(synchronize_session=False))
    if changed.one_or_none() is None:
        claim.lost.set()
        raise Superseded


def aside(claim: Claim, **values: Any) -> None:
    """`change` in a transaction beside the one that the handler is in; raises Superseded."""
    def work() -> None:
        with tenant_scope(claim.tenant_id):
            change(claim, **values)
    contextvars.Context().run(work)  # an empty context: scopes do not nest


def due_jobs(limit: int) -> list[uuid.UUID]:
    """Ids of the open scope's jobs that may be claimed now, longest waiting first."""
    query = select(Job.id).where(ready(tenant_id())).order_by(Job.run_at).limit(limit)
    return list(session().execute(query).scalars())


class Heartbeat:
    """Renews the lease from a thread while the handler works.

    It stops after `policy.longest`, so that a handler that hangs loses its job to another worker; a plugin's is told of as hung.
    """

    def __init__(self, claim: Claim, policy: Policy) -> None:
        self._claim, self._policy = claim, policy
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="job-heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def _beat(self) -> None:
        every = self._policy.lease / 3
        for _ in range(int(self._policy.longest / every)):
            if self._done.wait(every):
                return
            try:
                aside(self._claim, lease_until=_lease_end(self._policy))
            except Superseded:
                return
            except Exception as error:  # noqa: BLE001 - the database may be back at the next beat
                log.warning("heartbeat failed", tenant=self._claim.tenant_id, job=str(self._claim.job_id), error=type(error).__name__)
        failed(self._claim.kind, self._claim.tenant_id, self._claim.payload, Hung(), hung=True)


def _lease_end(policy: Policy) -> ColumnElement[Any]:
    return func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, policy.lease)
