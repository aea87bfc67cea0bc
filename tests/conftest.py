"""Fixtures for every test: one PostgreSQL and one redis-server a run, a clean database a test.

Set BAODAO_TEST_ADMIN_URL (a superuser's URL) to run on a PostgreSQL 15 to 18 of your own instead of the embedded one, and
BAODAO_TEST_TEMPLATE to a migrated database there, so that many short runs need not migrate one each.
"""
from __future__ import annotations

import gc
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from redis import Redis

import core.db
from core import outgoing
from core.config import Config
from core.documents import printing
from core.errors import ConfigurationError
from core.extension.holding import held_back
from core.i18n import SOURCE_LOCALE, set_locale
from core.jobs.bell import bell
from core.privacy import keyring
from core.privacy.cipher import MasterKeys
from tenants import keys
from tenants.loading import load_plugins
from tests.cli.forking import Forker
from tests.support import promises
from tests.support.databases import MASTER_KEYS, TestDatabase, Washer, drop_database, external_admin_url, make_database
from tests.support.setting import own_process, printed
from tests.support.templates import share_compiled
from tests.support.traced_children import trace_children
from web.embedded import DataFolder
from web.embedded.postgres import Postgres
from web.embedded.valkey import Valkey


def pytest_configure(config: pytest.Config) -> None:
    """Keep what the promises' tests reach, in the process where all reports come together."""
    share_compiled()
    if "COVERAGE_RUN" in os.environ:
        trace_children()
    config.pluginmanager.register(promises, "promises of tests")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(promises.Recorder(), "promises of runs")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes long at the head of the share of each of two processes, which get one half each to begin with."""
    early = [item for item in items if item.get_closest_marker("early")]
    others = [item for item in items if not item.get_closest_marker("early")]
    half = len(others) // 2
    items[:] = [*early[::2], *others[:half], *early[1::2], *others[half:]]


def pytest_collection_finish() -> None:
    """Keep the collector from walking the loaded product and the tests again and again: a tenth of the run's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_sessionfinish() -> None:
    """Under coverage, save what was seen before the process says that it has finished: ten seconds later it is ended, which a large run is too slow for."""
    if "coverage" in sys.modules and (measuring := sys.modules["coverage"].Coverage.current()) is not None:
        measuring.stop()
        measuring.save()


@pytest.fixture(autouse=True)
def _language() -> None:
    """Each test begins in the source language, whatever page the one before it opened in this thread."""
    set_locale(SOURCE_LOCALE)


@pytest.fixture(autouse=True)
def _papers(request: pytest.FixtureRequest) -> None:
    """Papers are set in this process; in tests/documents in one of their own, as in life."""
    printing._printed = own_process if "documents" in request.path.parts else printed


@pytest.fixture(scope="session")
def data_folder() -> Iterator[DataFolder]:
    """A short-lived data folder whose path is short enough for sockets."""
    path = Path(tempfile.mkdtemp(prefix="bd", dir="/tmp"))
    path.chmod(0o755)  # as root, the servers run under another account
    yield DataFolder(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(data_folder: DataFolder) -> Iterator[str]:
    """A superuser's URL of the run's PostgreSQL."""
    if url := external_admin_url():
        yield url
        return
    server = Postgres(data_folder, data_folder.prepare(), durable=False)
    yield server.start()
    server.stop()


@pytest.fixture(scope="session")
def template(postgres_url: str) -> Iterator[TestDatabase]:
    """A migrated database that no test writes to."""
    from migrations.runner import upgrade  # here, so that tests of the launcher need no schema

    load_plugins()
    if kept := os.environ.get("BAODAO_TEST_TEMPLATE"):
        yield TestDatabase(kept, postgres_url)
        return
    database = make_database(postgres_url, f"bd{os.getpid()}_template")
    upgrade(database.migrate_url)
    yield database
    drop_database(database)


@pytest.fixture(scope="session")
def new_database(postgres_url: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., TestDatabase]]:
    """Make another database: `new_database()` a migrated one, `new_database(migrated=False)` an empty one. For tests that change it
    beyond rows; it takes about 0.1 s.
    """
    numbers, made = itertools.count(), []

    def make(*, migrated: bool = True) -> TestDatabase:
        template = request.getfixturevalue("template").name if migrated else None
        made.append(make_database(postgres_url, f"bd{os.getpid()}_{next(numbers)}", template=template))
        return made[-1]

    yield make
    for database in made:
        drop_database(database)


@pytest.fixture(scope="session")
def shared_database(new_database: Callable[..., TestDatabase]) -> Iterator[tuple[TestDatabase, Washer]]:
    """The database that all tests use in turn, and what cleans it."""
    database = new_database()
    washer = Washer(database)
    yield database, washer
    core.db.database.dispose()
    washer.close()


@pytest.fixture
def database(shared_database: tuple[TestDatabase, Washer]) -> Iterator[TestDatabase]:
    """A migrated database without rows, to which `core.db` is connected as baodao_app. Commits are real."""
    database, washer = shared_database
    if _connected_to() != database.app_url:  # what is compiled stays from test to test
        core.db.configure(database.app_url, statement_timeout=30, query_cache_size=5000)  # a run has ten times a process's statements
    bell.configure(None)  # silent unless a test hangs one up
    keyring.configure(MasterKeys(MASTER_KEYS), keys.load)  # anew: the same tenant id has other keys in each test
    held_back()  # the plugins' tables are looked at here, not among the statements that a test counts
    yield database
    washer.wash()


@pytest.fixture(scope="session")
def redis_process(data_folder: DataFolder) -> Iterator[str]:
    """URL of the run's redis-server (or valkey-server)."""
    server = Valkey(data_folder, data_folder.prepare())
    yield server.start()
    server.stop()


@pytest.fixture
def redis_server(redis_process: str) -> Iterator[str]:
    """URL of a real, empty redis-server."""
    with Redis.from_url(redis_process) as client:
        client.flushall()
        yield redis_process


@pytest.fixture
def config(database: TestDatabase, redis_server: str, tmp_path: Path) -> Config:
    """The installation's settings, for this test's database, redis-server and data folder."""
    return Config(database_url=database.app_url, redis_url=redis_server, secret_key="for tests only", master_keys=MASTER_KEYS,
                  data_dir=tmp_path, base_url="http://127.0.0.1", environment="test", log_level="WARNING", log_format="text",
                  second_factor="optional")  # tests of the second factor say otherwise


@pytest.fixture
def opened_loopback() -> Iterator[None]:
    """An operator who lets this service call servers on this machine, which it does not by itself."""
    outgoing.configure(["127.0.0.0/8"])
    yield
    outgoing.configure([])


@pytest.fixture(scope="session")
def forker() -> Iterator[Forker]:
    """What runs the commands of `baodao`, for the whole run."""
    found = Forker()
    yield found
    found.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The run's one browser, from the system's packages; each test opens a context of its own in it."""
    program = next((place for place in ("chromium", "chromium-browser", "google-chrome") if shutil.which(place)), None)
    if program is None:
        pytest.fail("The browser tests need Chromium. On Debian: apt-get install chromium (make test does it when it may).")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which(program), args=["--no-sandbox", "--lang=zh-CN"])
        yield found
        found.close()


def _connected_to() -> str | None:
    try:
        return core.db.database.engine.url.render_as_string(hide_password=False)
    except ConfigurationError:
        return None
