"""What a form held, one value at a time: texts, dates, ids and what was ticked."""
from __future__ import annotations

import datetime as dt
import uuid

from flask import request

from core.db import new_id
from core.errors import Invalid, NotFound
from core.i18n import _

MOST = 1000  # of what one form can tick


def said(name: str) -> str:
    """A text of the form, without the blanks around it; empty where there is none."""
    return request.form.get(name, "").strip()


def version() -> int:
    """The version that the form was shown with; 0 for a form that has none, which no row is at."""
    return request.form.get("version", 0, type=int)


def day(name: str) -> dt.date | None:
    """A date of the form, of a page that is only looked at its address's; None where it was left empty. Raises Invalid for what is no date."""
    text = (request.args if request.method == "GET" else request.form).get(name, "").strip()
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(_("日期不对，请重新选择。"), {name: [_("请按 2026-03-01 的样子填写")]}) from None


def as_id(text: str) -> uuid.UUID | None:
    """A text as an id; None when it is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def identity(name: str) -> uuid.UUID | None:
    """An id of the form; None when there is none."""
    return as_id(said(name))


def needed_identity(name: str) -> uuid.UUID:
    """An id that the form must hold. Raises NotFound for one that has none."""
    if (found := identity(name)) is None:
        raise NotFound
    return found


def ticket(name: str = "ticket") -> uuid.UUID:
    """The id that the form was given when it was shown, so that sending it twice makes one; a new one where it bears none."""
    return identity(name) or new_id()


def chosen(name: str, most: int = MOST) -> list[uuid.UUID]:
    """The ids that were ticked, at most `most`; what is no id is left out."""
    return [found for text in request.form.getlist(name)[:most] if (found := as_id(text)) is not None]


def chosen_versions(name: str, most: int = MOST) -> list[tuple[uuid.UUID, int]]:
    """What was ticked as `id:version`, at most `most`; what is no id is left out, and a version that is none is 0."""
    pairs = (text.partition(":") for text in request.form.getlist(name)[:most])
    return [(found, int(number) if number.isdecimal() and len(number) < 10 else 0) for text, _colon, number in pairs if (found := as_id(text)) is not None]
