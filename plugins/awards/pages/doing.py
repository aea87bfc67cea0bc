"""What the pages of awards share: doing something and saying how it ended, what stands in forms, files to take away."""
from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Response as FlaskResponse, flash, redirect, render_template, request, send_file

from core.api import (
    BaodaoError,
    Column,
    Conflict,
    Invalid,
    NotFound,
    Sheet,
    Watermark,
    acting,
    new_id,
    now,
    session,
    write_workbook,
)
from plugins.awards import finding, rights
from plugins.awards.models import AwardNomination, AwardSelection

Route = tuple[str, str, Callable[..., Any], str]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def own_member() -> uuid.UUID:
    """The member who is signed in. Raises NotFound for somebody who is none."""
    if (own := acting().member_id) is None:
        raise NotFound
    return own


def read(selection_id: uuid.UUID) -> AwardSelection:
    """A selection that concerns the acting person. Raises NotFound, Forbidden."""
    row = finding.selection(selection_id)
    rights.require_reading(row)
    return row


def managed(selection_id: uuid.UUID) -> AwardSelection:
    """A selection that the acting person decides. Raises NotFound, Forbidden."""
    row = finding.selection(selection_id)
    rights.require_managing(row)
    return row


def seen(nomination_id: uuid.UUID) -> tuple[AwardSelection, AwardNomination]:
    """A nomination within reach, with its selection. Raises NotFound, Forbidden."""
    row = finding.nomination(nomination_id)
    above = finding.selection(row.selection_id)
    rights.require_seeing(above, row)
    return above, row


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
        flash(error.message, "danger")
        return redirect(back, 303)
    flash(done, "success")
    return redirect(back, 303)


def asked(question: str, submit: str, back: str) -> str | None:
    """The page that asks once more; None when it is confirmed. What the form held goes along."""
    if request.form.get("confirmed"):
        return None
    kept = {name: value for name, value in request.form.items() if name not in ("csrf_token", "confirmed")}
    return render_template("awards/confirm.html", question=question, submit=submit, back=back, kept=kept)


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


def ticket() -> uuid.UUID:
    """The id that the form was given when it was opened, so that sending it twice makes one."""
    return request.form.get("ticket", type=uuid.UUID) or new_id()


def following(rows: Sequence[Any], size: int) -> uuid.UUID | None:
    """The id after which the next page begins, where there is one."""
    return rows[size - 1].id if len(rows) > size else None


def refused(error: BaodaoError) -> dict[str, Any]:
    """What a template shows of a refusal: the sentence, and the words beside each field."""
    return {"message": error.message, "fields": dict(getattr(error, "fields", {}) or {})}


def workbook(title: str, columns: Sequence[Column], rows: Iterable[dict[str, Any]], why: str) -> FlaskResponse:
    """A list to take away, with a note of who took it, when and why."""
    content = io.BytesIO()
    keys = [column.key for column in columns]
    write_workbook(content, [Sheet(title, columns, ([row[key] for key in keys] for row in rows))], Watermark(acting().display_name, now(), why))
    content.seek(0)
    return send_file(content, _XLSX, as_attachment=True, download_name=f"{title}.xlsx")


def pdf(content: bytes, name: str) -> FlaskResponse:
    """A paper to look at and print; its name says nothing about anybody."""
    return FlaskResponse(content, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}.pdf"'})
