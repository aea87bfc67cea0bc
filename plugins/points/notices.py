"""The list for the notice board: by name, never by rank, made ready by a job when a month, quarter or year is over (R82)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert

from core.api import JobContext, NotFound, audit, new_id, session, tenant_id, today, visible_members
from plugins.points import holding
from plugins.points.models import PointsAccount, PointsEntry, PointsNotice
from plugins.points.quantities import spans

KIND = "points.notices"
_BACK = dt.timedelta(days=100)  # a span that ended longer ago is nobody's news any more


def run(_context: JobContext) -> dict[str, Any]:
    """The job: make ready what ended lately and has no list yet."""
    terms = holding.for_tenant(today()).document["notice"]
    if terms["every"] == "none":
        return {"made": 0}
    made = 0
    yesterday = today() - dt.timedelta(days=1)
    for since, until in spans(terms["every"], yesterday - _BACK, yesterday):
        written = session().execute(insert(PointsNotice).values(
            tenant_id=tenant_id(), id=new_id(), since=since, until=until, made_on=today(), masked=terms["masked"], days=terms["days"])
            .on_conflict_do_nothing().returning(PointsNotice.id)).scalar_one_or_none()
        if written is not None:
            audit("points.notice_made", "points_notice", written, {"since": since.isoformat(), "until": until.isoformat()})
            made += 1
    return {"made": made}


def listed() -> Sequence[Row]:
    """The latest lists."""
    of = PointsNotice
    return session().execute(select(of.id, of.since, of.until, of.made_on, of.days).where(of.tenant_id == tenant_id())
                             .order_by(of.made_on.desc(), of.id.desc()).limit(24)).all()


def notice(since: dt.date, until: dt.date) -> Row:
    """One list's frame. Raises NotFound."""
    of = PointsNotice
    row = session().execute(select(of.id, of.since, of.until, of.made_on, of.days, of.masked).where(
        of.tenant_id == tenant_id(), of.since == since, of.until == until)).one_or_none()
    if row is None:
        raise NotFound
    return row


def lines(found: Row, paths: Sequence[str], limit: int = 2000) -> Sequence[Row]:
    """Those below `paths` who have points, by name: name, unit_name, earned in the span, balance (hundredths)."""
    people = visible_members(paths)
    earned = (select(PointsEntry.member_id, func.sum(PointsEntry.points).label("points")).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.member_id.is_not(None), PointsEntry.happened_on.between(found.since, found.until),
        PointsEntry.contra.in_(("earned", "base", "corrected"))).group_by(PointsEntry.member_id).subquery("earned"))
    return session().execute(
        select(people.c.name, people.c.unit_name, func.coalesce(earned.c.points, 0).label("points"), PointsAccount.balance)
        .join(PointsAccount, PointsAccount.member_id == people.c.id).outerjoin(earned, earned.c.member_id == people.c.id)
        .where(PointsAccount.tenant_id == tenant_id()).order_by(people.c.sort_key, people.c.id).limit(limit)).all()


def masked(name: str) -> str:
    """A name of which only the first character shows."""
    return name[:1] + "＊" * max(1, len(name) - 1)
