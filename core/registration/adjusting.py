"""Brings the open duties of the first round to a new date when the tenant has changed it: shown first, then done as a job."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, exists, insert, select, update

from core import audit
from core.audit import current_actor
from core.db import new_id
from core.extension.settings import effective
from core.i18n import _l
from core.jobs import JobContext, enqueue, handler
from core.registration.models import Obligation, ObligationEvent
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

KIND = "obligations.adjust"
BATCH = 2_000
ADJUSTED = "adjusted"  # a key, shown as a sentence: it tells a change for all from one person's extension


class Preview(NamedTuple):
    """What an adjustment would do: the new day, how many duties move to it, and how many stay since they were extended further."""

    due_on: dt.date | None
    moving: int
    kept: int


def preview() -> Preview:
    """Count without changing. `due_on` None: the tenant has set no date, so there is nothing to adjust to."""
    due = effective("registration")["initial_due"]
    if due is None:
        return Preview(None, 0, 0)
    rows = _affected(due)
    kept = session().execute(select(Obligation.id).where(*_initial(due), Obligation.due_on > due, _extended())).all()
    return Preview(due, len(rows), len(kept))


def adjust() -> int:
    """Move the open duties of the first round to the tenant's present date; answers how many. An extension beyond it stays."""
    due = effective("registration")["initial_due"]
    rows = _affected(due) if due is not None else []
    for start in range(0, len(rows), BATCH):
        _move(rows[start:start + BATCH], due)
    if rows:
        audit.record("obligation.adjusted", "tenant", None, {"count": len(rows), "due": due.isoformat()})
    return len(rows)


def start() -> uuid.UUID:
    """Let a worker do it; answers the job's id."""
    return enqueue(KIND, {})


@handler(KIND, label=_l("调整首次报到的截止日期"))
def run(_job: JobContext) -> dict[str, Any]:
    """The job: everything or nothing."""
    return {"count": adjust()}


def _initial(due: dt.date) -> tuple[Any, ...]:
    return (Obligation.tenant_id == tenant_id(), Obligation.cause == "initial", Obligation.status == "open", Obligation.starts_on <= due,
            Obligation.due_on != due)


def _extended() -> Any:
    return exists().where(and_(ObligationEvent.tenant_id == Obligation.tenant_id, ObligationEvent.obligation_id == Obligation.id,
                               ObligationEvent.kind == "extended", ObligationEvent.due_after == Obligation.due_on,
                               ObligationEvent.note != ADJUSTED)).correlate(Obligation)


def _affected(due: dt.date) -> Sequence[Row]:
    query = select(Obligation.id, Obligation.due_on).where(*_initial(due), ~and_(Obligation.due_on > due, _extended()))
    return session().execute(query.order_by(Obligation.id).with_for_update()).all()


def _move(rows: Sequence[Row], due: dt.date) -> None:
    session().execute(update(Obligation).where(Obligation.tenant_id == tenant_id(), Obligation.id.in_([r.id for r in rows]))
                      .values(due_on=due, version=Obligation.version + 1).execution_options(synchronize_session=False))
    moment, by = now(), current_actor().id
    session().execute(insert(ObligationEvent), [
        {"tenant_id": tenant_id(), "id": new_id(), "obligation_id": r.id, "kind": "extended", "at": moment, "actor_id": by,
         "note": ADJUSTED, "due_before": r.due_on, "due_after": due} for r in rows])
