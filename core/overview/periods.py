"""Periods of the overview: a month, a quarter, a half-year or a year, the former one, and how they are written in an address."""
from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from core.i18n import _

MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_WRITTEN = re.compile(r"(\d{4})(?:-(?:H([12])|Q([1-4])|(0[1-9]|1[0-2])))?")
NOW = dt.date(1970, 1, 1)  # the day under which the state of things is kept


@dataclass(frozen=True, slots=True)
class Period:
    """A period by its kind and its first day."""

    kind: str
    since: dt.date

    @property
    def until(self) -> dt.date:
        """The last day."""
        return shifted(self.since, MONTHS[self.kind]) - dt.timedelta(days=1)

    @property
    def former(self) -> Period:
        """The one before, of the same length."""
        return Period(self.kind, shifted(self.since, -MONTHS[self.kind]))

    @property
    def next(self) -> Period:
        """The one after."""
        return Period(self.kind, shifted(self.since, MONTHS[self.kind]))

    @property
    def code(self) -> str:
        """As it stands in an address: 2026, 2026-H1, 2026-Q3, 2026-09."""
        year, number = self.since.year, (self.since.month - 1) // MONTHS[self.kind] + 1
        return {"year": f"{year}", "half": f"{year}-H{number}", "quarter": f"{year}-Q{number}", "month": f"{year}-{number:02}"}[self.kind]

    @property
    def title(self) -> str:
        """For people."""
        year, number = self.since.year, (self.since.month - 1) // MONTHS[self.kind] + 1
        if self.kind == "half":
            return _("%(year)s年上半年", year=year) if number == 1 else _("%(year)s年下半年", year=year)
        return {"year": _("%(year)s年", year=year), "quarter": _("%(year)s年第%(number)s季度", year=year, number=number),
                "month": _("%(year)s年%(number)s月", year=year, number=number)}[self.kind]


def starting(kind: str, day: dt.date) -> Period:
    """The period of that kind in which a day falls."""
    length = MONTHS[kind]
    return Period(kind, dt.date(day.year, (day.month - 1) // length * length + 1, 1))


def parse(text: str, today: dt.date) -> Period:
    """The period that is written; this year where it cannot be read or lies in the future."""
    period = of_code(text, today.year)
    if period is None:
        return starting("year", today)
    return period if period.since <= today else starting(period.kind, today)


def of_code(text: str, last_year: int) -> Period | None:
    """The period of a code such as 2026-Q3, from 2000 to the last year that counts; None where it cannot be read."""
    found = _WRITTEN.fullmatch(text)
    if found is None or not 2000 <= int(found[1]) <= last_year:
        return None
    kind, number = next(((k, int(n)) for k, n in (("half", found[2]), ("quarter", found[3]), ("month", found[4])) if n), ("year", 1))
    return Period(kind, dt.date(int(found[1]), (number - 1) * MONTHS[kind] + 1, 1))


def shifted(day: dt.date, months: int) -> dt.date:
    """The first day of the month so many months later."""
    count = day.year * 12 + day.month - 1 + months
    return dt.date(count // 12, count % 12 + 1, 1)
