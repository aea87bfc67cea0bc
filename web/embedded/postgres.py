"""One private PostgreSQL cluster, reached by its Unix socket only."""
from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

from core.errors import ConfigurationError
from web.embedded.accounts import Account
from web.embedded.folder import DataFolder
from web.embedded.wheels import postgres_programs


class Postgres:
    """The cluster in `<data>/postgres`. `durable=False` (tests only) trades safety against a power cut for speed."""

    def __init__(self, data: DataFolder, account: Account, *, durable: bool = True) -> None:
        self.data, self.account, self.durable = data, account, durable
        self.folder = account.own(data.postgres)
        self.cluster = self.folder / "cluster"
        self.bin = postgres_programs(account, data.path)

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.folder / "server.log"

    @property
    def archive(self) -> Path:
        """Where the server puts full WAL segments once there are backups; `baodao backup wal` takes them away."""
        return self.folder / "archive"

    def start(self) -> str:
        """Start the server, or find it running; the first time make the cluster. Returns the administrator's URL.

        Raises ConfigurationError when the data are of another major version or the server does not come up.
        """
        if not (self.cluster / "PG_VERSION").exists():
            self._make_cluster()
        self._check_version()
        if not self.running():
            self._run("pg_ctl", "-D", self.cluster, "-w", "-t", 60, "-l", self.log, "-o", self._options(), "start")
        return admin_url(self.data)

    def running(self) -> bool:
        """Whether the server of this cluster runs."""
        return self._call("pg_ctl", "-D", self.cluster, "status").returncode == 0

    def stop(self) -> None:
        """Stop the server; open transactions are rolled back, nothing that was committed is lost."""
        if self.running():
            self._run("pg_ctl", "-D", self.cluster, "-w", "-t", 60, "-m", "fast", "stop")

    def _make_cluster(self) -> None:
        draft = self.folder / "cluster.new"  # renamed when whole: a start cut short must not leave half a cluster
        shutil.rmtree(draft, ignore_errors=True)
        password = self.folder / "initial-password"
        password.touch(mode=0o600)
        password.write_text(self.data.secret("admin_password"), encoding="ascii")
        if self.account.switch:
            os.chown(password, self.account.uid, self.account.gid)
        try:
            self._run("initdb", "-D", draft, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", password,
                      "-E", "UTF8", "--locale=C", *([] if self.durable else ["--no-sync"]))
        finally:
            password.unlink()
        draft.rename(self.cluster)

    def _check_version(self) -> None:
        major = (self.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        server = re.search(r"\d+", self._run("postgres", "--version"))
        if server is None or server.group() != major:
            raise ConfigurationError(
                f"{self.cluster} 的数据属于 PostgreSQL {major}，现有程序是 {server and server.group()}。请先装回原来的版本，启动后用 "
                "pg_dumpall 导出；再换一个数据目录，用新版本启动，用 psql 导入。数据没有改动。")

    def _options(self) -> str:
        settings = {"listen_addresses": "", "unix_socket_permissions": "0700", "timezone": "UTC", "log_timezone": "UTC",
                    "jit": "off", "password_encryption": "scram-sha-256",
                    "random_page_cost": "1.1"}  # a disk without arms; 4, the default, reads a whole table where an index would do
        if self.durable:
            # On from the first day, since switching it on takes a restart; nothing is kept until the folder is made for the first backup.
            settings |= {"archive_mode": "on", "archive_timeout": "30s", "archive_command": archive_command(self.archive)}
        else:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items()]
        return " ".join([*options, f"-k {shlex.quote(str(self.folder))}"])

    def _call(self, tool: str, *args: object) -> subprocess.CompletedProcess[str]:
        # No inherited pipe: the server would keep it open for as long as it runs.
        output = subprocess.DEVNULL if tool == "pg_ctl" else subprocess.PIPE
        env = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C"}
        return subprocess.run([str(self.bin / tool), *map(str, args)], env=env, cwd="/", stdin=subprocess.DEVNULL, text=True,
                              stdout=output, stderr=output, check=False, **self.account.popen_args)

    def _run(self, tool: str, *args: object) -> str:
        done = self._call(tool, *args)
        if done.returncode != 0:
            detail = (done.stderr or "").strip() or f"日志见 {self.log}"
            raise ConfigurationError(f"内置的 PostgreSQL 出错（{tool}）：{detail}")
        return done.stdout or ""


def archive_command(folder: Path) -> str:
    """The shell command that puts a WAL segment into `folder`, whole and on the disk, and does nothing while there is no such folder."""
    there = shlex.quote(str(folder).replace("%", "%%"))
    return f"test ! -d {there} || test -f {there}/%f || (cp %p {there}/.%f && sync {there}/.%f && mv {there}/.%f {there}/%f)"


def admin_url(data: DataFolder) -> str:
    """SQLAlchemy URL of the cluster's administrator; for set-up and backups, never for serving."""
    return f"postgresql+psycopg://postgres:{data.secret('admin_password')}@/postgres?host={quote(str(data.postgres), safe='')}"
