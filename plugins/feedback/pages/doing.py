"""What the pages of feedback share: doing something and saying how it ended, dates and ids from forms, rows in words, downloads."""
from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from flask import Response as FlaskResponse, flash, redirect, render_template, request, send_file
from sqlalchemy import Row

from core.api import BaodaoError, Conflict, Invalid, NotFound, _, acting, organization_names, session
from plugins.feedback import periods
from plugins.feedback.words import CHANNELS, STATES, TONES, UNIT_STATES, hours

Route = tuple[str, str, Callable[..., Any], str]
MOST = 200
TYPES = {"pdf": "application/pdf", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
         "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "zip": "application/zip"}


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
    return render_template("feedback/confirm.html", question=question, submit=submit, back=back, kept=kept)


def version() -> int:
    """The version that the form was shown with; 0 for a form that has none, which no row is at."""
    return request.form.get("version", 0, type=int)


def said(name: str) -> str:
    """A text of the form."""
    return request.form.get(name, "").strip()


def day(name: str) -> dt.date | None:
    """A date of the form; None when there is none. Raises Invalid for what is no date."""
    if not said(name):
        return None
    try:
        return dt.date.fromisoformat(said(name))
    except ValueError:
        raise Invalid(_("日期不对，请重新选择。"), {name: [_("请重新选择")]}) from None


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


def lines(rows: Sequence[Row[Any]], *, unit: bool = False) -> list[dict[str, Any]]:
    """Packs of a list in words; the names of places and units in one query. `unit`: in the words of the unit's side."""
    names = organization_names({one for row in rows for one in (row.community_id, row.unit_id)})
    words = UNIT_STATES if unit else STATES
    return [{**row._mapping, "unit": names.get(row.unit_id, ""), "community": names.get(row.community_id, "") or row.sender or "",
             "word": str(words[row.state]), "tone": TONES[row.state], "hours": hours(row.minutes), "when": periods.words(row.period),
             "how": str(CHANNELS[row.channel]) if row.channel else "", "choice": f"{row.id}:{row.version}"} for row in rows]


def following(rows: Sequence[Any], size: int) -> uuid.UUID | None:
    """The id after which the next page begins, where there is one."""
    return rows[size - 1].id if len(rows) > size else None


def refused(error: BaodaoError | None) -> dict[str, Any] | None:
    """What a template shows of a refusal: the sentence, and the words beside each field."""
    return {"message": error.message, "fields": dict(getattr(error, "fields", {}) or {})} if error else None


def file(content: bytes, kind: str, name: str, *, inline: bool = False) -> FlaskResponse:
    """A file to take away, or to look at in the browser."""
    return send_file(io.BytesIO(content), TYPES[kind], as_attachment=not inline, download_name=f"{name}.{kind}")
