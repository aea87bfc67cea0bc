"""What every page of posts shares: doing something and saying how it ended, asking once more, and reading small forms."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from core.api import Conflict, Invalid, _, acting, new_id, session

Route = tuple[str, str, Callable[..., Any], tuple[str, ...]]
GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
LONGEST = 50  # of what is looked for


def me() -> uuid.UUID:
    """The account that acts."""
    return acting().account_id


def attempt(action: Callable[[], object], done: str | Callable[[Any], str], back: str) -> Response:
    """Do something and go back to a page that says how it ended; what cannot be done leaves nothing behind."""
    try:
        with session().begin_nested():
            result = action()
        flash(done(result) if callable(done) else done, "success")
    except (Invalid, Conflict) as error:
        flash(error.message, "danger")
    return redirect(back, 303)


def asked(question: str, explanation: str, submit: str, back: str, hidden: Mapping[str, Any]) -> str | None:
    """The page that asks once more where no script has asked; None when it is confirmed."""
    if request.form.get("confirmed"):
        return None
    return render_template("posts/confirm.html", question=question, explanation=explanation, submit=submit, back=back, hidden=hidden)


def version() -> int:
    """The version that the form was shown with; 0 for a form that has none, which no row is at."""
    return request.form.get("version", 0, type=int)


def said(name: str) -> str:
    """A text of the form."""
    return request.form.get(name, "").strip()


def identity(name: str) -> uuid.UUID:
    """An id of the form; one that is none is nobody's."""
    return request.form.get(name, type=uuid.UUID) or new_id()


def after() -> uuid.UUID | None:
    """From where the list goes on."""
    return request.values.get("after", type=uuid.UUID)


def day(name: str) -> dt.date | None:
    """A date of the form or address; None when it was left empty. Raises Invalid."""
    text = request.values.get(name, "").strip()
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(_("日期不对，请按 2026-03-01 的样子填写。"), {name: [_("请改正")]}) from None


def minutes(name: str) -> int | None:
    """A length of the form in minutes; None when it was left empty. Raises Invalid."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text[:6]) <= 1440:
        raise Invalid(_("时长请填 1 至 1440 的整数（分钟）。"), {name: [_("请改正")]})
    return int(text)
