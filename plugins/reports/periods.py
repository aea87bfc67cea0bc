"""The periods that reports are about: years, half-years, quarters, months, or everything until today."""
from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from core.api import Invalid, _, _l, today

MONTHS = {"year": 12, "half": 6, "quarter": 3, "month": 1}
OFFERED = {"year": 5, "half": 6, "quarter": 8, "month": 12}
TITLES = {"none": _l("不分期间"), "year": _l("每年"), "half": _l("每半年"), "quarter": _l("每季度"), "month": _l("每月")}
_CODE = re.compile(r"(?P<year>20[0-9]{2})(?:-(?P<sign>[HQM])(?P<number>[0-9]{1,2}))?")
_SIGNS = {None: "year", "H": "half", "Q": "quarter", "M": "month"}
_BEGINNING = dt.date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days, both included. `title` is in the country's language: it stands on papers."""

    code: str
    title: str
    since: dt.date
    until: dt.date


def period(kind: str, code: str) -> Period:
    """The period of that code (2026, 2026-H1, 2026-Q3, 2026-M11). Raises Invalid for one of another kind or that is none."""
    if kind == "none":
        return Period("", f"截至{in_words(today())}", _BEGINNING, today())
    found = _CODE.fullmatch(code)
    if found is None or _SIGNS[found["sign"]] != kind:
        raise Invalid(_("请选择期间。"), {"period": [_("请选择")]})
    number = int(found["number"] or 1)
    if not 1 <= number <= 12 // MONTHS[kind]:
        raise Invalid(_("请选择期间。"), {"period": [_("请选择")]})
    return _made(kind, int(found["year"]), number)


def offered(kind: str) -> list[Period]:
    """The present period and those before it, newest first."""
    if kind == "none":
        return []
    months = MONTHS[kind]
    now = today().year * (12 // months) + (today().month - 1) // months
    return [_made(kind, *divmod(step, 12 // months), zero=True) for step in range(now, now - OFFERED[kind], -1)]


def _made(kind: str, year: int, number: int, *, zero: bool = False) -> Period:
    number += zero
    months = MONTHS[kind]
    first, last = months * (number - 1) + 1, months * number
    title = {"year": f"{year}年度", "half": f"{year}年{'上下'[number - 1] if kind == 'half' else ''}半年",
             "quarter": f"{year}年第{'一二三四'[number - 1] if kind == 'quarter' else ''}季度", "month": f"{year}年{number}月"}[kind]
    code = str(year) if kind == "year" else f"{year}-{kind[0].upper()}{number}"
    return Period(code, title, dt.date(year, first, 1), dt.date(year, last, calendar.monthrange(year, last)[1]))


def in_words(day: dt.date) -> str:
    """A day as it stands at the head of a paper."""
    return f"{day.year}年{day.month}月{day.day}日"
