"""The embedded servers: rows outlive a stop, a second start is quick, a foreign version is refused, nothing is left running."""
from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.errors import ConfigurationError
from tests.support.databases import connect
from web.embedded import DataFolder, Servers, attach_or_start
from web.embedded.servers import ended_in_order, started


@pytest.fixture(scope="module")
def folder(data_folder: DataFolder) -> DataFolder:
    """A data folder of its own, with a cluster that was stopped again."""
    folder = DataFolder(data_folder.path / "own")
    with started(folder, "up"):
        pass
    return folder


@pytest.fixture
def servers(folder: DataFolder) -> Iterator[Servers]:
    """Both servers, running."""
    with started(folder, "up") as running:
        yield running


def test_rows_and_keys_outlive_a_restart(folder: DataFolder) -> None:
    with started(folder, "up") as first:
        assert first.admin_url
        with connect(first.admin_url) as database, Redis.from_url(first.redis_url) as redis:
            database.execute("create table kept as select 7 as x")
            redis.set("kept", "7")
    begun = time.monotonic()
    with started(folder, "up") as second:
        took = time.monotonic() - begun
        assert second.admin_url
        with connect(second.admin_url) as database, Redis.from_url(second.redis_url) as redis:
            assert (database.execute("select x from kept").fetchone(), redis.get("kept")) == ((7,), b"7")
            database.execute("drop table kept")
    assert took < 30  # about 0.2 s on an idle machine; here others may be at work


def test_settings_that_the_house_needs(servers: Servers) -> None:
    assert servers.admin_url
    with connect(servers.admin_url) as database, Redis.from_url(servers.redis_url) as redis:
        names = ("fsync", "listen_addresses", "TimeZone", "server_encoding", "jit")
        shown = {name: database.execute("select current_setting(%s)", [name]).fetchone() for name in names}
        assert shown == {"fsync": ("on",), "listen_addresses": ("",), "TimeZone": ("UTC",), "server_encoding": ("UTF8",),
                         "jit": ("off",)}
        assert redis.config_get("maxmemory-policy", "appendonly", "port") == {
            "maxmemory-policy": "noeviction", "appendonly": "yes", "port": "0"}


def test_the_socket_alone_opens_nothing(servers: Servers) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=str(servers.data.postgres), user="postgres", dbname="postgres", password="guess")
    socket = str(servers.data.valkey / "valkey.sock")
    with Redis(unix_socket_path=socket, retry=Retry(NoBackoff(), 0)) as stranger, pytest.raises(RedisError, match="authenticat"):
        stranger.ping()


def test_a_short_command_uses_the_running_servers_and_leaves_them(folder: DataFolder, servers: Servers) -> None:
    with attach_or_start(folder, "tenant") as attached:
        assert attached.redis_url == servers.redis_url
    assert servers.running()


def test_a_short_command_alone_stops_what_it_started(folder: DataFolder) -> None:
    with attach_or_start(folder, "tenant") as own:
        assert own.running()
    assert not own.running()


def test_servers_left_by_a_killed_starter_are_taken_over(folder: DataFolder) -> None:
    code = ("import os, sys; from pathlib import Path; from web.embedded import DataFolder, Servers\n"
            "Servers(DataFolder(Path(sys.argv[1]))).start(); os.kill(os.getpid(), 9)")
    done = subprocess.run([sys.executable, "-c", code, str(folder.path)], check=False)
    left = Servers(folder)
    assert (done.returncode, left.running()) == (-signal.SIGKILL, True)
    with started(folder, "up") as found:
        assert found.running()
    assert not left.running()


def test_a_file_that_the_redis_program_cannot_read_is_set_aside(folder: DataFolder) -> None:
    with started(folder, "up"):
        pass
    base = next((folder.valkey / "appendonlydir").glob("*.base.rdb"))
    base.write_bytes(b"REDIS0099" + base.read_bytes()[9:])  # as a much newer program would have written it
    with started(folder, "up") as servers, Redis.from_url(servers.redis_url) as redis:
        assert redis.set("works", "1")
    assert (folder.valkey / "appendonlydir.unreadable" / base.name).read_bytes().startswith(b"REDIS0099")


def test_a_crashed_database_recovers(folder: DataFolder) -> None:
    with started(folder, "up") as servers:
        assert servers.admin_url
        with connect(servers.admin_url) as database:
            database.execute("create table if not exists crash as select 1 as x")
        pid = int((servers.data.postgres / "cluster" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        while _alive(pid):
            time.sleep(0.02)
        time.sleep(0.2)  # its children notice and leave
    with started(folder, "up") as again:
        assert again.admin_url
        with connect(again.admin_url) as database:
            assert database.execute("select x from crash").fetchone() == (1,)
            database.execute("drop table crash")


def test_data_of_another_version_are_refused_untouched(folder: DataFolder) -> None:
    mark = folder.postgres / "cluster" / "PG_VERSION"
    real = mark.read_text()
    mark.write_text("14\n")
    try:
        with pytest.raises(ConfigurationError, match=r"PostgreSQL 14，现有程序是 18.*pg_dumpall"), started(folder, "up"):
            pass
    finally:
        mark.write_text(real)
    with started(folder, "up") as servers:
        assert servers.running()


def test_given_urls_start_nothing(data_folder: DataFolder) -> None:
    folder = DataFolder(data_folder.path / "external")
    servers = Servers(folder, {"DATABASE_URL": "postgresql://a@localhost/c", "REDIS_URL": "redis://localhost"})
    servers.start()
    assert (servers.database_url, servers.admin_url, servers.redis_url) == ("postgresql://a@localhost/c", None, "redis://localhost")
    assert (folder.postgres.exists(), folder.valkey.exists()) == (False, False)
    servers.stop()


def _alive(pid: int) -> bool:
    return subprocess.run(["kill", "-0", str(pid)], capture_output=True, check=False).returncode == 0


class Finalizer:
    """What it is told to do runs where Python drops each error, an interrupt too."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.act = act

    def __del__(self) -> None:
        self.act()


@contextlib.contextmanager
def interrupted_by_handler_only() -> Iterator[None]:
    """The twin: SIGTERM interrupts, and that is all."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    hook, sys.unraisablehook = sys.unraisablehook, lambda _what: None
    try:
        yield
    finally:
        sys.unraisablehook = hook
        signal.signal(signal.SIGTERM, before)


def went_on(way: Callable[[], contextlib.AbstractContextManager[None]]) -> bool:
    """Whether work goes on for a second after a SIGTERM that came while a finalizer ran."""
    with contextlib.suppress(KeyboardInterrupt), way():
        finalizer = Finalizer(lambda: os.kill(os.getpid(), signal.SIGTERM))
        del finalizer
        time.sleep(1)
        return True
    return False


def test_an_interrupt_that_a_finalizer_dropped_comes_again_and_its_twin_is_never_heard() -> None:
    handler = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # as in a fresh process: those who measure the tests set their own
    try:
        assert (went_on(ended_in_order), went_on(interrupted_by_handler_only)) == (False, True)
    finally:
        signal.signal(signal.SIGTERM, handler)
