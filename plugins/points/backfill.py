"""Scores what counted before points, or before the pack, were there: batch by batch, each record once, to be taken up again at any point."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, exists, select, tuple_

from core.api import DeedFact, JobContext, PackVersion, audit, deed_facts, enqueue, record_facts, session, tenant_id, today
from plugins.points import deeds, holding, items, ledger, writing
from plugins.points.holding import Held
from plugins.points.models import PointsEntry

KIND = "points.backfill"
BATCH = 1000  # records a transaction


def score(rows: Sequence[Any]) -> ledger.Done:
    """Enter what counted records earn that have no entry; rows with record_id, member_id, community_id and happened_on."""
    groups: dict[tuple[Any, ...], tuple[Held, list[Any]]] = {}
    known: dict[tuple[Any, dt.date], Held | None] = {}
    for row in rows:
        place = (row.community_id, row.happened_on)
        if place not in known:
            known[place] = holding.held_by(*place)
        held = known[place]
        if held is not None:
            groups.setdefault((held.key, held.place), (held, []))[1].append(row)
    entries = points = 0
    ledger.hold([row.member_id for row in rows])
    for held, mine in groups.values():
        done = _write(held, mine)
        entries, points = entries + done.entries, points + done.points
    return ledger.Done(entries, points)


def _write(held: Held, rows: list[Any]) -> ledger.Done:
    return ledger.run("stored", held, lambda: writing.stored(held), {row.member_id for row in rows}, count=2 * len(rows),
                      records=[row.record_id for row in rows])


def begin(since: dt.date) -> uuid.UUID:
    """Write the job that scores all that counts from a day on and has no entry yet."""
    audit("points.backfill", "points_account", None, {"since": since.isoformat()})
    return enqueue(KIND, {"since": since.isoformat()})


def published(pack: PackVersion) -> None:
    """A pack's items are put up; where it holds from a past day on, what happened since then is scored."""
    items.put_up(pack.document)
    if pack.effective_from is not None and pack.effective_from < today():
        begin(pack.effective_from)


def run(context: JobContext) -> dict[str, Any]:
    """The job: records by day, then deeds; a batch and its checkpoint are one transaction."""
    since = dt.date.fromisoformat(context.payload["since"])
    state = dict(context.state or {"day": since.isoformat(), "id": str(uuid.UUID(int=0)), "done": 0, "entries": 0})
    while rows := _unscored(dt.date.fromisoformat(state["day"]), uuid.UUID(state["id"])):
        state["entries"] += score(rows).entries
        state |= {"day": rows[-1].happened_on.isoformat(), "id": str(rows[-1].record_id), "done": state["done"] + len(rows)}
        context.checkpoint(state, done=state["done"])
    if not state.get("deeds"):
        state["entries"] += _deeds(since)
        context.checkpoint({**state, "deeds": True}, done=state["done"])
    return {"records": state["done"], "entries": state["entries"]}


def _unscored(day: dt.date, after: uuid.UUID) -> Sequence[Row]:
    facts = record_facts()
    query = (select(facts.c.record_id, facts.c.member_id, facts.c.community_id, facts.c.happened_on)
             .where(tuple_(facts.c.happened_on, facts.c.record_id) > (day, after), ~_entered(facts.c.record_id))
             .order_by(facts.c.happened_on, facts.c.record_id).limit(BATCH))
    return session().execute(query).all()


def _entered(source_id: Any) -> Any:
    return exists().where(PointsEntry.tenant_id == tenant_id(), PointsEntry.source_id == source_id)


def _deeds(since: dt.date) -> int:
    facts = deed_facts()
    found = session().execute(select(*facts.c).where(facts.c.happened_on >= since, ~_entered(facts.c.deed_id)).order_by(facts.c.happened_on)).all()
    for row in found:
        deeds.counted(DeedFact(**row._asdict()))
    return len(found)
