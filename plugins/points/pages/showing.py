"""What the pages of points have in common: the size of a page, and numbers and dates that a form must hold."""
from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation

from core.api import Invalid, _
from core.pages import day, said

PAGE = 50
GET, POST = ["GET"], ["POST"]


def needed_day(name: str) -> dt.date:
    """A form's date that has to be there. Raises Invalid."""
    found = day(name)
    if found is None:
        raise Invalid(_("请填写日期。"), {name: []})
    return found


def points(name: str) -> int:
    """A form's points in hundredths. Raises Invalid."""
    try:
        number = Decimal(said(name) or "0")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > 100_000 or number != round(number, 2):
        raise Invalid(_("分数不对，请填数字，最多两位小数。"), {name: []})
    return int(number * 100)


def whole(name: str) -> int | None:
    """A form's whole number; None when it was left empty. Raises Invalid."""
    text = said(name)
    if not text:
        return None
    if not text.isdecimal() or len(text) > 7:
        raise Invalid(_("请填整数。"), {name: []})
    return int(text)
