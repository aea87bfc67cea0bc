"""The periods of feedback: a year, a half or a quarter, by their keys, their days and their words."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import NamedTuple

from core.api import Invalid, _, settings, today

MONTHS = {"year": 12, "half": 6, "quarter": 3}
_KEY = re.compile(r"(20\d\d)(?:H([12])|Q([1-4]))?")


class Period(NamedTuple):
    """One period: its key, first and last day."""

    key: str
    begins_on: dt.date
    ends_on: dt.date

    @property
    def whole_year(self) -> bool:
        """Whether it is a year, which alone the norm of activities is about (R31)."""
        return len(self.key) == 4


def parse(key: str) -> Period:
    """The period of a key such as 2026, 2026H1 or 2026Q3. Raises Invalid."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise Invalid(_("请选择反馈的时段。"), {"period": [_("请选择")]})
    year, half, quarter = int(found[1]), found[2], found[3]
    months = 6 if half else 3 if quarter else 12
    first = dt.date(year, (int(half or quarter or 1) - 1) * months + 1, 1)
    return Period(key, first, _next(first, months) - dt.timedelta(days=1))


def containing(day: dt.date, kind: str) -> Period:
    """The period of a kind in which a day lies."""
    number = (day.month - 1) // MONTHS[kind] + 1
    return parse(f"{day.year}" + {"year": "", "half": f"H{number}", "quarter": f"Q{number}"}[kind])


def offered(place_id: uuid.UUID | None = None) -> list[Period]:
    """The present period of a place and the one before it, the newer first."""
    kind = settings("feedback", place_id)["period"]
    present = containing(today(), kind)
    return [present, containing(present.begins_on - dt.timedelta(days=1), kind)]


def usual(place_id: uuid.UUID | None = None) -> Period:
    """The one that is due: the present one in its last two months, else the one before it."""
    present, before = offered(place_id)
    return present if (present.ends_on - today()).days < 62 else before


def words(key: str) -> str:
    """A period in the reader's words."""
    period = parse(key)
    year, rest = period.begins_on.year, period.key[4:]
    if not rest:
        return _("%(year)s年度", year=year)
    names = {"H1": _("上半年"), "H2": _("下半年"), "Q1": _("第一季度"), "Q2": _("第二季度"), "Q3": _("第三季度"), "Q4": _("第四季度")}
    return _("%(year)s年%(part)s", year=year, part=names[rest])


def written(key: str) -> str:
    """The same on a paper, which is Chinese whoever prints it."""
    names = {"": "度", "H1": "上半年", "H2": "下半年", "Q1": "第一季度", "Q2": "第二季度", "Q3": "第三季度", "Q4": "第四季度"}
    return f"{key[:4]}年{names[key[4:]]}"


def _next(first: dt.date, months: int) -> dt.date:
    month = first.month + months
    return dt.date(first.year + (month > 12), (month - 1) % 12 + 1, 1)
