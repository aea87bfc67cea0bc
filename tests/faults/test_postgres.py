"""PostgreSQL is stopped at once, in mid-import and under load, and comes back: what was acknowledged is there, nothing is half done (promise 13)."""
from __future__ import annotations

import os
import random
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

import core.db
from core.access.actor import load_actor
from core.access.roles import permissions
from core.access.tokens import create_token
from core.config import Config
from core.jobs import Policy, enqueue, job_view, worker
from core.jobs.bell import bell
from core.jobs.models import Job
from core.jobs.running import run_job
from core.members.models import Member
from core.privacy import keyring
from core.privacy.cipher import MasterKeys
from core.service.models import ServiceRecord
from core.tenancy import session, tenant_scope, today
from migrations.runner import upgrade
from tenants import handlers, keys
from tenants.importing import work
from tests.faults import job_worker  # noqa: F401 - registers the handler
from tests.faults.figures import FULL, figure
from tests.importing.conftest import member, workbook
from tests.support.applications import shared_app
from tests.support.databases import MASTER_KEYS, TestDatabase, make_database
from tests.support.factories import TestTenant, make_member, make_tenant
from web.embedded import DataFolder
from web.embedded.postgres import Postgres

pytestmark = [pytest.mark.fault, pytest.mark.promise(13), pytest.mark.skipif(not FULL, reason="takes minutes: make faults")]
POINTS, ROWS = int(os.environ.get("BAODAO_STOPS", "10")), 300
PATIENT = Policy(lease=2.0, sweep=1.0, attempts=50, backoff=(0.2,))
assert handlers.MODULES


class Server:
    """A PostgreSQL of this test's own that keeps what it promises, and a city in it."""

    def __init__(self, folder: Path) -> None:
        data = DataFolder(folder)
        self.postgres = Postgres(data, data.prepare())
        self.database: TestDatabase = make_database(self.postgres.start(), "risk")
        upgrade(self.database.migrate_url)
        core.db.configure(self.database.app_url)  # as the web: 5 s a statement
        keyring.configure(MasterKeys(MASTER_KEYS), keys.load)
        bell.configure(None)
        self.tenant = make_tenant()

    def crash(self) -> None:
        """Stop at once, as when the power goes, and start again."""
        self.stop()
        self.postgres.start()

    def stop(self) -> None:
        """Stop at once: no connection is ended, nothing is written out."""
        self.postgres._run("pg_ctl", "-D", self.postgres.cluster, "-w", "-t", 60, "-m", "immediate", "stop")


@pytest.fixture
def server(database: TestDatabase) -> Iterator[Server]:
    """The server; afterwards the tests' own is connected to again."""
    folder = Path(tempfile.mkdtemp(prefix="bdp", dir="/tmp"))
    folder.chmod(0o755)
    found = Server(folder)
    yield found
    core.db.configure(database.app_url, statement_timeout=30)
    found.postgres.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def application(server: Server, tmp_path: Path) -> Flask:
    """The application on that server."""
    return shared_app(Config(database_url=server.database.app_url, redis_url="redis://127.0.0.1:1", secret_key="for tests only",
                             master_keys=MASTER_KEYS, data_dir=tmp_path, base_url="http://127.0.0.1", environment="test",
                             log_level="CRITICAL", log_format="text"))


class Programs:
    """Two programs that hand in records, each under a key of its own, and send again what was not answered."""

    def __init__(self, application: Flask, tenant: TestTenant) -> None:
        self.acknowledged: dict[str, str] = {}
        self.statuses: list[int] = []
        self._body = {"kind": "环境卫生", "title": "清扫", "happened_on": today().isoformat(), "minutes": 30, "recipient": "周婆婆",
                      "community_id": str(tenant.communities[0])}
        self._over = threading.Event()
        people = [make_member(tenant, name, account=True) for name in "甲乙"]
        tokens = [_token(tenant.id, one.account.id) for one in people]  # type: ignore[union-attr]
        self._threads = [threading.Thread(target=self._send, args=(application, token)) for token in tokens]

    def _send(self, application: Flask, token: str) -> None:
        client, key, last = application.test_client(), "", float("inf")
        while (not self._over.is_set() or key) and time.monotonic() < last:
            if self._over.is_set():
                last = min(last, time.monotonic() + 30)
            key = key or uuid.uuid4().hex
            answer = client.post("/api/v1/records/own", json=self._body,
                                 headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key})
            self.statuses.append(answer.status_code)
            if answer.status_code == 201:
                self.acknowledged[key] = answer.json["id"]
                key = ""
            else:
                time.sleep(0.05)
            time.sleep(0.02)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def _token(tenant_id: int, account_id: uuid.UUID) -> str:
    with tenant_scope(tenant_id):
        actor = load_actor(account_id)
        assert actor is not None
        return create_token(actor, "a program", [one.code for one in permissions() if actor.can(one.code)], 30)


