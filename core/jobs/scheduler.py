"""The scheduler's process: every 10 s it writes the periodic jobs and rings for what is due or was left behind.

A plain loop and not RQ's cron: that one keeps its plan in Redis and can only ring, while the rows have to be written for
each tenant in its own scope and also when Redis is away. Two schedulers do no harm: the effect key is unique.
"""
from __future__ import annotations

import datetime as dt
import threading
import uuid

import structlog

from core.config import Config
from core.jobs.bell import bell
from core.jobs.lease import POLICY, Policy, due_jobs
from core.jobs.queue import enqueue
from core.jobs.registry import Period, periods, routines, runnable_kinds
from core.jobs.running import active_tenants
from core.jobs.worker import stopping
from core.tenancy import now, tenant_scope
from core.tenancy.clock import LOCAL

_BELLS = 50  # a tenant and sweep, so that nobody's backlog drowns the others
_ENOUGH = 500  # bells waiting unheard: more would only repeat them
log = structlog.get_logger("baodao.jobs")


def run(config: Config, *, policy: Policy = POLICY, stop: threading.Event | None = None) -> None:
    """Sweep until SIGTERM or SIGINT (or `stop`). The database is configured by the caller."""
    bell.configure(config.redis_url)
    scheduler = Scheduler()
    with stopping(stop or threading.Event()) as stopped:
        log.info("scheduler started")
        while not stopped.is_set():
            scheduler.sweep()
            stopped.wait(policy.sweep)


class Scheduler:
    """One sweep after another; remembers what it has written, so that a sweep costs one query a tenant."""

    def __init__(self) -> None:
        self._written: dict[tuple[int, str], str] = {}

    def sweep(self) -> int:
        """Visit each active tenant in its own scope; answers for how many jobs it rang. A tenant's failure is logged and passed over."""
        try:
            tenants = active_tenants()
        except Exception as error:  # noqa: BLE001 - the database may be back at the next sweep
            log.warning("sweep failed", error=type(error).__name__)
            return 0
        waiting = bell.waiting()
        found: list[tuple[int, uuid.UUID]] = []
        for tenant in tenants:
            try:
                found.extend((tenant, job) for job in self._visit(tenant))
            except Exception as error:  # noqa: BLE001 - one tenant's trouble is not the others'
                log.warning("sweep of a tenant failed", tenant=tenant, error=type(error).__name__)
        for work in routines():
            try:
                work()
            except Exception as error:  # noqa: BLE001 - likewise
                log.warning("a routine failed", error=type(error).__name__)
        if waiting is None or waiting >= _ENOUGH:
            return 0
        return len(found) if bell.ring(found) else 0

    def _visit(self, tenant: int) -> list[uuid.UUID]:
        with tenant_scope(tenant):
            kinds = set(runnable_kinds())
            fresh = {period.kind: key for period in periods() if period.kind in kinds
                     and (key := period_key(period, now())) and self._written.get((tenant, period.kind)) != key}
            for kind, key in fresh.items():
                enqueue(kind, effect_key=key)
            due = due_jobs(_BELLS)
        self._written.update({(tenant, kind): key for kind, key in fresh.items()})
        return due


def period_key(period: Period, moment: dt.datetime) -> str | None:
    """The effect key of the period that `moment` falls into; None while today's time has not come."""
    if period.every is not None:
        return f"{period.kind}:{int(moment.timestamp() // period.every.total_seconds())}"
    local = moment.astimezone(LOCAL)
    if period.at is not None and local.hour * 60 + local.minute < period.at:
        return None
    return f"{period.kind}:{local.date().isoformat()}"
