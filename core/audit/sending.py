"""Sends each audit entry to the installation's collector once it is committed: what only a rolled-back transaction has said is never told."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from core import log_sender
from core.audit.trail import Trail

_WRITTEN = "audit_written"
_SENT = ("seq", "actor_kind", "actor_id", "action", "object_type", "object_id", "details")


def hold(opened: Session, trail: Trail, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep the entries that were just inserted until their transaction is committed; nothing without a collector."""
    if log_sender.is_on():
        opened.info.setdefault(_WRITTEN, []).extend(
            {"event": "audit", "level": "notice", "tenant": trail.number, "timestamp": row["at"].isoformat().replace("+00:00", "Z"),
             **{name: row[name] for name in _SENT if row[name] is not None}, "hash": row["hash"].hex()} for row in rows)


def _send(opened: Session) -> None:
    for entry in opened.info.pop(_WRITTEN, ()):
        log_sender.send_audit(entry)


def _forget(opened: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        opened.info.pop(_WRITTEN, None)


event.listen(Session, "after_commit", _send)
event.listen(Session, "after_soft_rollback", _forget)