@contextmanager
def working(database: TestDatabase) -> Iterator[None]:
    """A worker in a thread, which outlives the server as the product's does."""
    stop = threading.Event()
    config = Config(database_url=database.app_url, redis_url="redis://127.0.0.1:1", secret_key="test", master_keys=MASTER_KEYS)
    thread = threading.Thread(target=worker.run, args=(config,), kwargs={"policy": PATIENT, "stop": stop})
    thread.start()
    yield
    stop.set()
    thread.join()


def checked(tenant: TestTenant, first: int) -> uuid.UUID:
    """A confirmed import of so many people, who come in by the worker; answers its job."""
    account = tenant.accounts["city_administrator"].id
    with tenant.scope():
        check = work.start_check("roster.xlsx", workbook([member(first + n) for n in range(ROWS)]), account)
    assert run_job(tenant.id, check) == "done"
    with tenant.scope():
        view = job_view(check)
        assert view.result is not None
        return work.start_write(view, uuid.UUID(view.result["file"]))


def members(tenant: TestTenant) -> int:
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(Member).where(Member.tenant_id == tenant.id)) or 0


def status(tenant: TestTenant, job: uuid.UUID) -> str:
    with tenant.scope():
        return str(session().scalar(select(Job.status).where(Job.tenant_id == tenant.id, Job.id == job)))


def test_what_was_acknowledged_is_there_and_nothing_is_half_done(server: Server, application: Flask) -> None:
    tenant, chance = server.tenant, random.Random(13)
    halves = back = 0
    with Programs(application, tenant) as programs:
        before = members(tenant)
        began = time.monotonic()  # how long an import takes here, under this load
        job = checked(tenant, 1000)
        begun = time.monotonic()
        assert run_job(tenant.id, job, PATIENT) == "done"
        longest, before = time.monotonic() - begun, before + ROWS
        for point in range(POINTS):
            job = checked(tenant, 2000 + point * 1000)
            with working(server.database):
                time.sleep(chance.uniform(0.05, longest))
                server.crash()
                halves += members(tenant) not in (before, before + ROWS)
                until = time.monotonic() + 60
                while status(tenant, job) != "done":
                    assert time.monotonic() < until
                    halves += members(tenant) not in (before, before + ROWS)
                    time.sleep(0.05)
            before += ROWS
            back += members(tenant) == before
    with tenant.scope():
        kept = {str(one) for one in session().scalars(select(ServiceRecord.id).where(ServiceRecord.tenant_id == tenant.id))}
    assert (halves, back) == (0, POINTS)
    assert kept == set(programs.acknowledged.values())
    assert len(kept) > POINTS
    assert set(programs.statuses) <= {201, 503, 409}
    figure(13, f"PostgreSQL stopped at once at {POINTS} random points of an import of {ROWS}, restarted under load",
           "acknowledged writes all there, 0 half-applied, processes reconnect",
           f"{len(kept)} of {len(programs.acknowledged)} there, each once; {halves} half-applied; {programs.statuses.count(503)} answers of 503, then "
           f"201 again; {time.monotonic() - began:.0f} s")


def written_before_the_stop(server: Server) -> tuple[int, int]:
    """(acknowledged, kept) jobs that were written by one after the other until the server went."""
    acknowledged, over = [], threading.Event()

    def write() -> None:
        while not over.is_set():
            try:
                with tenant_scope(server.tenant.id):
                    job = enqueue("faults.slow", {"hundredths": 0})
                acknowledged.append(job)
            except DBAPIError:
                return

    thread = threading.Thread(target=write)
    thread.start()
    time.sleep(1)
    server.stop()
    over.set()
    thread.join()
    server.postgres.start()
    with server.tenant.scope():
        return len(acknowledged), session().scalar(select(func.count()).select_from(Job).where(Job.tenant_id == server.tenant.id)) or 0


def test_a_commit_is_on_disk_before_it_is_acknowledged(server: Server) -> None:
    acknowledged, kept = written_before_the_stop(server)
    assert acknowledged > 10
    assert kept - acknowledged in (0, 1)  # one may have been committed and not told


def test_twin_with_commits_that_are_acknowledged_early_some_are_lost(server: Server) -> None:
    with server.database.connect_admin() as admin:
        admin.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        admin.execute("SELECT pg_reload_conf()")
        admin.execute("ALTER DATABASE risk SET synchronous_commit = off")
    core.db.configure(server.database.app_url)
    acknowledged, kept = written_before_the_stop(server)
    assert kept < acknowledged
