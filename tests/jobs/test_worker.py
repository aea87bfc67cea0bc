"""The worker and the scheduler in this process: they start, hear, look for themselves and stop."""
from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.config import Config
from core.db import database as product
from core.jobs import JobContext, Policy, enqueue, handler, scheduler, worker
from core.jobs.bell import bell, connect, queue_at
from core.jobs.models import Job
from core.jobs.running import run_due
from core.memory import Memory, memory, outgrown, resident, set_memory
from core.tenancy import tenant_scope
from tests.support.databases import TestDatabase

QUICK = Policy(sweep=0.3)


@handler("worker.quick", label="快")
def quick(job: JobContext) -> None:
    """Nothing to do."""


@handler("worker.last", label="末")
def last(job: JobContext) -> None:
    """Asks for a stop while others are due."""
    stopping.set()


stopping = threading.Event()


def config(redis_url: str) -> Config:
    return Config(database_url="unused", redis_url=redis_url, secret_key="test", master_keys={1: bytes(32)})


def write(city: int) -> None:
    with tenant_scope(city):
        enqueue("worker.quick")


def done(city: int) -> int:
    with tenant_scope(city) as opened:
        return opened.scalar(select(func.count()).where(Job.status == "done")) or 0


def during(run: Callable[..., None], redis_url: str, check: Callable[[], None]) -> None:
    """`check` while `run` is at work in a thread."""
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(config(redis_url),), kwargs={"policy": QUICK, "stop": stop})
    thread.start()
    try:
        check()
    finally:
        stop.set()
        thread.join(10)
        bell.configure(None)
    assert not thread.is_alive()


def wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def test_a_bell_is_answered_at_once(city: int, redis_server: str) -> None:
    def check() -> None:
        with connect(redis_server) as client:
            wait(lambda: len(client.keys("rq:worker:*")) == 1)
        started = time.monotonic()
        write(city)
        wait(lambda: done(city) == 1)
        assert time.monotonic() - started < 5
        with connect(redis_server) as client:
            assert (queue_at(client).count, client.keys("rq:job:*")) == (0, [])

    during(worker.run, redis_server, check)


def test_a_broken_line_is_taken_up_again(city: int, redis_server: str) -> None:
    def check() -> None:
        with connect(redis_server) as client:
            wait(lambda: len(client.keys("rq:worker:*")) == 1)
            client.client_kill_filter(_type="normal", skipme=True)
            write(city)
            wait(lambda: done(city) == 1)
            wait(lambda: len(client.keys("rq:worker:*")) >= 1)

    during(worker.run, redis_server, check)


def test_a_bell_that_cannot_be_answered_leaves_the_job_due(city: int, redis_server: str, database: TestDatabase) -> None:
    def check() -> None:
        with connect(redis_server) as client:
            wait(lambda: len(client.keys("rq:worker:*")) == 1)
            with database.connect_admin() as admin:
                admin.execute("REVOKE UPDATE ON job FROM baodao_app")
                write(city)
                time.sleep(0.3)
                admin.execute("GRANT UPDATE ON job TO baodao_app")
        wait(lambda: done(city) == 1)

    during(worker.run, redis_server, check)


@pytest.mark.parametrize("ring", ["", "1", "x:y", "1:0197", "1:00000000-0000-0000-0000-000000000000"])
def test_an_odd_bell_is_harmless(city: int, ring: str) -> None:
    worker.answer(ring)


def test_without_redis_the_worker_looks_for_itself(city: int, tmp_path: Path) -> None:
    write(city)
    during(worker.run, f"unix://{tmp_path}/none.sock", lambda: wait(lambda: done(city) == 1))


def test_a_burst_runs_what_is_due_and_returns(city: int, redis_server: str) -> None:
    write(city)
    worker.run(config(redis_server), burst=True)
    bell.configure(None)
    assert done(city) == 1


def test_a_worker_that_has_grown_too_large_ends_itself_after_the_job_at_hand(city: int, redis_server: str) -> None:
    before = memory()
    write(city)
    set_memory(Memory(resident()))  # half of it is too much
    try:
        worker.run(config(redis_server), policy=QUICK)  # nobody stops it
    finally:
        set_memory(before)
        outgrown()
        bell.configure(None)
    assert done(city) == 1


@pytest.mark.parametrize("run", [worker.run, scheduler.run])
def test_sigterm_ends_the_process_in_an_orderly_way(city: int, redis_server: str, run: Callable[..., None]) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def send() -> None:
        wait(lambda: signal.getsignal(signal.SIGTERM) != before)  # sooner, it would end the tests
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=send).start()
    run(config(redis_server), policy=QUICK)
    bell.configure(None)
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize("run", [worker.run, scheduler.run])
def test_a_database_that_is_away_is_waited_for(city: int, redis_server: str, database: TestDatabase, run: Callable[..., None]) -> None:
    write(city)
    product.configure(database.app_url.replace(database.name, "nowhere"))

    def check() -> None:
        time.sleep(0.5)
        product.configure(database.app_url, statement_timeout=30)
        with connect(redis_server) as client:
            wait(lambda: done(city) == 1 or queue_at(client).count > 0)

    during(run, redis_server, check)


def test_a_stop_ends_the_batch_after_the_job_at_hand(city: int) -> None:
    stopping.clear()
    with tenant_scope(city):
        for _number in range(3):
            enqueue("worker.last")
    assert (run_due(stop=stopping), done(city)) == (1, 1)
    assert (run_due(), done(city)) == (2, 3)


def test_where_redis_is_gone_there_is_no_bell_to_listen_to() -> None:
    assert worker._listen("unix:///nowhere/redis.sock", Policy(), threading.Event()) is False
