"""Periodic jobs come round once a period for each tenant, and what is due is rung for."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from core.jobs import JobContext, enqueue, handler, periodic, registry
from core.jobs.bell import bell, connect, queue_at
from core.jobs.models import Job
from core.jobs.registry import Period
from core.jobs.scheduler import Scheduler, period_key
from core.tenancy import now, set_clock, tenant_scope
from core.tenancy.clock import LOCAL
from tests.support.databases import TestDatabase


def shanghai(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=LOCAL)


@pytest.fixture
def nightly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kind that comes round daily at 02:00, and no other."""
    monkeypatch.setattr(registry, "_periods", {})
    @handler("test.nightly", label="每夜")
    def run(job: JobContext) -> None:
        """Nothing to do."""

    periodic("test.nightly", at="02:00")
    yield
    del registry._handlers["test.nightly"]


def keys(tenant: int) -> list[str | None]:
    with tenant_scope(tenant) as opened:
        return list(opened.scalars(select(Job.effect_key).where(Job.kind == "test.nightly").order_by(Job.id)))


@pytest.mark.parametrize(("period", "moment", "key"), [
    (Period("n", at=120), shanghai(24, 1, 59), None),
    (Period("n", at=120), shanghai(24, 2), "n:2026-11-24"),
    (Period("n", at=0), shanghai(24, 0), "n:2026-11-24"),
    (Period("n", at=0), shanghai(24, 23, 59), "n:2026-11-24"),
    (Period("n", every=dt.timedelta(hours=1)), dt.datetime(1970, 1, 1, 1, 59, tzinfo=dt.UTC), "n:1"),
    (Period("n", every=dt.timedelta(hours=1)), dt.datetime(1970, 1, 1, 2, tzinfo=dt.UTC), "n:2"),
])
def test_the_key_names_the_period(period: Period, moment: dt.datetime, key: str | None) -> None:
    assert period_key(period, moment) == key


@pytest.mark.parametrize("options", [{}, {"at": "2:00"}, {"at": "24:00"}, {"at": "02:00", "every": dt.timedelta(1)}])
def test_a_period_needs_one_proper_time(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"at|time"):
        periodic("test.odd", **options)  # type: ignore[arg-type]


def test_two_kinds_with_one_name_are_refused(nightly: None) -> None:
    with pytest.raises(ValueError, match="two handlers"):
        handler("test.nightly", label="重名")(lambda _job: None)


@pytest.mark.usefixtures("nightly")
def test_each_tenant_gets_the_job_once_a_day_from_any_number_of_schedulers(city: int, other_city: int) -> None:
    first, second = Scheduler(), Scheduler()
    for moment in (shanghai(24, 1), shanghai(24, 2), shanghai(24, 3), shanghai(25, 1), shanghai(25, 5)):
        with set_clock(moment):
            first.sweep(), second.sweep()
    assert keys(city) == keys(other_city) == ["test.nightly:2026-11-24", "test.nightly:2026-11-25"]


@pytest.mark.usefixtures("nightly")
def test_a_tenants_trouble_is_not_the_others(city: int, other_city: int, database: TestDatabase) -> None:
    with database.connect_admin() as admin:
        admin.execute(f"ALTER TABLE job ADD CONSTRAINT trouble CHECK (tenant_id <> {city})")
        try:
            with set_clock(shanghai(24, 2)):
                Scheduler().sweep()
        finally:
            admin.execute("ALTER TABLE job DROP CONSTRAINT trouble")
    assert (keys(city), keys(other_city)) == ([], ["test.nightly:2026-11-24"])


@pytest.mark.usefixtures("nightly")
def test_due_jobs_are_rung_for_but_not_without_end(city: int, redis_server: str) -> None:
    with tenant_scope(city):
        jobs = [enqueue("test.nightly") for _ in range(60)]
    bell.configure(redis_server)
    try:
        scheduler = Scheduler()
        with set_clock(now().astimezone(LOCAL).replace(hour=0, minute=30) + dt.timedelta(days=1)):
            assert scheduler.sweep() == 50
        with connect(redis_server) as client:
            assert [list(ring.args) for ring in queue_at(client).jobs] == [[f"{city}:{job}"] for job in jobs[:50]]
        rung = [scheduler.sweep() for _ in range(12)]
    finally:
        bell.configure(None)
    assert (rung[0], rung[-1]) == (50, 0)


def test_without_redis_a_sweep_does_no_harm(city: int) -> None:
    bell.configure("unix:///nowhere/redis.sock")
    try:
        assert Scheduler().sweep() == 0
    finally:
        bell.configure(None)


def test_a_routine_is_done_at_each_sweep_and_its_trouble_stays_its_own(city: int, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def broken() -> None:
        done.append("broken")
        raise RuntimeError("of itself")

    def sound() -> None:
        done.append("sound")

    monkeypatch.setattr(registry, "_routines", [])
    for work in (broken, sound, sound):
        registry.routine(work)
    Scheduler().sweep(), Scheduler().sweep()
    assert done == ["broken", "sound"] * 2
