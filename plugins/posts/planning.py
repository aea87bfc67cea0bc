"""The service plan 服务计划 of a community and a period (R49, D9): what is put up there, by whatever plugin; nobody types it again."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import ARRAY, Text, bindparam, func, or_, select

from core.api import (
    PRIORITY_GROUPS,
    RECIPIENT_KINDS,
    Column,
    Period,
    _,
    matter_kind,
    matter_rows,
    period_of_code,
    period_starting,
    session,
    settings,
    tenant_id,
    today,
)
from plugins.posts import times
from plugins.posts.models import Post

MOST = 300  # on a page and on paper; the workbook has them all
AHEAD = 1  # so many years after the present one may be planned
_COLUMNS = ("id", "source", "kind", "title", "place", "recipient_kind", "recipient_group", "places", "taken", "begins_on", "due_on", "state")


def chosen(code: str) -> Period:
    """The period of a code; the present quarter where it cannot be read or lies too far ahead."""
    return period_of_code(code, today().year + AHEAD) or period_starting("quarter", today())


def planned(community_id: uuid.UUID, period: Period, limit: int | None = None) -> tuple[list[dict[str, Any]], bool]:
    """The matters that fall into the period, by kind and then by date, and whether there are more than `limit`.

    A matter lasts from its first day, or the day on which it was put up, until it was closed, else until it is due; without either it
    goes on. Matters of a plugin that is off are left out, as its pages are. The recipient's name is not read.
    """
    matters = matter_rows()
    begins, ends = func.coalesce(matters.c.begins_on, matters.c.opened_on), func.coalesce(matters.c.closed_on, matters.c.due_on)
    kinds = bindparam("kinds", list(settings("service", community_id)["kinds"]), type_=ARRAY(Text))
    query = (select(*(matters.c[name] for name in _COLUMNS), Post.times, Post.times_words, Post.standing)
             .outerjoin(Post, (Post.tenant_id == tenant_id()) & (Post.id == matters.c.id))
             .where(matters.c.community_id == community_id, begins <= period.until,
                    or_(ends.is_(None), (ends >= period.since) & (ends >= begins)))  # closed before it began: it was called off
             .order_by(func.array_position(kinds, matters.c.kind), matters.c.kind, begins, matters.c.id))
    rows = session().execute(query.limit(None if limit is None else limit + 1)).all()
    titles = {source: found.title for source in {row.source for row in rows} if (found := matter_kind(source)) is not None}
    lines = [_line(row, str(titles[row.source]), period) for row in rows if row.source in titles]
    return lines[:limit], limit is not None and len(rows) > limit


def by_kind(lines: list[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The lines of each kind of service, in their order."""
    for kind, part in groupby(lines, lambda line: line["kind"]):
        yield kind, list(part)


def _line(row: Any, title: str, period: Period) -> dict[str, Any]:
    left = row.places - row.taken
    return {**row._mapping, "source_title": title, "left": left, "when": _when(row, period),
            "recipient": str(RECIPIENT_KINDS[row.recipient_kind]), "group": str(PRIORITY_GROUPS.get(row.recipient_group, "")),
            "times": times.said(row.times or (), row.times_words), "state": _state(row.state, left), "closed": row.state == "closed"}


def _state(state: str, left: int) -> str:
    """Whether people are wanted still."""
    if state == "closed":
        return _("已关闭")
    return _("还缺 %(count)s 人", count=left) if left else _("已满")


def _when(row: Any, period: Period) -> str:
    """Dates, then the weekly times of a post; a standing post without dates goes on."""
    begins, due = (_day(one, period) for one in (row.begins_on, row.due_on))
    if begins and due:
        days = begins if begins == due else _("%(begins)s至%(ends)s", begins=begins, ends=due)
    elif begins or due:
        days = _("%(day)s起", day=begins) if begins else _("%(day)s前", day=due)
    else:
        days = _("长期") if row.standing else ""
    return _("，").join(part for part in (days, times.said(row.times or (), row.times_words)) if part)


def _day(day: dt.date | None, period: Period) -> str:
    """A day, with its year where that is not the period's own."""
    if day is None:
        return ""
    if day.year == period.since.year:
        return _("%(month)s月%(day)s日", month=day.month, day=day.day)
    return _("%(year)s年%(month)s月%(day)s日", year=day.year, month=day.month, day=day.day)


def columns() -> list[Column]:
    """The columns of the workbook, in the reader's language."""
    return [Column("kind", _("服务类别"), 14), Column("source_title", _("来自"), 12), Column("title", _("事项"), 30), Column("begins_on", _("开始"), 12, "date"),
            Column("due_on", _("截止日期"), 12, "date"), Column("times", _("时间"), 24), Column("place", _("地点"), 18), Column("recipient", _("服务对象"), 10),
            Column("group", _("重点群体"), 16), Column("places", _("需要人数"), 10, "integer"), Column("taken", _("已认领"), 10, "integer"),
            Column("state", _("情况"), 12)]
