"""Workers are shot, stopped and orphaned, Redis vanishes: no job is lost, no effect happens twice (promises 11 and 12).

BAODAO_FAULTS=full (`make faults`) runs the figures of the promises: 1,000 jobs, a shot every 2 s for 60 s, 5 seeds.
"""
from __future__ import annotations

import datetime as dt
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.jobs import enqueue, job_view, lease, running
from core.jobs.bell import bell, connect, queue_at
from core.jobs.lease import POLICY
from core.jobs.models import Effect, Job
from core.tenancy import now, set_clock, tenant_scope
from tests.faults import job_worker
from tests.faults.figures import FULL, figure
from tests.faults.forking import Forked
from tests.support.cities import configure_keys, make_city
from tests.support.databases import TestDatabase
from web.embedded import DataFolder
from web.embedded.valkey import Valkey

pytestmark = [pytest.mark.fault, pytest.mark.promise(11)]
Start = Callable[..., Forked]


@pytest.fixture
def city(database: TestDatabase) -> int:
    """A tenant whose keys the workers' processes can read."""
    configure_keys()
    return make_city(1)


@pytest.fixture
def redis_at_risk() -> Iterator[Valkey]:
    """A server of this test's own, which it may stop and start."""
    folder = Path(tempfile.mkdtemp(prefix="bdr", dir="/tmp"))
    folder.chmod(0o755)
    data = DataFolder(folder)
    server = Valkey(data, data.prepare())
    bell.configure(server.start())
    yield server
    bell.configure(None)
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def ringing(redis_server: str) -> Iterator[str]:
    """The run's Redis, rung at by this process."""
    bell.configure(redis_server)
    yield redis_server
    bell.configure(None)


@pytest.fixture
def start(database: TestDatabase) -> Iterator[Start]:
    """Start a worker's (or the scheduler's) process; what is left of them is killed in the end."""
    started: list[Forked] = []

    def run(redis_url: str, **options: object) -> Forked:
        started.append(Forked(lambda: job_worker.work(database.app_url, redis_url, **options)))  # type: ignore[arg-type]
        return started[-1]

    yield run
    for process in started:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def write(city: int, kind: str = "faults.slow", **payload: int) -> object:
    with tenant_scope(city):
        return enqueue(kind, payload)


def statuses(city: int) -> Counter[str]:
    with tenant_scope(city) as opened:
        return Counter(opened.scalars(select(Job.status)))


def effects(city: int) -> tuple[int, int]:
    """(effects that happened, effect keys used up); equal when all is well."""
    with tenant_scope(city) as opened:
        return (opened.scalar(select(func.count()).where(AuditEntry.action == "effect")),
                opened.scalar(select(func.count()).select_from(Effect)))


