"""Ends the entries whose time is over, and leaves a signed checkpoint, so that what follows can still be verified (promise 17).

The application's role cannot do it: it may not delete from the logs, nor write a checkpoint. `baodao audit purge` does, as the
migrations' role.
"""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, insert, select

from core.audit.anchors import kept
from core.audit.chain import checkpoint_signature
from core.audit.trail import Trail, tenant_trail
from core.audit.verify import verify
from core.config import AUDIT_DAYS, audit_days
from core.db import new_id
from core.errors import Conflict
from core.tenancy import now, session


@dataclass(frozen=True, slots=True)
class Purged:
    """How many entries went, and the number of the last one of them (0: none)."""

    count: int
    seq: int


def purge(days: int = AUDIT_DAYS, *, trail: Trail | None = None) -> Purged:
    """Remove the entries of a chain (None: the open scope's tenant's) that are older than `days`; the scope commits.

    Only a whole beginning goes: an old entry behind a younger one stays. Raises ConfigurationError for less than half a year, Conflict
    when the chain is broken, for then the evidence would go too, and ProgrammingError under a role that may not delete.
    """
    trail = trail or tenant_trail()
    if verify(kept(trail), trail=trail):
        raise Conflict("审计日志不完整，因此不清理。请先运行 baodao audit verify 查明原因。")
    until = (now() - dt.timedelta(days=audit_days(days))).replace(microsecond=0)
    entry = trail.entry
    first_kept = session().scalar(select(func.min(entry.seq)).where(trail.own(entry), entry.at >= until))
    old = select(entry.seq, entry.hash).where(trail.own(entry)).order_by(entry.seq.desc()).limit(1)
    last = session().execute(old if first_kept is None else old.where(entry.seq < first_kept)).one_or_none()
    if last is None:
        return Purged(0, 0)
    mark: dict[str, Any] = {**trail.mark, "id": new_id()} if trail.mark else {}
    session().execute(insert(trail.checkpoint).values(
        **mark, seq=last.seq, hash=last.hash, until=until, made_at=now(),
        signature=checkpoint_signature(trail.key(), trail.signed(), last.seq, last.hash, until)))
    gone = session().execute(delete(entry).where(trail.own(entry), entry.seq <= last.seq).execution_options(synchronize_session=False))
    return Purged(cast(CursorResult[Any], gone).rowcount, last.seq)
