"""Redis is killed, frozen, emptied or full while people work: every page is answered, and no job is lost (promise 12)."""
from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from flask import Flask
from redis import Redis

from core.config import Config
from core.jobs import enqueue, worker
from core.jobs.bell import bell
from core.tenancy import tenant_scope
from tests.faults import job_worker  # noqa: F401 - registers the handler
from tests.faults.figures import FULL, figure
from tests.faults.forking import Forked
from tests.faults.test_jobs_processes import effects, redis_at_risk, start, statuses, wait
from tests.support.applications import shared_app
from tests.support.factories import TestTenant, make_tenant, sign_in
from web.embedded.valkey import Valkey, redis_url
from web.routing import Access, declare

__all__ = ["redis_at_risk", "start"]
pytestmark = [pytest.mark.fault, pytest.mark.promise(12)]
SECONDS = 15 if FULL else 1.5
THREADS = 2


@dataclass
class Seen:
    """What those who used the pages met: statuses, and milliseconds from the quickest to the slowest."""

    statuses: set[int] = field(default_factory=set)
    milliseconds: list[float] = field(default_factory=list)

    @property
    def p95(self) -> float:
        """Milliseconds within which 95 of 100 pages came."""
        return sorted(self.milliseconds)[int(len(self.milliseconds) * 0.95)]


@pytest.fixture
def tenant(config: Config) -> TestTenant:
    """A city with its officers."""
    return make_tenant()


@pytest.fixture
def application(config: Config) -> Flask:
    """The application, whose first page asks for a job each time it is opened."""
    app = shared_app(config)

    def page() -> str:
        enqueue("faults.slow", {"hundredths": 0})
        return "asked for"

    app.view_functions["home.index"] = declare(page, Access(permission="account.self"))
    return app


def use(application: Flask, tenant: TestTenant, seconds: float) -> Seen:
    """Two officers open the page again and again, fifty times a second at most."""
    seen, until = Seen(), time.monotonic() + seconds

    def officer() -> None:
        client = application.test_client()
        sign_in(client, tenant.accounts["county_officer"])
        while time.monotonic() < until:
            began = time.perf_counter()
            seen.statuses.add(client.get("/").status_code)
            seen.milliseconds.append((time.perf_counter() - began) * 1000)
            time.sleep(0.02)

    officers = [threading.Thread(target=officer) for _ in range(THREADS)]
    for one in officers:
        one.start()
    for one in officers:
        one.join()
    return seen


def pid_of(server: Valkey) -> int:
    """The server's process."""
    with Redis.from_url(redis_url(server.data)) as client:
        return int(client.info("server")["process_id"])


@contextmanager
def killed(server: Valkey) -> Iterator[None]:
    """Shot, and started again afterwards."""
    os.kill(pid_of(server), signal.SIGKILL)
    yield
    server.stop()
    server.start()


@contextmanager
def frozen(server: Valkey) -> Iterator[None]:
    """There, and silent."""
    process = pid_of(server)
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


@contextmanager
def emptied(server: Valkey) -> Iterator[None]:
    """FLUSHALL, ten times a second."""
    over = threading.Event()

    def flush() -> None:
        with Redis.from_url(redis_url(server.data)) as client:
            while not over.wait(0.1):
                client.flushall()

    flushing = threading.Thread(target=flush)
    flushing.start()
    try:
        yield
    finally:
        over.set()
        flushing.join()


@contextmanager
def full(server: Valkey) -> Iterator[None]:
    """No room for another write, and nothing evicted."""
    with Redis.from_url(redis_url(server.data)) as client:
        client.config_set("maxmemory", "1")
        yield
        client.config_set("maxmemory", "0")


def run(application: Flask, tenant: TestTenant, server: Valkey, fault: Callable[[Valkey], object]) -> tuple[Seen, Seen]:
    """The pages before and during the fault."""
    before = use(application, tenant, SECONDS)
    with fault(server):  # type: ignore[attr-defined]
        during = use(application, tenant, SECONDS)
    return before, during


@pytest.mark.parametrize("fault", [killed, frozen, emptied, full])
def test_pages_are_answered_and_no_job_is_lost(application: Flask, tenant: TestTenant, redis_at_risk: Valkey,
                                               start: Callable[..., Forked], fault: Callable[[Valkey], object]) -> None:
    url = redis_at_risk.start()
    workers = [start(url) for _ in range(2 if FULL else 1)]
    before, during = run(application, tenant, redis_at_risk, fault)
    jobs = len(before.milliseconds) + len(during.milliseconds)
    wait(lambda: statuses(tenant.id)["done"] == jobs, 120)
    done, used = effects(tenant.id)
    assert (done, used) == (jobs, jobs)
    assert before.statuses | during.statuses == {200}
    assert [process.poll() for process in workers] == [None] * len(workers)
    times = ""
    if FULL:
        after = use(application, tenant, SECONDS)
        base = max(before.p95, after.p95)
        assert during.p95 <= 2 * base
        times = f", p95 {base:.0f} -> {during.p95:.0f} ms"
    figure(12, f"Redis {fault.__name__} under {jobs} pages that ask for a job each", "lost 0, no 5xx, p95 <= 2x", f"lost {jobs - done}, no 5xx{times}")


def test_twin_by_the_bell_alone_jobs_are_lost(application: Flask, tenant: TestTenant, redis_at_risk: Valkey, start: Callable[..., Forked],
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_look", lambda _policy, _stopped: None)
    url = redis_at_risk.start()
    with tenant_scope(tenant.id):
        enqueue("faults.slow", {"hundredths": 0})
    with Redis.from_url(url) as client:
        client.flushall()
    start(url)
    time.sleep(2)
    assert effects(tenant.id) == (0, 0)


def test_a_frozen_redis_holds_nobody_up_for_more_than_a_second(tenant: TestTenant, redis_at_risk: Valkey) -> None:
    bell.configure(redis_at_risk.start())
    with frozen(redis_at_risk):
        seconds = []
        for _ in range(3):
            began = time.monotonic()
            with tenant_scope(tenant.id):
                enqueue("faults.slow", {"hundredths": 0})
            seconds.append(time.monotonic() - began)
    assert 0.9 < seconds[0] < 2.5
    assert max(seconds[1:]) < 0.9  # left alone for some seconds
