"""Workers are shot while they score: no point is lost and none is counted twice, by backfill or by redelivered events."""
from __future__ import annotations

import datetime as dt
import signal
import time

import pytest
from sqlalchemy import func, select

from core.extension.dispatch import tell
from core.jobs import enqueue
from core.jobs.models import Job
from core.tenancy import session
from plugins.points import backfill
from plugins.points.models import PointsAccount, PointsEntry
from tests.faults.forking import Forked
from tests.faults.test_jobs_processes import Start, ringing, start, wait
from tests.plugins.points.packs import publish, scheme, serve
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_member, make_tenant

__all__ = ["ringing", "start"]
pytestmark = [pytest.mark.fault, pytest.mark.promise(14)]
RECORDS, SHOTS = 150, 3
SINCE = dt.date(2026, 1, 20)


def ledger(tenant: TestTenant) -> tuple[int, int, int]:
    """Entries that earn, their sum, and the sum of the balances."""
    with tenant.scope():
        entries = session().execute(select(func.count(), func.coalesce(func.sum(PointsEntry.points), 0)).where(PointsEntry.kind == "earned")).one()
        return entries[0], int(entries[1]), int(session().scalar(select(func.coalesce(func.sum(PointsAccount.balance), 0))) or 0)


def open_jobs(tenant: TestTenant) -> int:
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(Job).where(Job.status.in_(("due", "running")))) or 0


def shoot(start: Start, url: str, tenant: TestTenant) -> None:
    """Workers are killed again and again until the work is done by one that lives."""
    workers: list[Forked] = [start(url), start(url)]
    for number in range(SHOTS):
        time.sleep(0.7)
        workers[number % 2].kill()
        assert workers[number % 2].wait() == -signal.SIGKILL
        workers[number % 2] = start(url)
    wait(lambda: open_jobs(tenant) == 0, 120)


def test_scoring_that_is_shot_loses_and_doubles_nothing(database: TestDatabase, ringing: str, start: Start) -> None:
    tenant = make_tenant(plugins=("points",))
    people = [make_member(tenant, f"王{n}") for n in range(6)]
    with tenant.scope():
        publish(scheme(rules=[{"key": "a", "title": "甲", "caps": [{"period": "month", "points": 5}]}]))
        records = [serve(tenant, people[n % 6], 60, SINCE + dt.timedelta(days=n // 6)) for n in range(RECORDS)]
        for _twice in range(2):
            backfill.begin(SINCE)
            for record in records[::2]:  # as after a failed delivery
                enqueue("points.redeliver", {"hook": "record_counted", "facts": {"record": _encoded(record)}})
    shoot(start, ringing, tenant)
    # 25 days in January and February: five points a month each.
    assert ledger(tenant) == (RECORDS, 6 * 1000, 6 * 1000)
    with tenant.scope():
        for record in records:
            tell("record_counted", record=record)
    assert ledger(tenant)[0] == RECORDS


def _encoded(record: object) -> dict[str, object]:
    from core.extension.facts import encode
    return encode(record)
