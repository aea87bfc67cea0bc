"""Remembers outside the database who was erased, so that a restored backup does not bring anybody back (PIPL article 47).

Whoever erases calls `note` in the transaction that does it, and registers with `on` what does it again. After a restore
`baodao restore` calls `replay` for all that was erased after the restored moment. Ids only; the list stands beside the kept heads.
"""
from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from sqlalchemy import event

from core.audit import anchors
from core.tenancy import now, session, tenant_scope
from core.tenancy.scope import tenant_id

NAME = "erasures.jsonl"
_again: dict[str, Callable[[Erasure], None]] = {}


@dataclass(frozen=True, slots=True)
class Erasure:
    """Who was erased, in which tenant, and when; `table` says where the row stands when its kind does not, `columns` which of it were."""

    tenant: int
    kind: str
    object_id: uuid.UUID
    at: dt.datetime
    table: str = ""
    columns: tuple[str, ...] = ()


def on(kind: str, erase: Callable[[Erasure], None]) -> None:
    """Let `erase` do an erasure of this kind again, in the tenant's scope; it must let pass what is erased or gone already."""
    _again[kind] = erase


def note(kind: str, object_id: uuid.UUID, table: str = "", columns: Sequence[str] = ()) -> None:
    """Add an erasure to the list when the open scope's transaction has been committed. Nothing is kept without a folder."""
    if (folder := anchors.folder()) is None:
        return
    done = Erasure(tenant_id(), kind, object_id, now(), table, tuple(columns))
    event.listen(session(), "after_commit", lambda _session: _append(folder / NAME, done), once=True)


def noted(folder: Path | None = None) -> list[Erasure]:
    """The list, oldest first."""
    place = folder or anchors.folder()
    if place is None or not (place / NAME).exists():
        return []
    lines = [orjson.loads(line) for line in (place / NAME).read_bytes().splitlines() if line.endswith(b"}")]
    return [Erasure(one["tenant"], one["kind"], uuid.UUID(one["id"]), dt.datetime.fromisoformat(one["at"]), one.get("table", ""),
                    tuple(one.get("columns", ()))) for one in lines]


def replay(since: dt.datetime) -> tuple[int, list[Erasure]]:
    """Erase again all that was erased after `since`; answers how many, and those of kinds that nobody knows or that fail."""
    done, left = 0, []
    for one in noted():
        if one.at < since:
            continue
        try:
            with tenant_scope(one.tenant):
                _again[one.kind](one)
            done += 1
        except Exception:  # noqa: BLE001 - the others are not to wait; the caller names those that are left
            left.append(one)
    return done, left


def _append(path: Path, done: Erasure) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = orjson.dumps({"tenant": done.tenant, "kind": done.kind, "id": str(done.object_id), "table": done.table, "columns": done.columns,
                         "at": done.at.astimezone(dt.UTC)})
    with path.open("ab") as file:
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
