"""Folders for what is written on the way to a table: with clear personal data in them, so they end with the work, at the latest with the next process."""
from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAME = re.compile(r"baodao-scratch-(\d+)-\w+")


@contextmanager
def scratch() -> Iterator[str]:
    """The path of a folder that only this account reads; it is gone with the block."""
    with tempfile.TemporaryDirectory(prefix=f"baodao-scratch-{os.getpid()}-") as place:
        yield place


def sweep() -> int:
    """Remove what processes that are no more have left, killed or with the power gone, and answer how many folders that were."""
    left = [path for path in Path(tempfile.gettempdir()).glob("baodao-scratch-*") if (found := _NAME.fullmatch(path.name)) and _is_left(path, int(found[1]))]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return len(left)


def _is_left(path: Path, pid: int) -> bool:
    try:
        return path.stat().st_uid == os.getuid() and not _lives(pid)
    except FileNotFoundError:  # its process has just ended it
        return False


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
