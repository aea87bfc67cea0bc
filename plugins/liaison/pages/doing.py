"""What the pages of liaison communities share: forms on a page of their own, rows in words, workbooks."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from flask import Response
from sqlalchemy import Row

from core.api import (
    Column,
    _,
    organization_names,
    settings,
    today,
)
from core.pages import in_batches, one_form, workbook
from plugins.liaison.words import SIDES, STATES, TONES

Route = tuple[str, str, Callable[..., Any], tuple[str, ...]]
GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")


#: One of the forms that stand on a page of their own, as `core.pages.one_form`; `lead` says what it is about.
answered = partial(one_form, "liaison/form.html", lead="")


def point_lines(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Points in words: whose, where, when the next visit is due, and whether one was missed; the communities' names in one query."""
    names = organization_names({row.community_id for row in rows})
    given = settings("liaison")
    return [_point_line(row, names, int(given["visit_days"]), int(given["remind_days"])) for row in rows]


def _point_line(row: Row, names: Mapping[uuid.UUID, str], days: int, ahead: int) -> dict[str, Any]:
    due, day = row.counted_from + dt.timedelta(days=days), today()
    over = row.until is not None and row.until < day
    word, tone = (_("已结束"), "neutral") if over else (_("尚未开始"), "neutral") if row.since > day else (
        (_("已超过约定时间"), "bad") if due < day else (_("近期该去"), "warn") if due <= day + dt.timedelta(days=ahead) else (_("按期"), "good"))
    return {**row._mapping, "name": row.name or _("（已删除）"), "post": row.post or "", "office": row.office or "",
            "community": names.get(row.community_id, ""), "due_on": None if over else due, "why": "；".join(row.reasons), "word": word, "tone": tone}


def issue_lines(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Issues in words, with their age in days; the names of places and units in one query."""
    names = organization_names({one for row in rows for one in (row.community_id, row.unit_id, row.holder_id)})
    return [_issue_line(row, names) for row in rows]


def _issue_line(row: Row, names: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    late = row.state in ("open", "reported") and row.deadline < today()
    return {**row._mapping, "community": names.get(row.community_id, ""), "holder": names.get(row.holder_id, ""),
            "responsible": names.get(row.unit_id, "") or row.office or "", "age": ((row.ended_on or today()) - row.raised_on).days,
            "word": _("已超过期限") if late else str(STATES[row.state]), "tone": TONES["late" if late else row.state],
            "from": str(SIDES[row.side])}


def exported(title: str, columns: Sequence[Column], rows: Iterable[Row], lines: Callable[[Sequence[Row]], list[dict[str, Any]]]) -> Response:
    """A list to take away, its rows in words."""
    return workbook(title, columns, in_batches(rows, lines), _("%(title)s导出", title=title))
