"""Runs one job so that its effect happens once: handler, effect key and completion share a transaction (rule 18)."""
from __future__ import annotations

import datetime as dt
import threading
import traceback
import uuid
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.audit.actor import set_actor
from core.audit.plain import plain_json
from core.db import new_id
from core.errors import BaodaoError
from core.i18n import _
from core.jobs import registry
from core.jobs.context import JobContext
from core.jobs.lease import POLICY, Claim, Heartbeat, Policy, Superseded, change, claim_job, due_jobs
from core.jobs.models import Effect
from core.privacy.logfilter import scrub
from core.tenancy import Tenant, now, session, tenant_scope, unscoped

log = structlog.get_logger("baodao.jobs")


class EffectExists(Exception):
    """The effect was committed by an earlier run; this one is to be undone."""


class WorkerLost(Exception):
    """The worker ended in the midst of the job, each time it was tried."""


def run_job(tenant_id: int, job_id: uuid.UUID, policy: Policy = POLICY) -> str | None:
    """Claim and run a job in this process. Answers its new status ("due": failed, to be tried again), None when not ready or lost.

    No failure of the handler comes out of here; what is no `Exception` (a stop of the process) does, and the lease brings the
    job back.
    """
    claim = claim_job(tenant_id, job_id, policy)
    if claim is None:
        return None
    known = log.bind(tenant=tenant_id, job=str(job_id), kind=claim.kind, attempt=claim.attempts)
    try:
        if claim.attempts > policy.attempts:
            registry.failed(claim.kind, claim.tenant_id, claim.payload, WorkerLost())
            return _bury(claim, _("处理进程多次中断，任务已停止。请管理员查看服务器后重试。"), WorkerLost.__name__)
        with Heartbeat(claim, policy):
            run_claim(claim)
        known.info("job done")
        return "done"
    except Superseded:
        known.warning("job lost or cancelled; nothing was committed")
        return None
    except EffectExists:
        known.warning("effect existed already; nothing was done twice")
        return _settle(claim, status="done", finished_at=now())
    except Exception as error:  # noqa: BLE001 - a handler may raise anything
        known.warning("job failed", error=describe(error))
        registry.failed(claim.kind, claim.tenant_id, claim.payload, error)
        return _fail(claim, error, policy)


def run_due(limit: int | None = None, policy: Policy = POLICY, stop: threading.Event | None = None) -> int:
    """Run the due jobs of all tenants in this process, tenant by tenant, until none is left, `limit` were run or `stop` is set;
    answers how many.
    """
    count = 0
    while limit is None or count < limit:
        before = count
        for tenant in active_tenants():
            with tenant_scope(tenant):
                ids = due_jobs(100 if limit is None else min(100, limit - count))
            for job_id in ids:
                if stop is not None and stop.is_set():
                    return count
                count += run_job(tenant, job_id, policy) is not None
        if count == before:
            break
    return count


def active_tenants() -> list[int]:
    """Ids of the tenants whose work is to be done."""
    with unscoped() as opened:
        return list(opened.execute(select(Tenant.id).where(Tenant.status == "active").order_by(Tenant.id)).scalars())


def describe(error: BaseException) -> str:
    """An error's type and place, and its message only when it was written for people: a driver's message quotes rows."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).stem}:{frames[-1].lineno})" if frames else ""
    said = f": {scrub(error.message)[:300]}" if isinstance(error, BaodaoError) else ""
    return f"{type(error).__name__}{place}{said}"


def run_claim(claim: Claim) -> None:
    """Handler, effect and completion in one transaction. Raises Superseded or EffectExists, or what the handler raised: then nothing
    was committed.
    """
    known = registry.get(claim.kind)
    context = JobContext(claim, resumable=known.resumable)
    with tenant_scope(claim.tenant_id), set_actor("job", claim.job_id):
        result = known.run(context)
        session().flush()
        _complete(claim, result)


def _complete(claim: Claim, result: dict | None) -> None:
    """In the effect's transaction: the job is done if it is still ours, and the effect key is used up."""
    change(claim, status="done", finished_at=now(), lease_until=None, error=None, result=None if result is None else plain_json(result))
    key = claim.effect_key or f"job:{claim.job_id}"
    written = session().execute(
        insert(Effect).values(tenant_id=claim.tenant_id, id=new_id(), job_id=claim.job_id, effect_key=key, fence=claim.fence,
                              created_at=now())
        .on_conflict_do_nothing(index_elements=["tenant_id", "effect_key"]).returning(Effect.id)).one_or_none()
    if written is None:
        raise EffectExists


def _fail(claim: Claim, error: Exception, policy: Policy) -> str | None:
    said = scrub(error.message) if isinstance(error, BaodaoError) else _("处理时出错。")
    if claim.attempts >= policy.attempts:
        return _bury(claim, _("%(said)s多次重试未成功，任务已停止。请管理员排除原因后重试。", said=said), describe(error))
    pause = policy.backoff[min(claim.attempts, len(policy.backoff)) - 1]
    return _settle(claim, status="due", run_at=now() + dt.timedelta(seconds=pause), lease_until=None, error=describe(error),
                   message=_("%(said)s系统将自动重试（已试 %(count)s 次）。", said=said, count=claim.attempts))


def _bury(claim: Claim, message: str, error: str) -> str | None:
    """The dead letter: it stays in sight until somebody retries or cancels it."""
    log.error("job given up", tenant=claim.tenant_id, job=str(claim.job_id), kind=claim.kind, error=error)
    return _settle(claim, status="failed", finished_at=now(), lease_until=None, message=message, error=error)


def _settle(claim: Claim, **values: object) -> str | None:
    """Note an outcome in a transaction of its own; None when the job is no longer ours."""
    try:
        with tenant_scope(claim.tenant_id):
            change(claim, **values)
    except Superseded:
        return None
    return str(values["status"])
