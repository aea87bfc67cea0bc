"""What `baodao doctor` looks at about keys: whether they are given, closed to others, and those that the data were encrypted with."""
from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.exc import ProgrammingError

from core.config import parse_master_keys, setting
from core.errors import BaodaoError, ConfigurationError
from core.privacy.cipher import MasterKeys
from core.tenancy.models import TenantKey
from web.cli.findings import FAIL, OK, WARN, Finding
from web.embedded import DataFolder

KEYS = {"BAODAO_SECRET_KEY": "secret_key", "BAODAO_MASTER_KEY": "master_key"}


def key_findings(data: DataFolder) -> Iterator[Finding]:
    """Whether both keys are there and well-formed, and every secret's file is read by its owner only."""
    yield from (_file(path) for path in _files(data))
    given = bool(os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"))
    for variable, name in KEYS.items():
        if not (os.environ.get(variable) or os.environ.get(f"{variable}_FILE") or own_secret(data, name)):
            yield Finding("密钥", FAIL if given else WARN, f"还没有 {variable}",
                          "baodao up 会自动生成；正式部署请设置它，见 deploy/.env.example。")
    try:
        master_keys(data)
    except ConfigurationError as error:
        yield Finding("密钥", FAIL, error.message, "从备份恢复原来的主密钥。没有它就无法读取加密的个人信息。")


def master_keys(data: DataFolder) -> dict[int, bytes]:
    """The master keys of the environment, else of the data folder; none when there are none yet. Raises ConfigurationError."""
    text = setting(os.environ, "BAODAO_MASTER_KEY")
    if text is None and (path := own_secret(data, "master_key")) is not None and os.access(path, os.R_OK):
        text = path.read_text(encoding="ascii").strip()
    return parse_master_keys(text) if text else {}


def wrapped_keys(connection: Connection, masters: Mapping[int, bytes]) -> Iterator[Finding]:
    """Whether the master keys open every tenant's data key: another key than before makes personal data unreadable."""
    opener, closed = MasterKeys(masters), set()
    try:
        rows = connection.execute(select(TenantKey.tenant_id, TenantKey.key_id, TenantKey.wrapped)).all()
    except ProgrammingError:  # no tables yet, which another finding tells
        return
    for row in rows:
        try:
            opener.unwrap(row.wrapped, row.tenant_id, row.key_id)
        except BaodaoError:
            closed.add(row.tenant_id)
    if closed:
        yield Finding("主密钥", FAIL, f"打不开 {len(closed)} 个租户的数据密钥", "恢复加密这些数据时用的 BAODAO_MASTER_KEY；新生成的密钥读不了已有的个人信息。")
    elif rows:
        yield Finding("主密钥", OK, "能打开全部租户的数据密钥")


def own_secret(data: DataFolder, name: str) -> Path | None:
    """The file of a secret that stands in the data folder, if it is there and this account may look."""
    path = data.path / "secrets" / name
    return path if os.access(path.parent, os.R_OK | os.X_OK) and path.exists() else None


def _files(data: DataFolder) -> list[Path]:
    given = [Path(path) for name in KEYS if (path := os.environ.get(f"{name}_FILE"))]
    folder = data.path / "secrets"
    return given + (sorted(folder.iterdir()) if os.access(folder, os.R_OK | os.X_OK) else [])


def _file(path: Path) -> Finding:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return Finding("密钥文件", FAIL, f"{path} 不存在或不能读取", "从备份恢复，或用有权读取它的账户运行。")
    return Finding("密钥文件", FAIL if mode & 0o077 else OK, f"{path.name} {mode:04o}", f"chmod 400 {path}" if mode & 0o077 else "")