def wait(condition: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def test_a_worker_shot_at_work_loses_nothing(city: int, ringing: str, start: Start) -> None:
    first = start(ringing)
    job = write(city, hundredths=80)
    wait(lambda: statuses(city)["running"] == 1)
    first.kill()
    assert first.wait() == -signal.SIGKILL
    start(ringing)
    wait(lambda: statuses(city)["done"] == 1)
    assert effects(city) == (1, 1)
    with tenant_scope(city):
        assert job_view(job).attempts == 2  # type: ignore[arg-type]


def test_a_resumable_job_shot_at_work_does_each_part_once(city: int, ringing: str, start: Start) -> None:
    first = start(ringing)
    job = write(city, "faults.steps")

    def progress() -> int:
        with tenant_scope(city):
            return job_view(job).progress  # type: ignore[arg-type]

    wait(lambda: progress() >= 3)
    first.kill()
    start(ringing)
    wait(lambda: statuses(city)["done"] == 1)
    with tenant_scope(city) as opened:
        numbers = list(opened.scalars(select(AuditEntry.details).where(AuditEntry.action == "step").order_by(AuditEntry.seq)))
    assert numbers == [{"number": number} for number in range(10)]


def test_a_worker_that_slept_through_its_lease_commits_nothing(city: int, ringing: str, start: Start) -> None:
    sleeper = start(ringing)
    write(city, hundredths=100)
    wait(lambda: statuses(city)["running"] == 1)
    sleeper.send_signal(signal.SIGSTOP)
    start(ringing)
    wait(lambda: statuses(city)["done"] == 1)
    sleeper.send_signal(signal.SIGCONT)
    sleeper.terminate()
    assert sleeper.wait(timeout=20) == 0
    assert effects(city) == (1, 1)


def test_a_worker_told_to_stop_finishes_its_job_first(city: int, ringing: str, start: Start) -> None:
    worker = start(ringing)
    write(city, hundredths=100)
    wait(lambda: statuses(city)["running"] == 1)
    worker.terminate()
    assert worker.wait(timeout=20) == 0
    assert (statuses(city), effects(city)) == (Counter(done=1), (1, 1))


def test_work_goes_on_while_redis_is_away_and_after(city: int, redis_at_risk: Valkey, start: Start) -> None:
    url = redis_at_risk.start()
    start(url)
    write(city, hundredths=0)
    wait(lambda: statuses(city)["done"] == 1)
    redis_at_risk.stop()
    for _ in range(5):
        write(city, hundredths=1)
    wait(lambda: statuses(city)["done"] == 6)
    redis_at_risk.start()
    write(city, hundredths=1)
    wait(lambda: statuses(city)["done"] == 7)
    assert effects(city) == (7, 7)


def test_an_emptied_redis_loses_nothing(city: int, ringing: str, start: Start) -> None:
    for _ in range(20):
        write(city, hundredths=1)
    with connect(ringing) as client:
        client.flushall()
    start(ringing)
    wait(lambda: statuses(city)["done"] == 20)
    assert effects(city) == (20, 20)


def test_each_bell_twice_and_two_workers_are_one_effect_each(city: int, ringing: str, start: Start) -> None:
    jobs = [(city, write(city, hundredths=1)) for _ in range(20)]
    bell.ring(jobs)  # type: ignore[arg-type]
    start(ringing), start(ringing)
    wait(lambda: statuses(city)["done"] == 20)
    assert effects(city) == (20, 20)


def test_whoever_writes_to_redis_can_only_ring(city: int, ringing: str, start: Start, tmp_path: Path) -> None:
    with connect(ringing) as client:
        queue: Queue = queue_at(client)
        queue.enqueue("os.mkdir", str(tmp_path / "made"))
        queue.enqueue("os.mkdir", on_success=None, args=[f"{city}:no-id"])
        client.rpush(queue.key, "no-such-ring")
        start(ringing)
        write(city, hundredths=0)
        wait(lambda: statuses(city)["done"] == 1)
        wait(lambda: queue.count == 0)
    assert not (tmp_path / "made").exists()


def test_the_scheduler_rings_for_what_was_left_behind(city: int, redis_at_risk: Valkey, start: Start) -> None:
    url = redis_at_risk.start()
    bell.configure(None)
    write(city, hundredths=0)
    start(url, schedule=True)
    with Redis.from_url(url) as client:
        queue = queue_at(client)
        wait(lambda: queue.count > 0)


#: Jobs, shots, seconds between them, and the patience of whoever sees that a worker is gone: the promise's own, or a small form.
JOBS, SHOTS, PAUSE, PATIENCE = (1000, 30, 2.0, POLICY) if FULL else (40, 3, 0.7, job_worker.QUICK)


def shoot(city: int, url: str, start: Start, seed: int) -> float:
    """JOBS, two workers, and a shot after each PAUSE. Answers how many seconds after the last shot all jobs were done."""
    chance = random.Random(seed)
    workers = [start(url, policy=PATIENCE), start(url, policy=PATIENCE)]
    for _ in range(JOBS):
        write(city, hundredths=chance.randint(0, 20))
    for _ in range(SHOTS):
        time.sleep(PAUSE)
        place = chance.randrange(2)
        workers[place].kill()
        workers[place] = start(url, policy=PATIENCE)
    shot = time.monotonic()
    wait(lambda: statuses(city)["due"] + statuses(city)["running"] == 0, 300)
    return time.monotonic() - shot


@pytest.mark.parametrize("seed", range(5) if FULL else [1])
def test_no_job_is_lost_when_workers_are_shot(city: int, ringing: str, start: Start, seed: int) -> None:
    seconds = shoot(city, ringing, start, seed)
    assert (statuses(city), effects(city)) == (Counter(done=JOBS), (JOBS, JOBS))
    figure(11, f"{JOBS} jobs, 2 workers, kill -9 every {PAUSE} s for {SHOTS * PAUSE:.0f} s, seed {seed}", f"lost 0, effects {JOBS}",
           f"lost {JOBS - statuses(city)['done']}, effects {effects(city)[0]}, all done {seconds:.0f} s after the last shot")


def test_a_job_whose_worker_is_shot_goes_on_within_half_a_minute(city: int, ringing: str, start: Start) -> None:
    """With the product's own lease and sweep, and another worker that has nothing else to do."""
    assert POLICY.lease + POLICY.sweep <= 30
    if not FULL:
        return
    first = start(ringing, policy=POLICY)
    job = write(city, hundredths=3000)
    wait(lambda: statuses(city)["running"] == 1)
    start(ringing, policy=POLICY)
    first.kill()
    shot = time.monotonic()

    def attempts() -> int:
        with tenant_scope(city):
            return job_view(job).attempts  # type: ignore[arg-type]

    wait(lambda: attempts() == 2)
    seconds = time.monotonic() - shot
    assert seconds <= 30
    figure(11, "a shot worker's job is taken up by another", "<= 30 s", f"{seconds:.1f} s")


def test_twin_without_the_lease_a_shot_workers_job_is_never_taken_up(city: int, ringing: str, start: Start,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "ready", lambda tenant: (Job.tenant_id == tenant) & (Job.status == "due"))
    first = start(ringing)
    write(city, hundredths=80)
    wait(lambda: statuses(city)["running"] == 1)
    first.kill()
    first.wait()
    start(ringing)
    time.sleep(3)  # the lease is 1.2 s
    assert (statuses(city), effects(city)) == (Counter(running=1), (0, 0))


def deliver(city: int, jobs: list[object], database: TestDatabase) -> None:
    """Every job delivered, and then every one of them again from the last to the first, as if nobody knew that it was done."""
    for job in jobs:
        assert running.run_job(city, job) == "done"  # type: ignore[arg-type]
    with database.connect_admin() as admin:
        admin.execute("UPDATE job SET status = 'due'")
    for job in reversed(jobs):
        assert running.run_job(city, job) == "done"  # type: ignore[arg-type]


@pytest.mark.parametrize("jobs", [1000 if FULL else 20])
def test_every_delivery_twice_and_in_reverse_is_one_effect_each(city: int, database: TestDatabase, jobs: int) -> None:
    deliver(city, [write(city, hundredths=0) for _ in range(jobs)], database)
    assert (statuses(city), effects(city)) == (Counter(done=jobs), (jobs, jobs))
    figure(11, f"{jobs} jobs delivered twice, the second time in reverse", f"effects {jobs}", f"effects {effects(city)[0]}")


def test_twin_without_the_effect_key_a_second_delivery_is_a_second_effect(city: int, database: TestDatabase,
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    complete = running._complete

    def forgetful(claim: lease.Claim, result: dict | None) -> None:
        claim.effect_key = f"{claim.job_id} {claim.fence}"
        complete(claim, result)

    monkeypatch.setattr(running, "_complete", forgetful)
    deliver(city, [write(city, hundredths=0) for _ in range(5)], database)
    assert effects(city)[0] == 10


@pytest.mark.parametrize("hours", [-26, 26])
def test_a_worker_whose_clock_is_wrong_by_a_day_takes_nothing_from_another(city: int, monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    """Leases are measured by the database's clock: a worker's own may jump."""
    job = write(city, hundredths=0)
    held = lease.claim_job(city, job)  # type: ignore[arg-type]
    assert held is not None
    monkeypatch.setattr(time, "time", lambda true=time.time: true() + hours * 3600)
    with set_clock(now() + dt.timedelta(hours=hours)):
        assert lease.claim_job(city, job) is None  # type: ignore[arg-type]
        running.run_claim(held)
    assert (statuses(city), effects(city)) == (Counter(done=1), (1, 1))


def test_twin_a_lease_by_the_workers_own_clock_would_be_taken_away(city: int, monkeypatch: pytest.MonkeyPatch) -> None:
    job = write(city, hundredths=0)
    assert lease.claim_job(city, job) is not None  # type: ignore[arg-type]
    monkeypatch.setattr(lease, "ready", lambda tenant: (Job.tenant_id == tenant) & (Job.lease_until < now()))
    with set_clock(now() + dt.timedelta(hours=26)):
        assert lease.claim_job(city, job) is not None  # type: ignore[arg-type]


def test_a_clock_that_was_wrong_loses_no_job(city: int) -> None:
    """What was written by a clock that ran ahead waits until then, and is found; a periodic job is written once for its period."""
    with set_clock(now() + dt.timedelta(hours=26)):
        write(city, hundredths=0)
        assert running.run_due() == 1
    with set_clock(now() - dt.timedelta(hours=26)):
        write(city, hundredths=0)
    assert running.run_due() == 1
    assert (statuses(city), effects(city)) == (Counter(done=2), (2, 2))
