"""Workers are shot, stopped and orphaned, Redis vanishes: no job is lost, no effect happens twice (promises 11 and 12).

BAODAO_FAULTS=full runs the figures of the promises: 1,000 jobs, a shot every 2 s for 60 s, 5 seeds.
"""
from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
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
from core.jobs import enqueue, job_view
from core.jobs.bell import bell, connect, queue_at
from core.jobs.models import Effect, Job
from core.tenancy import tenant_scope
from tests.faults import job_worker  # noqa: F401 - registers the handlers here too
from tests.support.cities import configure_keys, make_city
from tests.support.databases import TestDatabase
from web.embedded import DataFolder
from web.embedded.valkey import Valkey

FULL = os.environ.get("BAODAO_FAULTS") == "full"
LEASE = "1.2"
Start = Callable[..., subprocess.Popen[bytes]]


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
    running: list[subprocess.Popen[bytes]] = []

    def run(redis_url: str, *arguments: str) -> subprocess.Popen[bytes]:
        running.append(subprocess.Popen([sys.executable, "-m", "tests.faults.job_worker", database.app_url, redis_url, LEASE,
                                         *arguments], stderr=subprocess.DEVNULL))
        return running[-1]

    yield run
    for process in running:
        if process.poll() is None:
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


def wait(condition: Callable[[], bool], seconds: float = 20) -> None:
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
    start(url, "scheduler")
    with Redis.from_url(url) as client:
        queue = queue_at(client)
        wait(lambda: queue.count > 0)


@pytest.mark.parametrize("seed", range(5) if FULL else [1])
def test_no_job_is_lost_when_workers_are_shot(city: int, ringing: str, start: Start, seed: int) -> None:
    chance = random.Random(seed)
    jobs, shots, pause, longest = (1000, 30, 2.0, 20) if FULL else (60, 4, 0.9, 6)
    workers = [start(ringing), start(ringing)]
    for _ in range(jobs):
        write(city, hundredths=chance.randint(0, longest))
    for _ in range(shots):
        time.sleep(pause)
        place = chance.randrange(2)
        workers[place].kill()
        workers[place] = start(ringing)
    shot = time.monotonic()
    wait(lambda: statuses(city) == Counter(done=jobs), 120 if FULL else 30)
    print(f"all done {time.monotonic() - shot:.1f} s after the last shot")
    assert effects(city) == (jobs, jobs)
