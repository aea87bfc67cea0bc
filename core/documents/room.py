"""Refuses files while there is still room for everything else: a full disk would stop the database, and with it sign-in and log (rule 24).

It looks at the disk of `BAODAO_DATA`, where the embedded database lies. The disk of a database elsewhere is watched there. A large disk
still has room for long when nine tenths are used; so both must be true, the share and that only a few GiB are free.
"""
from __future__ import annotations

import shutil
import time
from pathlib import Path

from core.errors import Unavailable
from core.i18n import _

GIB = 2**30
_FRESH = 5.0  # seconds


class Disk:
    """The disk on which this process's data lie; `configure` is called once at start-up, without it there is always room."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._seen, self._until = (0.0, 0), 0.0

    def configure(self, folder: Path | None) -> None:
        """Look at the disk of this folder, or of the nearest one above it that exists; None: at none."""
        self._folder = None if folder is None else next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
        self._until = 0.0

    def no_files(self) -> bool:
        """Whether there is no room for another file: 90 % used and less than 4 GiB free."""
        used, free = self._look()
        return used >= 0.90 and free < 4 * GIB

    def read_only(self) -> bool:
        """Whether what is left is for signing in and the log: 95 % used and less than 2 GiB free."""
        used, free = self._look()
        return used >= 0.95 and free < 2 * GIB

    def _look(self) -> tuple[float, int]:
        """The share that is used and the bytes that are free; looked at every few seconds."""
        if self._folder is None:
            return 0.0, 0
        if time.monotonic() >= self._until:
            usage = shutil.disk_usage(self._folder)
            self._seen, self._until = (1 - usage.free / usage.total, usage.free), time.monotonic() + _FRESH
        return self._seen


def require_room() -> None:
    """Raise Unavailable when the disk is too full for another file."""
    if disk.no_files():
        raise Unavailable(_("服务器磁盘空间不足，暂时不能上传或导出文件。请联系系统管理员清理磁盘后再试。"))


disk = Disk()
