"""What the pages of consultations share: doing something and saying how it ended, what forms held, files to take away."""
from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Response as FlaskResponse, flash, redirect, render_template, request, send_file

from core.api import BaodaoError, Column, Conflict, Invalid, Sheet, Watermark, _, acting, now, session, write_workbook
from plugins.consultation.answering import OpinionInput

Route = tuple[str, str, Callable[..., Any], str]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    return render_template("consultation/confirm.html", question=question, submit=submit, back=back, kept=kept)


def version() -> int:
    """The version that the form was shown with; 0 for a form that has none, which no row is at."""
    return request.form.get("version", 0, type=int)


def words() -> int:
    """The version of the answer's words that was read."""
    return request.form.get("words", 0, type=int)


def said(name: str) -> str:
    """A text of the form."""
    return request.form.get(name, "").strip()


def day(name: str) -> dt.date | None:
    """A date of the form; None when there is none or it is no date."""
    try:
        return dt.date.fromisoformat(said(name))
    except ValueError:
        return None


def identity(name: str) -> uuid.UUID | None:
    """An id of the form; None when there is none."""
    return request.form.get(name, type=uuid.UUID)


def after() -> uuid.UUID | None:
    """From where the list goes on."""
    return request.values.get("after", type=uuid.UUID)


def identities(name: str) -> list[uuid.UUID]:
    """The ids that were ticked; what is no id is left out."""
    return [found for text in request.form.getlist(name) if (found := as_id(text)) is not None]


def as_id(text: str) -> uuid.UUID | None:
    """A text as an id; None when it is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def opinions(subject_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, OpinionInput]:
    """What the form says of each person."""
    return {one: OpinionInput(said(f"opinion-{one}"), said(f"reason-{one}")) for one in subject_ids}


def refused(error: BaodaoError) -> dict[str, Any]:
    """What a template shows of a refusal: the sentence, and the words beside each field."""
    return {"message": error.message, "fields": dict(getattr(error, "fields", {}) or {})}


def following(rows: list[dict[str, Any]], size: int) -> uuid.UUID | None:
    """The id after which the next page begins, where there is one."""
    return rows[size - 1]["id"] if len(rows) > size else None


def workbook(sheet: Sheet, why: str) -> FlaskResponse:
    """A sheet to take away, with a note of who took it, when and why."""
    content = io.BytesIO()
    write_workbook(content, [sheet], Watermark(acting().display_name, now(), why))
    content.seek(0)
    return send_file(content, _XLSX, as_attachment=True, download_name=f"{sheet.title}.xlsx")


def list_sheet(title: str, rows: Iterable[Mapping[str, Any]]) -> Sheet:
    """A list of requests as a sheet."""
    columns = [Column("asker", _("征求意见的单位"), 24), Column("community", _("社区"), 22), Column("purpose", _("事由"), 16), Column("about", _("对象"), 30),
               Column("persons", _("数量"), 8, "integer"), Column("asked_on", _("征求日期"), 12, "date"), Column("deadline", _("期限"), 12, "date"),
               Column("word", _("状态"), 12), Column("closed_on", _("办结日期"), 12, "date")]
    return Sheet(title, columns, ([row[one.key] for one in columns] for row in rows))
