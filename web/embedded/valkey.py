"""One private Redis-protocol server (Valkey or Redis): a bell for jobs and a memory for limits, never the only copy."""
from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.errors import ConfigurationError
from web.embedded.accounts import Account
from web.embedded.folder import DataFolder
from web.embedded.wheels import valkey_program


class Valkey:
    """The server in `<data>/valkey`, on a private socket with a password, with an append-only file."""

    def __init__(self, data: DataFolder, account: Account) -> None:
        self.data, self.account = data, account
        self.folder = account.own(data.valkey)
        self.program = valkey_program(account, data.path)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start the server, or find it running. Returns its URL; raises ConfigurationError after 10 seconds of silence."""
        if not self.running() and not self._launched() and not (self._set_aside() and self._launched()):
            raise ConfigurationError(f"内置的 Redis 服务器没有启动。原因见 {self.log}。")
        return redis_url(self.data)

    def _launched(self) -> bool:
        self._process = subprocess.Popen(  # no pipes, and its own session: Ctrl-C reaches the launcher only
            [str(self.program), str(self._write_settings())], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd="/", start_new_session=True, **self.account.popen_args)
        return self._came_up(self._process)

    def _set_aside(self) -> bool:
        # Another program or version than the one that wrote the file may be unable to read it, as when redis-server was
        # installed since; whatever stood in it, the scheduler brings again from PostgreSQL.
        written, aside = self.folder / "appendonlydir", self.folder / "appendonlydir.unreadable"
        if not written.exists():
            return False
        shutil.rmtree(aside, ignore_errors=True)
        written.rename(aside)
        return True

    def running(self) -> bool:
        """Whether a server answers on the socket."""
        try:
            with self._client() as client:
                return bool(client.ping())
        except RedisError:
            return False

    def stop(self) -> None:
        """Stop the server; what it holds is on disk."""
        try:
            with self._client() as client:
                client.shutdown()
        except RedisError:
            pass
        if self._process is not None:
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _client(self) -> Redis:
        return Redis.from_url(redis_url(self.data), socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0))

    def _write_settings(self) -> Path:
        settings = {"port": "0", "unixsocket": _quoted(socket_path(self.data)), "unixsocketperm": "700",
                    "dir": _quoted(self.folder),
                    "appendonly": "yes", "appendfsync": "everysec", "save": '""', "maxmemory-policy": "noeviction",
                    "logfile": _quoted(self.log), "requirepass": self.data.secret("redis_password")}
        path = self.folder / "valkey.conf"  # a file, because arguments show in the list of processes
        path.touch(mode=0o600)
        path.write_text("".join(f"{name} {value}\n" for name, value in settings.items()), encoding="utf-8")
        if self.account.switch:
            os.chown(path, self.account.uid, self.account.gid)
        return path

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.folder / "server.log"

    def _came_up(self, process: subprocess.Popen[bytes]) -> bool:
        for _ in range(500):
            if process.poll() is not None:
                break
            if self.running():
                return True
            time.sleep(0.02)
        self.stop()
        return False


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def socket_path(data: DataFolder) -> Path:
    """The server's socket."""
    return data.valkey / "valkey.sock"


def redis_url(data: DataFolder) -> str:
    """URL for redis-py and RQ."""
    return f"unix://:{data.secret('redis_password')}@{quote(str(socket_path(data)))}"
