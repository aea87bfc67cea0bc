"""A period begins with its base and ends with what is carried over: a nightly job, which may be broken off and repeated at will.

Points stay in the period in which they were earned. What a pack does not let over is taken off by an entry of that period, so that its
sum is what is still to be had; spending takes from the oldest period first. The job reckons what is too much and enters the difference
only: said again it finds nothing, and a late record of a closed period is closed the night after.
"""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert

from core.api import JobContext, audit, new_id, now, session, tenant_id, today, visible_members
from plugins.points import holding, ledger, writing
from plugins.points.calendar import ALWAYS, following, period_of
from plugins.points.fields import hundredths
from plugins.points.models import PointsEntry

KIND = "points.periods"
BATCH = 500
NOBODY = uuid.UUID(int=0)


def run(context: JobContext) -> dict[str, Any]:
    """The job: base points of the present period, then what has come to its end; members by id, a batch a transaction."""
    state = dict(context.state or {"step": "base", "after": str(NOBODY), "given": 0, "expired": 0})
    while state["step"] != "done":
        number, last = (_give_base if state["step"] == "base" else _expire)(uuid.UUID(state["after"]))
        state["given" if state["step"] == "base" else "expired"] += number
        if last is None:
            state |= {"step": "expire" if state["step"] == "base" else "done", "after": str(NOBODY)}
        else:
            state["after"] = str(last)
        context.checkpoint(state)
    return {"given": state["given"], "expired": state["expired"]}


def _give_base(after: uuid.UUID) -> tuple[int, uuid.UUID | None]:
    """The base for the next members without one; answers how many and the last member looked at, None at the end."""
    held = holding.for_tenant(today())
    base = hundredths(held.document["period"]["base"])
    if not base:
        return 0, None
    people = visible_members(("",))
    ids = list(session().scalars(select(people.c.id).where(people.c.id > after).order_by(people.c.id).limit(BATCH)))
    if not ids:
        return 0, None
    ledger.hold(ids)
    period = period_of(today(), held.document["period"])
    rows = [{"tenant_id": tenant_id(), "id": new_id(), "member_id": one, "kind": "base", "contra": "base", "points": base, "raw": base,
             "period": period, "happened_on": max(period, today()) if period == ALWAYS else period, "source": "base",
             "source_id": _base_id(one, period), "given": 0, "minutes": 0, "percent": 100, "pack_id": held.pack_id, "rule_key": "",
             "rule": "周期基础分", "at": now()} for one in ids]
    written = insert(PointsEntry).values(rows).on_conflict_do_nothing().returning(
        PointsEntry.member_id, PointsEntry.unit_id, PointsEntry.points).cte("written")
    done = session().execute(writing.moved(written)).one()
    if done.entries:
        audit("points.base_given", "points_account", None, {"members": done.entries})
    return int(done.entries), ids[-1]


def _base_id(member_id: uuid.UUID, period: dt.date) -> uuid.UUID:
    """The same for the same member and period, so that a base is given once."""
    return uuid.uuid5(member_id, f"points base {period.isoformat()}")


def _expire(after: uuid.UUID) -> tuple[int, uuid.UUID | None]:
    """Take off what the pack does not let over, for the next members that have anything in closed periods."""
    held = holding.for_tenant(today())
    carry, period = held.document["carry"], held.document["period"]
    closed = _closed_before(held.document)
    if closed is None or (carry["mode"] == "all" and carry["expires_after"] is None):
        return 0, None
    members: list[uuid.UUID] = list(session().scalars(_left(closed).with_only_columns(PointsEntry.member_id).where(PointsEntry.member_id > after)
                                     .distinct().order_by(PointsEntry.member_id).limit(BATCH)))
    if not members:
        return 0, None
    ledger.hold(members)
    rows = session().execute(_left(closed).where(PointsEntry.member_id.in_(members))).all()
    number = 0
    for member_id in members:
        mine = [row for row in rows if row.member_id == member_id]
        for start, points in too_much(mine, carry, period, closed).items():
            ledger.enter("expired", "expired", member_id, -points, period=start, happened_on=today(), source="period", source_id=None,
                         pack_id=held.pack_id, rule="周期结束，按规则清零或作废")
            number += 1
    if number:
        audit("points.expired", "points_account", None, {"entries": number})
    return number, members[-1]


def _closed_before(document: Mapping[str, Any]) -> dt.date | None:
    """The first day of the first period that is not closed yet, days of grace included; None where periods never end."""
    if document["period"]["length"] == "ever":
        return None
    return period_of(today() - dt.timedelta(days=document["carry"]["grace_days"]), document["period"])


def _left(closed: dt.date) -> Select:
    """What is left of each closed period: member_id, period, points, and what it had before anything was taken off for its end."""
    gone = func.coalesce(func.sum(PointsEntry.points).filter(PointsEntry.kind == "expired"), 0)
    return (select(PointsEntry.member_id, PointsEntry.period, func.sum(PointsEntry.points).label("points"), gone.label("gone"))
            .where(PointsEntry.tenant_id == tenant_id(), PointsEntry.period < closed, PointsEntry.period > ALWAYS, PointsEntry.member_id.is_not(None))
            .group_by(PointsEntry.member_id, PointsEntry.period).having(func.sum(PointsEntry.points) > 0))


def too_much(rows: Sequence[Any], carry: Mapping[str, Any], period: Mapping[str, Any], closed: dt.date) -> dict[dt.date, int]:
    """Hundredths to be taken off by period, of one member's rows (period, points, gone); the oldest first where a total is bounded."""
    due: dict[dt.date, int] = {}
    for row in rows:
        aged = carry["expires_after"] is not None and following(row.period, period, carry["expires_after"] + 1) <= closed
        if carry["mode"] == "none" or aged:
            due[row.period] = row.points
        elif carry["mode"] == "share":
            kept = (row.points - row.gone) * carry["percent"] // 100
            due[row.period] = max(0, row.points - kept)
    if carry["mode"] == "at_most":
        over = sum(row.points - due.get(row.period, 0) for row in rows) - hundredths(carry["most"])
        for row in sorted(rows, key=lambda row: row.period):
            taken = min(max(over, 0), row.points - due.get(row.period, 0))
            due[row.period] = due.get(row.period, 0) + taken
            over -= taken
    return {start: points for start, points in due.items() if points > 0}
