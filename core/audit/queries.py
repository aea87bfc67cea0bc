"""Reads the log for its page: columns, newest first, paged by key."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import select

from core.audit.trail import Trail, tenant_trail
from core.tenancy import session


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """What to look for; a field left out does not narrow. `since` is inclusive, `until` exclusive."""

    action: str | None = None
    object_type: str | None = None
    object_id: uuid.UUID | None = None
    actor_id: uuid.UUID | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


class EntryRow(NamedTuple):
    """One line of the log."""

    seq: int
    at: dt.datetime
    actor_kind: str
    actor_id: uuid.UUID | None
    action: str
    object_type: str
    object_id: uuid.UUID | None
    details: dict[str, Any] | None


def entries(wanted: EntryFilter = EntryFilter(), before: int | None = None, limit: int = 50, *, trail: Trail | None = None) -> list[EntryRow]:
    """Entries that match, newest first; `before` is the last seen `seq` (exclusive). `trail` None means the open scope's tenant."""
    trail = trail or tenant_trail()
    entry = trail.entry
    query = select(entry.seq, entry.at, entry.actor_kind, entry.actor_id, entry.action, entry.object_type, entry.object_id,
                   entry.details).where(trail.own(entry))
    for name in ("action", "object_type", "object_id", "actor_id"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(getattr(entry, name) == value)
    if wanted.since is not None:
        query = query.where(entry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(entry.at < wanted.until)
    if before is not None:
        query = query.where(entry.seq < before)
    return [EntryRow(*row) for row in session().execute(query.order_by(entry.seq.desc()).limit(limit))]


def history(object_type: str, object_id: uuid.UUID, limit: int = 100) -> list[EntryRow]:
    """What has happened to one thing of the open scope's tenant, the newest first; for the page of that thing."""
    return entries(EntryFilter(object_type=object_type, object_id=object_id), limit=limit)
