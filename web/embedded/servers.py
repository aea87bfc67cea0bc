"""Starts and stops both servers of a data folder together, or attaches to those that run already."""
from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from _thread import interrupt_main
from collections.abc import Iterator, Mapping

from core import transport
from core.config import setting
from core.errors import ConfigurationError
from web.embedded.folder import DataFolder
from web.embedded.postgres import Postgres, admin_url
from web.embedded.valkey import Valkey, redis_url

LONG_RUNNING = ("up", "demo")


class Servers:
    """The servers of one data folder. A server whose URL is set (DATABASE_URL, REDIS_URL) is not ours and is not started."""

    def __init__(self, data: DataFolder, env: Mapping[str, str] | None = None, *, durable: bool = True) -> None:
        self.data = data
        source = os.environ if env is None else env
        database, redis = setting(source, "DATABASE_URL"), setting(source, "REDIS_URL")
        self._external_database = transport.database_url(database, source) if database else None
        self._external_redis = transport.redis_url(redis, source) if redis else None
        account = data.prepare()
        self.postgres = None if self._external_database else Postgres(data, account, durable=durable)
        self.valkey = None if self._external_redis else Valkey(data, account)

    @property
    def admin_url(self) -> str | None:
        """The embedded cluster's administrator; None when the database is not ours."""
        return None if self._external_database else admin_url(self.data)

    @property
    def database_url(self) -> str | None:
        """DATABASE_URL, or None when the database is embedded."""
        return self._external_database

    @property
    def redis_url(self) -> str:
        """REDIS_URL, or the embedded server's."""
        return self._external_redis or redis_url(self.data)

    def start(self) -> None:
        """Start what is ours; if the second one fails, the first is stopped again. Raises ConfigurationError."""
        try:
            if self.postgres:
                self.postgres.start()
            if self.valkey:
                self.valkey.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what is ours. Data stay."""
        if self.valkey:
            self.valkey.stop()
        if self.postgres:
            self.postgres.stop()

    def running(self) -> bool:
        """Whether everything that is ours runs."""
        return all(server.running() for server in (self.postgres, self.valkey) if server)


@contextlib.contextmanager
def started(data: DataFolder, what: str, *, wait: float = 0) -> Iterator[Servers]:
    """Hold the folder, run its servers inside the block, stop them at its end. Raises ConfigurationError when it is in use."""
    data.prepare()
    with data.locked(what, wait=wait), ended_in_order():
        servers = Servers(data)
        servers.start()
        try:
            yield servers
        finally:
            servers.stop()


@contextlib.contextmanager
def ended_in_order() -> Iterator[None]:
    """SIGTERM and the terminal's end interrupt as Ctrl-C does, so that the servers are stopped; nohup and others' handlers stay.

    An interrupt that came while a finalizer ran, where Python drops it, comes again.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came = [signal.SIGINT]

    def interrupt(number: int, _frame: object) -> None:
        came.append(signal.Signals(number))
        raise KeyboardInterrupt

    def dropped(what: sys.UnraisableHookArgs) -> None:
        if issubclass(what.exc_type, KeyboardInterrupt):  # not at once: that would be within the finalizer still
            threading.Timer(0.05, interrupt_main, [came[-1]]).start()
        else:
            told(what)

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL}
    told, sys.unraisablehook = sys.unraisablehook, dropped
    try:
        yield
    finally:
        sys.unraisablehook = told
        for number, previous in before.items():
            signal.signal(number, previous)


@contextlib.contextmanager
def attach_or_start(data: DataFolder, what: str) -> Iterator[Servers]:
    """For a short command: use the servers of a running `baodao up` or `demo`, else run them inside the block.

    Another short command is waited for, up to a minute. Raises ConfigurationError.
    """
    holder = data.holder()
    if holder and holder.get("what") in LONG_RUNNING:
        servers = Servers(data)
        if not servers.running():
            raise ConfigurationError(f"baodao {holder['what']}（进程 {holder['pid']}）正在启动或停止，请稍后再试。")
        yield servers
        return
    with started(data, what, wait=60) as servers:
        yield servers
