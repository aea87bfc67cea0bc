"""Rehearses a restore from end to end on a scratch server, and tells how old, how far and how fast: nobody should learn that in need."""
from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path
from typing import Any

from core.config import Config
from core.db import database
from core.errors import ConfigurationError
from tenants.process import configure_process
from web.backup.checking import Looked, look
from web.backup.envelope import Key
from web.backup.restoring import Restored, restore
from web.backup.shelf import Shelf
from web.cli.key_checks import master_keys
from web.embedded import DataFolder


def drill(data: DataFolder, shelf: Shelf, key: Key, at: dt.datetime | None = None) -> dict[str, Any]:
    """Restore the newest copy beside the installation, look at it with this installation's master keys, remove it, and note the result.

    Raises ConfigurationError without master keys, and what restoring raises.
    """
    masters = master_keys(data)
    if not masters:
        raise ConfigurationError("演练需要主密钥（BAODAO_MASTER_KEY），以核验恢复出来的审计日志。")
    account = data.prepare()
    folder, begun = data.path / "drill", dt.datetime.now(dt.UTC)
    shutil.rmtree(folder, ignore_errors=True)
    restored = restore(shelf, key, folder, account, at=at, programs=embedded_programs(data))
    try:
        with restored.cluster.running({}):
            found = look_at(restored, masters, data.path)
    finally:
        restored.cluster.remove()
    told = tell(restored, found, begun)
    shelf.note_drill(told)
    return told


def look_at(restored: Restored, masters: dict[int, bytes], data: Path) -> Looked:
    """Look at the running scratch server."""
    url = restored.cluster.url(restored.note.database)
    anchors = _anchors(data)
    configure_process(Config(url, "redis://", "", masters, data_dir=data, audit_anchors=anchors), statement_timeout=600, pool_size=2)
    try:
        return look(url, restored.note)
    finally:
        database.dispose()


def tell(restored: Restored, found: Looked, begun: dt.datetime) -> dict[str, Any]:
    """The result as plain values. RPO: from the last commit that came back to the beginning of the drill, as if all had been lost then."""
    reached = max(filter(None, (restored.last_commit, restored.note.finished)))
    return {"at": dt.datetime.now(dt.UTC).isoformat(), "sound": found.sound, "backup": restored.note.name,
            "age_hours": round((begun - restored.note.finished).total_seconds() / 3600, 2), "restored_to": reached.isoformat(),
            "rpo_seconds": round((begun - reached).total_seconds(), 1), "rto_seconds": restored.seconds,
            "tables": len(found.counts), "rows": sum(found.counts.values()), "holes": found.holes, "faults": found.faults,
            "behind": found.behind}


def _anchors(data: Path) -> Path | None:
    given = os.environ.get("BAODAO_AUDIT_ANCHORS")
    return Path(given) if given else data / "anchors"


def embedded_programs(data: DataFolder) -> Path | None:
    """The embedded server's programs; None where they are not installed."""
    from web.embedded.wheels import postgres_programs

    try:
        return postgres_programs(data.prepare(), data.path)
    except ConfigurationError:
        return None
