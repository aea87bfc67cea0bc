"""Which system account runs the servers: PostgreSQL refuses root, so root drops to an account without rights."""
from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ConfigurationError

# A socket's path ends at 107 bytes on Linux and 103 on macOS; the longest one here adds "/postgres/.s.PGSQL.5432.lock".
LONGEST_FOLDER = 74


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the servers run under; `switch` says whether the launcher has to change to it."""

    uid: int
    gid: int
    name: str
    switch: bool

    @property
    def popen_args(self) -> dict[str, Any]:
        """Arguments for subprocess that leave root; empty when there is nothing to leave."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}

    def can_reach(self, path: Path) -> bool:
        """Whether the account may pass through every folder down to `path` (existing parts only)."""
        if not self.switch:
            return True
        return all(_may_pass(folder.stat(), self) for folder in (path, *path.parents) if folder.is_dir())

    def own(self, path: Path) -> Path:
        """Make `path` a folder with mode 0700 that belongs to the account."""
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        if self.switch:
            os.chown(path, self.uid, self.gid)
        return path


def server_account(existing: Path) -> Account:
    """The account for servers whose data stand in `existing` (its owner, if it exists already).

    Root drops to `postgres`, or to `nobody` where there is none. Raises ConfigurationError when an ordinary user finds
    data of somebody else.
    """
    owner = existing.stat().st_uid if existing.exists() else None
    me = os.geteuid()
    if me == 0:
        return _unprivileged(owner)
    if owner not in (None, me):
        raise ConfigurationError(f"{existing} 属于另一个系统账户（uid {owner}）。请用原来的账户运行，或用 --data 另选数据目录。")
    return Account(me, os.getegid(), str(me), switch=False)


def _unprivileged(owner: int | None) -> Account:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    if owner:  # neither None nor root
        name = next((n for n, entry in known.items() if entry.pw_uid == owner), str(owner))
        gid = known[name].pw_gid if name in known else owner
        return Account(owner, gid, name, switch=True)
    entry = known.get("postgres") or known["nobody"]
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name, switch=True)


def _may_pass(status: os.stat_result, account: Account) -> bool:
    mode = status.st_mode
    if status.st_uid == account.uid:
        return bool(mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(mode & stat.S_IXGRP)
    return bool(mode & stat.S_IXOTH)
