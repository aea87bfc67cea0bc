"""The walls of a job one by one: the fence and the effect key, each with a twin that goes wrong without it."""
from __future__ import annotations

import time

import pytest
from sqlalchemy import ColumnElement, Row, and_, func, select

from core.audit.models import AuditEntry
from core.jobs import JobContext, Policy, enqueue, handler, job_view, lease, run_job, running
from core.jobs.lease import Claim, Superseded, claim_job
from core.jobs.models import Job
from core.tenancy import tenant_scope
from tests.support.cities import configure_keys, make_city
from tests.support.databases import TestDatabase

pytestmark = pytest.mark.promise(11)

SHORT = Policy(lease=0.2)


@handler("walls.note", label="记一笔")
def note(job: JobContext) -> None:
    """The effect that must happen once."""
    from core.audit import record

    record("effect", "job", job.id)


@handler("walls.long", label="久")
def long(job: JobContext) -> None:
    """Longer than its lease."""
    note(job)
    time.sleep(0.7)


@handler("walls.killer", label="毒")
def killer(job: JobContext) -> None:
    """Ends the process, as far as this test's process allows."""
    raise SystemExit


@pytest.fixture
def city(database: TestDatabase) -> int:
    """A tenant with its key."""
    configure_keys()
    return make_city(1)


def effects(city: int) -> int:
    with tenant_scope(city) as opened:
        return opened.scalar(select(func.count()).where(AuditEntry.action == "effect")) or 0


def status(city: int, job: object) -> Row[tuple[str, int]]:
    with tenant_scope(city) as opened:
        return opened.execute(select(Job.status, Job.fence).where(Job.id == job)).one()


def two_claims(city: int) -> tuple[Claim, Claim]:
    """An old worker that slept through its lease, and the one that has the job now."""
    with tenant_scope(city):
        job = enqueue("walls.note")
    old = claim_job(city, job, SHORT)
    assert claim_job(city, job, SHORT) is None
    time.sleep(0.25)
    new = claim_job(city, job)
    assert old is not None
    assert new is not None
    assert (old.fence, new.fence) == (1, 2)
    return old, new


def unfenced(claim: Claim) -> ColumnElement[bool]:
    return and_(Job.tenant_id == claim.tenant_id, Job.id == claim.job_id, Job.status == "running")


def unguarded(claim: Claim) -> ColumnElement[bool]:
    return and_(Job.tenant_id == claim.tenant_id, Job.id == claim.job_id)


def test_an_old_worker_cannot_complete(city: int) -> None:
    old, new = two_claims(city)
    with pytest.raises(Superseded):
        running.run_claim(old)
    assert (effects(city), status(city, new.job_id)) == (0, ("running", 2))
    running.run_claim(new)
    assert (effects(city), status(city, new.job_id)) == (1, ("done", 2))


def test_twin_without_the_fence_it_completes_a_job_that_another_holds(city: int, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = two_claims(city)
    monkeypatch.setattr(lease, "owned", unfenced)
    running.run_claim(old)
    assert (effects(city), status(city, new.job_id)) == (1, ("done", 2))


def test_without_any_check_of_the_row_the_effect_key_still_holds(city: int, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = two_claims(city)
    monkeypatch.setattr(lease, "owned", unguarded)
    running.run_claim(old)
    with pytest.raises(running.EffectExists):
        running.run_claim(new)
    assert effects(city) == 1


def test_twin_without_the_effect_key_too_the_effect_happens_twice(city: int, database: TestDatabase,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = two_claims(city)
    monkeypatch.setattr(lease, "owned", unguarded)
    running.run_claim(old)
    with database.connect_admin() as admin:
        admin.execute("DELETE FROM job_effect")
    running.run_claim(new)
    assert effects(city) == 2


def test_an_effect_that_exists_settles_the_job(city: int, database: TestDatabase) -> None:
    with tenant_scope(city):
        job = enqueue("walls.note", effect_key="once")
    assert run_job(city, job) == "done"
    with database.connect_admin() as admin:
        admin.execute("UPDATE job SET status = 'due'")
    assert run_job(city, job) == "done"
    assert effects(city) == 1


def test_the_heartbeat_keeps_a_long_job(city: int) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with tenant_scope(city):
        job = enqueue("walls.long")
    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(run_job, city, job, Policy(lease=0.3))
        time.sleep(0.5)  # longer than the lease
        assert claim_job(city, job) is None
        assert worker.result() == "done"
    assert (effects(city), status(city, job)) == (1, ("done", 1))


def test_a_heartbeat_without_its_job_falls_silent(city: int, database: TestDatabase) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with tenant_scope(city):
        job = enqueue("walls.long")
    with ThreadPoolExecutor(1) as pool, database.connect_admin() as admin:
        worker = pool.submit(run_job, city, job, Policy(lease=0.3))
        time.sleep(0.05)
        admin.execute("UPDATE job SET fence = fence + 1")
        assert worker.result() is None
    assert (effects(city), status(city, job)) == (0, ("running", 2))


def test_a_heartbeat_that_fails_does_not_end_the_job(city: int, database: TestDatabase) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with tenant_scope(city):
        job = enqueue("walls.long")
    with ThreadPoolExecutor(1) as pool, database.connect_admin() as admin:
        worker = pool.submit(run_job, city, job, Policy(lease=0.3))
        time.sleep(0.05)
        admin.execute("ALTER TABLE job ADD CONSTRAINT trouble CHECK (status <> 'running') NOT VALID")
        time.sleep(0.25)
        admin.execute("ALTER TABLE job DROP CONSTRAINT trouble")
        assert worker.result() == "done"
    assert effects(city) == 1


def test_twin_without_the_heartbeat_a_long_job_is_taken_away(city: int) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with tenant_scope(city):
        job = enqueue("walls.long")
    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(run_job, city, job, Policy(lease=0.3, longest=0.0))
        time.sleep(0.5)
        assert claim_job(city, job) is not None
        assert worker.result() is None
    assert effects(city) == 0


def test_a_job_that_kills_its_workers_ends_as_a_dead_letter(city: int) -> None:
    with tenant_scope(city):
        job = enqueue("walls.killer")
    for _ in range(5):
        with pytest.raises(SystemExit):
            run_job(city, job, Policy(lease=0.05))
        time.sleep(0.1)
    assert run_job(city, job, Policy(lease=0.05)) == "failed"
    with tenant_scope(city):
        seen = job_view(job)
    assert (seen.status, seen.error, seen.message) == ("failed", "WorkerLost", "处理进程多次中断，任务已停止。请管理员查看服务器后重试。")
