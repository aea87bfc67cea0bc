"""The periods in which a unit looks up its members and files their cards: equal parts of the calendar year."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from core.api import _, settings, today

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to a day, both included."""

    starts_on: dt.date
    ends_on: dt.date

    @property
    def title(self) -> str:
        """How people call it."""
        return _("%(since)s 至 %(until)s", since=written(self.starts_on), until=written(self.ends_on))


def written(day: dt.date) -> str:
    """A day in short, such as 2026-06-30."""
    return day.isoformat()


def period_of(day: dt.date, months: int) -> Period:
    """The period of `months` months (1, 3, 6 or 12) in which a day lies."""
    first = (day.month - 1) // months * months + 1
    after = dt.date(day.year + (first + months > 12), (first + months - 1) % 12 + 1, 1)
    return Period(dt.date(day.year, first, 1), after - DAY)


def before(period: Period, months: int) -> Period:
    """The one before."""
    return period_of(period.starts_on - DAY, months)


def lookup_period() -> Period:
    """The present period for looking up how members do (R14)."""
    return period_of(today(), settings("unit_desk")["lookup_months"])


def missed_period() -> Period | None:
    """The period before, where the tenant says that what was missed in it is shown; else None."""
    values = settings("unit_desk")
    last = before(lookup_period(), values["lookup_months"])
    return last if values["begins_on"] is not None and last.ends_on >= values["begins_on"] else None


def filing_period(day: dt.date | None = None) -> Period:
    """The period for filing record cards (R22) in which a day lies; without one, today's."""
    return period_of(day or today(), settings("unit_desk")["filing_months"])


def filing_periods() -> list[Period]:
    """The present one and the three before, the newest first: what a unit may file."""
    found = [filing_period()]
    for _more in range(3):
        found.append(before(found[-1], settings("unit_desk")["filing_months"]))
    return found
