"""A pack tried on the past: one statement for everybody, beside what the ledger says of the same days; nothing is touched (R82)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Integer, Select, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from core.api import _, session, tenant_id
from plugins.points.calendar import following, period_of
from plugins.points.fields import hundredths, shown
from plugins.points.models import PointsEntry, PointsExclusion
from plugins.points.totals import Window, rule_columns, totals


def rehearse(document: Mapping[str, Any], since: dt.date, until: dt.date, _name: str) -> Select:
    """Columns member_id, before, after (hundredths with the base) and why: points by rule, before the caps of categories and total.

    Caps of the kind "ever" are reckoned within these days.
    """
    window = Window(since, until, barred=session().scalar(select(PointsExclusion.id).where(PointsExclusion.tenant_id == tenant_id()).limit(1))
                    is not None)
    found = totals(document, window)
    mine = [found.c[name] for name in rule_columns(document).values()]
    after = select(found.c.member_id, found.c.points, *mine).subquery("after")
    if len(window_periods(document, since, until)) > 1:
        after = select(found.c.member_id, cast(func.sum(found.c.points), Integer).label("points"),
                       *(func.sum(c).label(c.name) for c in mine)).group_by(found.c.member_id).subquery("after")
    before = (select(PointsEntry.member_id, cast(func.sum(PointsEntry.points), Integer).label("points"))
              .where(PointsEntry.tenant_id == tenant_id(), PointsEntry.happened_on.between(since, until), PointsEntry.member_id.is_not(None),
                     PointsEntry.contra.in_(("earned", "base"))).group_by(PointsEntry.member_id).subquery("before"))
    base = hundredths(document["period"]["base"]) * len(window_periods(document, since, until))
    why = func.jsonb_build_array(*(after.c[c.name] for c in mine))
    return (select(func.coalesce(after.c.member_id, before.c.member_id).label("member_id"),
                    func.coalesce(before.c.points, 0).label("before"), (func.coalesce(after.c.points, 0) + base).label("after"),
                    cast(why, JSONB).label("why"))
            .select_from(after).outerjoin(before, before.c.member_id == after.c.member_id, full=True))


def window_periods(document: Mapping[str, Any], since: dt.date, until: dt.date) -> list[dt.date]:
    """The first days of the periods that these days touch."""
    found, end = [period_of(since, document["period"])], period_of(until, document["period"])
    while found[-1] < end:
        found.append(following(found[-1], document["period"]))
    return found


def show(value: int, _document: Mapping[str, Any]) -> str:
    """A rehearsal's value as people read it."""
    return _("%(points)s 分", points=shown(value))


def why(explained: Any, document: Mapping[str, Any]) -> str:
    """Which rules brought how much."""
    titles = {rule["key"]: rule["title"] for rule in document["rules"]}
    pairs = zip(rule_columns(document), explained or (), strict=False)
    parts = [_("%(rule)s %(points)s 分", rule=titles[key], points=shown(int(value))) for key, value in pairs if value]
    return "；".join(parts) or _("没有得分")
