"""A cluster that was brought back, while it is recovering and being looked at: on a private socket, with settings of its own."""
from __future__ import annotations

import contextlib
import datetime as dt
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from core.errors import ConfigurationError, Invalid
from web.embedded.accounts import Account

_ENDED_BEFORE = "recovery ended before configured recovery target was reached"
_SECONDS = 7200


class Recovered:
    """A cluster in `folder`/cluster, run by the programs in `programs` as `account`; its own pg_hba and settings are not used meanwhile."""

    def __init__(self, folder: Path, programs: Path, account: Account) -> None:
        self.folder, self.programs, self.account = folder, programs, account
        self.cluster, self.wal = folder / "cluster", folder / "wal"

    @property
    def log(self) -> Path:
        """What the server says while recovering."""
        return self.folder / "recovery.log"

    def recover(self, at: dt.datetime | None) -> dt.datetime | None:
        """Replay the WAL up to that moment (None: all there is) and stop again; answers the last commit that is in.

        Raises Invalid when the WAL does not reach so far, ConfigurationError when the server does not come up.
        """
        (self.cluster / "recovery.signal").touch()
        target = {} if at is None else {"recovery_target_time": at.isoformat(), "recovery_target_action": "promote"}
        restore = f"cp {shlex.quote(str(self.wal))}/%f %p"
        self._own()
        with self.running({**target, "restore_command": restore}, seconds=_SECONDS) as connection:
            last = connection.execute("select pg_last_xact_replay_timestamp()").fetchone()
            connection.execute("checkpoint")
        return last[0] if last else None

    def set_password(self, password: str) -> None:
        """Give the administrator the password of the folder that the cluster goes to."""
        with self.running({}) as connection:
            verifier = connection.pgconn.encrypt_password(password.encode(), b"postgres", b"scram-sha-256").decode()
            connection.execute(sql.SQL("ALTER ROLE postgres PASSWORD {}").format(sql.Literal(verifier)))

    def url(self, database: str) -> str:
        """SQLAlchemy URL of the administrator while the server runs; the socket is in a folder that nobody else may enter."""
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self.folder), safe='')}"

    @contextlib.contextmanager
    def running(self, settings: dict[str, str], *, seconds: int = 60) -> Iterator[psycopg.Connection]:
        """The server inside the block, and an administrator's connection to it."""
        self._start(settings, seconds)
        try:
            with self._connected(seconds) as connection:
                yield connection
        finally:
            self._call("pg_ctl", "-D", self.cluster, "-w", "-t", 600, "-m", "fast", "stop")

    def _connected(self, seconds: int) -> psycopg.Connection:
        """A connection as soon as the server takes one, which is when it has replayed all that it should."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True)
            except psycopg.OperationalError as error:
                if self._call("pg_ctl", "-D", self.cluster, "status"):
                    raise self._fault() from error
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def _start(self, settings: dict[str, str], seconds: int) -> None:
        files = {"pg_hba.conf": "local all all trust\n", "pg_ident.conf": "",
                 "postgresql.conf": f"hba_file = '{self.folder}/pg_hba.conf'\nident_file = '{self.folder}/pg_ident.conf'\n"}
        for name, text in files.items():
            (self.folder / name).write_text(text, "utf-8")
        # hot_standby off: else the server would ask for at least the settings (connections, locks) of the one that was copied.
        fixed = {"config_file": str(self.folder / "postgresql.conf"), "data_directory": str(self.cluster), "listen_addresses": "",
                 "unix_socket_permissions": "0700", "hot_standby": "off", "archive_mode": "off", "timezone": "UTC", "jit": "off"}
        options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in (fixed | settings).items())
        started = self._call("pg_ctl", "-D", self.cluster, "-w", "-t", seconds, "-l", self.log, "-o", f"{options} -k {shlex.quote(str(self.folder))}",
                             "start")
        if started:
            raise self._fault()

    def _fault(self) -> Exception:
        """What the server's log says of its end."""
        told = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        if _ENDED_BEFORE in told:
            return Invalid("已归档的日志（WAL）到不了所要的时刻。请选择更早的时刻，或不写 --at，恢复到最后。")
        lines = [line for line in told.splitlines() if "FATAL" in line or "PANIC" in line] or told.splitlines()[-1:]
        return ConfigurationError(f"恢复的数据库没有启动：{lines[-1] if lines else self.log}")

    def _own(self) -> None:
        self.folder.chmod(0o700)
        if self.account.switch:
            for place in (self.folder, *self.folder.rglob("*")):
                os.chown(place, self.account.uid, self.account.gid, follow_symlinks=False)

    def _call(self, tool: str, *args: object) -> int:
        env = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C"}
        return subprocess.run([str(self.programs / tool), *map(str, args)], env=env, cwd="/", stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, **self.account.popen_args).returncode

    def remove(self) -> None:
        """Delete it all: what was rehearsed holds people's data."""
        shutil.rmtree(self.folder, ignore_errors=True)
