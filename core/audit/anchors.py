"""Keeps the ends of the chains outside the database, so that a chain that was cut and signed anew, or put back, is found (rule 24).

A line a change in a file of the chain, and a POST to a webhook; either may be on another machine. Hashes and numbers only.
"""
from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from core.audit.heads import Head, copy_head
from core.audit.keys import OPERATORS_NUMBER
from core.audit.trail import Trail, tenant_trail
from core.audit.webhook import Webhook
from core.tenancy import now


@dataclass(frozen=True, slots=True)
class Anchoring:
    """Where heads are copied to: a folder, a webhook, both, or nowhere."""

    folder: Path | None = None
    webhook: Webhook | None = None


_set_up = [Anchoring()]


def configure(anchoring: Anchoring) -> None:
    """Tell this process where heads are kept."""
    _set_up[:] = [anchoring]


def folder() -> Path | None:
    """The folder in which this process keeps heads, and beside them the list of erasures."""
    return _set_up[0].folder


def keep(trail: Trail | None = None) -> Head | None:
    """Copy the present head of a chain (None: the open scope's tenant's) to where this installation keeps them; answers it.

    Raises OSError when the folder cannot be written, and ConfigurationError or Unavailable when the webhook is not to be had.
    """
    trail, anchoring = trail or tenant_trail(), _set_up[0]
    if (head := copy_head(trail)) is None:
        return None
    line = orjson.dumps({"chain": name(trail.number), "number": trail.number, "seq": head.seq, "hash": head.hash.hex(),
                         "signature": head.signature.hex(), "at": now().astimezone(dt.UTC)}, option=orjson.OPT_UTC_Z)
    if anchoring.folder is not None:
        _append(anchoring.folder / f"{name(trail.number)}.jsonl", line, head)
    if anchoring.webhook is not None:
        anchoring.webhook.send(line)
    return head


def kept(trail: Trail | None = None, source: Path | None = None) -> list[Head]:
    """The heads of a chain that were kept, oldest first: in this installation's folder, or in `source`, a folder or a file of lines."""
    trail = trail or tenant_trail()
    place = source or _set_up[0].folder
    if place is None:
        return []
    path = place if place.is_file() else place / f"{name(trail.number)}.jsonl"
    return [_head(line) for line in _lines(path) if line["number"] == trail.number]


def kept_at(trail: Trail | None = None) -> dt.datetime | None:
    """When the chain's end was last copied to this installation's folder; None: never, or there is none."""
    place = folder()
    path = place / f"{name((trail or tenant_trail()).number)}.jsonl" if place else None
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC) if path and path.exists() else None


def newest(place: Path) -> dt.datetime | None:
    """When a head was last looked at and kept in that folder; None: never."""
    times = [path.stat().st_mtime for part in ("operators", "tenant-*") for path in place.glob(f"{part}.jsonl")]
    return dt.datetime.fromtimestamp(max(times), dt.UTC) if times else None


def name(number: int) -> str:
    """The chain's name in files: operators, or the tenant's number."""
    return "operators" if number == OPERATORS_NUMBER else f"tenant-{number}"


def _append(path: Path, line: bytes, head: Head) -> None:
    """Write the line and wait for the disk; a head that is the file's last is not written twice."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    last = None
    for last in _lines(path):  # noqa: B007 - the last one is meant
        pass
    if last is not None and _head(last) == head:
        os.utime(path)
        return
    with path.open("ab") as file:
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        with path.open("rb") as file:
            yield from (orjson.loads(line) for line in file if line.endswith(b"\n"))  # a line cut short by a full disk is none


def _head(line: dict[str, Any]) -> Head:
    return Head(line["number"], line["seq"], bytes.fromhex(line["hash"]), bytes.fromhex(line["signature"]))
