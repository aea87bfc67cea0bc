"""The data folder of one installation: where it stands, who uses it now, and the secrets that are made once."""
from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from core.errors import ConfigurationError
from web.embedded.accounts import LONGEST_FOLDER, Account, server_account

_SECRETS: dict[str, Callable[[], str]] = {
    "secret_key": lambda: secrets.token_urlsafe(48),
    "master_key": lambda: "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
    "admin_password": lambda: secrets.token_urlsafe(24),
    "migrate_password": lambda: secrets.token_urlsafe(24),
    "backup_password": lambda: secrets.token_urlsafe(24),
    "app_password": lambda: secrets.token_urlsafe(24),
    "redis_password": lambda: secrets.token_urlsafe(24),
}


def default_folder() -> Path:
    """BAODAO_DATA, else .data in the checkout, else a folder of this user; for root one that the servers' account reaches."""
    if chosen := os.environ.get("BAODAO_DATA"):
        return Path(chosen)
    checkout = Path(__file__).resolve().parents[2]
    private = Path("/var/lib/baodao") if os.geteuid() == 0 else Path.home() / ".local/share/baodao"
    inside = checkout / ".data"
    account = server_account(inside / "postgres")
    fits = len(os.fsencode(inside)) <= LONGEST_FOLDER and account.can_reach(checkout) and os.access(checkout, os.W_OK)
    return inside if (checkout / "Makefile").exists() and fits else private


class DataFolder:
    """Everything that one installation keeps on this machine stands under `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()

    @property
    def postgres(self) -> Path:
        """Folder of the database cluster, its log and its socket."""
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        """Folder of the Redis-protocol server's files and socket."""
        return self.path / "valkey"

    @property
    def backup_recipient(self) -> Path:
        """The public key for which backups are encrypted; the private one is not kept here."""
        return self.path / "backup-recipient"

    def prepare(self) -> Account:
        """Make the folder; return the account for the servers.

        Raises ConfigurationError when the path is too long for a socket or closed to that account.
        """
        if len(os.fsencode(self.path)) > LONGEST_FOLDER:
            raise ConfigurationError(f"数据目录的路径太长：{self.path}。请用 --data 选择 {LONGEST_FOLDER} 字节以内的路径。")
        try:
            new = not self.path.exists()
            self.path.mkdir(parents=True, exist_ok=True)
            account = server_account(self.postgres)
            if new and account.switch:
                self.path.chmod(0o711)  # whatever the umask: the servers' account passes through, and lists nothing
            self._check_reachable(account)
        except PermissionError as error:
            raise ConfigurationError(f"不能写入数据目录 {self.path}。请检查权限，或用 --data 另选一个目录。") from error
        return account

    def _check_reachable(self, account: Account) -> None:
        if not account.can_reach(self.path):
            raise ConfigurationError(
                f"数据库以系统账户 {account.name} 运行，而它进不了 {self.path}。请用 --data /var/lib/baodao 之类人人可进入的路径，"
                "或以普通用户运行。")

    def secret_file(self, name: str) -> Path:
        """The file of a secret, made once and readable (0400) to its owner only."""
        path = self.path / "secrets" / name
        if not path.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            draft = path.with_name(f".{name}.{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(_SECRETS[name]() + "\n", encoding="ascii")
            draft.chmod(0o400)
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)  # never replaces a key that another starter has just made
            draft.unlink()
        return path

    def secret(self, name: str) -> str:
        """The value of a secret: secret_key, master_key or one of the passwords."""
        return self.secret_file(name).read_text(encoding="ascii").strip()

    def holder(self) -> dict[str, Any] | None:
        """Who uses the servers now: {"pid", "what"}, or None."""
        try:
            with (self.path / "lock").open(encoding="utf-8") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return json.loads(file.read() or "{}") or {"pid": 0, "what": "?"}
        except FileNotFoundError:
            pass
        return None

    @contextlib.contextmanager
    def locked(self, what: str, *, wait: float = 0) -> Iterator[None]:
        """Hold the folder against a second starter; wait up to `wait` seconds. Raises ConfigurationError."""
        with (self.path / "lock").open("a+", encoding="utf-8") as file:
            deadline = time.monotonic() + wait
            while not _lock(file):
                if time.monotonic() >= deadline:
                    holder = self.holder() or {"pid": 0, "what": "?"}
                    raise ConfigurationError(
                        f"数据目录 {self.path} 正被 baodao {holder['what']}（进程 {holder['pid']}）使用。"
                        "请先停止它，或用 --data 另选目录。")
                time.sleep(0.05)
            file.truncate(0)
            file.write(json.dumps({"pid": os.getpid(), "what": what}))
            file.flush()
            yield


def _lock(file: Any) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
