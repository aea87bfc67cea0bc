"""What the pages of pledges share: doing something and saying how it ended, dates and ids from forms, workbooks."""
from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask import Response as FlaskResponse, current_app, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy import Row

from core.api import (
    BaodaoError,
    Column,
    Conflict,
    Invalid,
    NotFound,
    Sheet,
    Watermark,
    _,
    acting,
    now,
    organization_names,
    session,
    settings,
    today,
    write_workbook,
)
from plugins.pledges.words import is_late, state_word, tone

Route = tuple[str, str, Callable[..., Any], str]
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


def attempt(action: Callable[[], object], done: str, back: str, again: Callable[[Invalid | Conflict], str] | None = None) -> Any:
    """Do something and go back to a page that says how it ended. What cannot be done leaves nothing behind: `again` shows the form
    with what was typed (422, or 409 where somebody else was faster), without it the page says so.
    """
    try:
        with session().begin_nested():
            action()
    except (Invalid, Conflict) as error:
        if again is not None:
            return again(error), error.status
        wrong = "；".join(text for texts in getattr(error, "fields", {}).values() for text in texts)
        flash(f"{error.message}{wrong}", "danger")
        return redirect(back, 303)
    flash(done, "success")
    return redirect(back, 303)


def asked(question: str, submit: str, back: str) -> str | None:
    """The page that asks once more; None when it is confirmed. What the form held goes along."""
    if request.form.get("confirmed"):
        return None
    kept = {name: value for name, value in request.form.items() if name not in ("csrf_token", "confirmed")}
    return render_template("pledges/confirm.html", question=question, submit=submit, back=back, kept=kept)


def version() -> int:
    """The version that the form was shown with; 0 for a form that has none, which no row is at."""
    return request.form.get("version", 0, type=int)


def said(name: str) -> str:
    """A text of the form."""
    return request.form.get(name, "").strip()


def day(name: str) -> dt.date | None:
    """A date of the form; None when there is none or it is no date."""
    try:
        return dt.date.fromisoformat(said(name))
    except ValueError:
        return None


def after() -> uuid.UUID | None:
    """From where the list goes on."""
    return request.values.get("after", type=uuid.UUID)


def chosen(name: str) -> list[tuple[uuid.UUID, int]]:
    """What was ticked, as id and version; what is no id is left out."""
    found = []
    for text in request.form.getlist(name)[:MOST]:
        identity, _colon, number = text.partition(":")
        try:
            found.append((uuid.UUID(identity), int(number or 0)))
        except ValueError:
            continue
    return found


def days() -> int:
    """How many days ahead a pledge counts as due, for the tenant."""
    return int(settings("pledges")["remind_days"])


def lines(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Rows of a list in words; the names of places and units in one query."""
    names = organization_names({row.community_id for row in rows} | {row.unit_id for row in rows if row.member_id is None})
    return [line(row, names) for row in rows]


def line(row: Row[Any], names: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    """One row of a list in words."""
    who = row.name if row.member_id is not None else names.get(row.unit_id, "")
    return {**row._mapping, "who": who or "—", "unit": (row.unit_name or "—") if row.member_id is not None else who,
            "community": names.get(row.community_id, ""), "word": state_word(row.state, row.deadline, today()),
            "tone": tone(row.state, row.deadline, today()), "late": is_late(row.state, row.deadline, today()),
            "choice": f"{row.id}:{row.version}"}



def workbook(title: str, rows: Iterable[Row[Any]], why: str) -> FlaskResponse:
    """The list to take away, with a note of who took it, when and why."""
    columns = [Column("who", _("姓名"), 12), Column("unit", _("所在单位"), 24), Column("community", _("社区"), 20), Column("title", _("服务事项"), 26),
               Column("text", _("承诺"), 40), Column("deadline", _("完成期限"), 12, "date"), Column("word", _("状态"), 10),
               Column("published_on", _("公开日期"), 12, "date"), Column("ended_on", _("办结日期"), 12, "date"),
               Column("filed_on", _("备案日期"), 12, "date")]
    content = io.BytesIO()
    write_workbook(content, [Sheet(title, columns, _cells(rows, [column.key for column in columns]))],
                   Watermark(acting().display_name, now(), why))
    content.seek(0)
    return send_file(content, _XLSX, as_attachment=True, download_name=f"{title}.xlsx")


def _cells(rows: Iterable[Row[Any]], keys: Sequence[str]) -> Iterable[list[Any]]:
    batch: list[Row[Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == MOST:
            yield from ([one[key] for key in keys] for one in lines(batch))
            batch = []
    yield from ([one[key] for key in keys] for one in lines(batch))


def following(rows: Sequence[Row[Any]], size: int) -> uuid.UUID | None:
    """The id after which the next page begins, where there is one."""
    return rows[size - 1].id if len(rows) > size else None


def refused(error: BaodaoError) -> dict[str, Any]:
    """What a template shows of a refusal: the sentence, and the words beside each field."""
    return {"message": error.message, "fields": dict(getattr(error, "fields", {}) or {})}


def outside(endpoint: str, **values: Any) -> str:
    """The whole address of a public page, for a code to scan."""
    return str(current_app.config["BAODAO"].base_url).rstrip("/") + url_for(endpoint, **values)
