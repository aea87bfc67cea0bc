"""What the pages of liaison communities share: forms that come back with what was typed, rows in words, workbooks."""
from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask import Response as FlaskResponse, flash, redirect, render_template, request, send_file
from marshmallow import Schema
from sqlalchemy import Row

from core.api import (
    Column,
    Conflict,
    Invalid,
    NotFound,
    Sheet,
    Watermark,
    _,
    acting,
    form_fields,
    load_form,
    now,
    organization_names,
    session,
    settings,
    today,
    write_workbook,
)
from plugins.liaison.words import SIDES, STATES, TONES

Route = tuple[str, str, Callable[..., Any], tuple[str, ...]]
GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
MOST = 200
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def me() -> uuid.UUID:
    """The account that acts."""
    return acting().account_id


def own_member() -> uuid.UUID:
    """The member who is signed in. Raises NotFound for somebody who is none."""
    if (own := acting().member_id) is None:
        raise NotFound
    return own


def after() -> uuid.UUID | None:
    """From where the list goes on."""
    return request.values.get("after", type=uuid.UUID)


def following(rows: Sequence[Row[Any]], size: int) -> uuid.UUID | None:
    """The id after which the next page begins, where there is one."""
    return rows[size - 1].id if len(rows) > size else None


def answered(schema: Schema, values: Mapping[str, Any], do: Callable[[dict[str, Any]], object], *, title: str, submit: str, back: str, done: str,
             lead: str = "", then: str | None = None, choices: Mapping[str, Any] | None = None, **shown: Any) -> Any:
    """A page with one form: shown with `values`, and when it is sent, done and left for `then` (else `back`); refused, it comes back
    with what was typed and what is wrong (422, or 409 where somebody else was faster), and nothing is left behind.
    """
    error: Invalid | Conflict | None = None
    if request.method == "POST":
        try:
            with session().begin_nested():
                do(load_form(schema, request.form))
        except (Invalid, Conflict) as refused:
            error = refused
        else:
            flash(done, "success")
            return redirect(then or back, 303)
    fields = form_fields(schema, request.form if error else values, getattr(error, "fields", None), choices=choices)
    page = render_template("liaison/form.html", fields=fields, title=title, submit=submit, back=back, lead=lead,
                           message=error.message if error else None, **shown)
    return (page, error.status) if error else page


def asked(question: str, submit: str, back: str) -> str | None:
    """The page that asks once more; None when it is confirmed. What the form held goes along."""
    if request.form.get("confirmed"):
        return None
    kept = {name: value for name, value in request.form.items() if name not in ("csrf_token", "confirmed")}
    return render_template("liaison/confirm.html", question=question, submit=submit, back=back, kept=kept)


def point_lines(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Points in words: whose, where, when the next visit is due, and whether one was missed; the communities' names in one query."""
    names = organization_names({row.community_id for row in rows})
    given = settings("liaison")
    return [_point_line(row, names, int(given["visit_days"]), int(given["remind_days"])) for row in rows]


def _point_line(row: Row[Any], names: Mapping[uuid.UUID, str], days: int, ahead: int) -> dict[str, Any]:
    due, day = row.counted_from + dt.timedelta(days=days), today()
    over = row.until is not None and row.until < day
    word, tone = (_("已结束"), "neutral") if over else (_("尚未开始"), "neutral") if row.since > day else (
        (_("已超过约定时间"), "bad") if due < day else (_("近期该去"), "warn") if due <= day + dt.timedelta(days=ahead) else (_("按期"), "good"))
    return {**row._mapping, "name": row.name or _("（已删除）"), "post": row.post or "", "office": row.office or "",
            "community": names.get(row.community_id, ""), "due_on": None if over else due, "why": "；".join(row.reasons), "word": word, "tone": tone}


def issue_lines(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Issues in words, with their age in days; the names of places and units in one query."""
    names = organization_names({one for row in rows for one in (row.community_id, row.unit_id, row.holder_id)})
    return [_issue_line(row, names) for row in rows]


def _issue_line(row: Row[Any], names: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    late = row.state in ("open", "reported") and row.deadline < today()
    return {**row._mapping, "community": names.get(row.community_id, ""), "holder": names.get(row.holder_id, ""),
            "responsible": names.get(row.unit_id, "") or row.office or "", "age": ((row.ended_on or today()) - row.raised_on).days,
            "word": _("已超过期限") if late else str(STATES[row.state]), "tone": TONES["late" if late else row.state],
            "from": str(SIDES[row.side])}


def workbook(title: str, columns: Sequence[Column], rows: Iterable[Row[Any]], lines: Callable[[Sequence[Row[Any]]], list[dict[str, Any]]]) -> FlaskResponse:
    """A list to take away, with a note of who took it and when."""
    content = io.BytesIO()
    cells = ([line[column.key] for column in columns] for part in _batches(rows) for line in lines(part))
    write_workbook(content, [Sheet(title, columns, cells)], Watermark(acting().display_name, now(), _("%(title)s导出", title=title)))
    content.seek(0)
    return send_file(content, _XLSX, as_attachment=True, download_name=f"{title}.xlsx")


def _batches(rows: Iterable[Row[Any]]) -> Iterable[list[Row[Any]]]:
    batch: list[Row[Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == MOST:
            yield batch
            batch = []
    yield batch
