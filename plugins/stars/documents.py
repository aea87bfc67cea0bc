"""Small readings of a scheme's document that everything else shares."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dateutil.relativedelta import relativedelta

from plugins.stars.schema import STEPS

Document = Mapping[str, Any]
PERIOD_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
MINUTES = 60
LONGEST = 10_000  # months; longer than anybody lives


class Placed(NamedTuple):
    """A condition with its place: level (0 for the yearly review's), way and position make the key of its value."""

    level: int
    way: int
    position: int
    condition: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The name of its value in an explanation."""
        return f"{self.level}.{self.way}.{self.position}"


def levels(document: Document) -> list[Mapping[str, Any]]:
    """The levels from the lowest to the highest."""
    return sorted(document["levels"], key=lambda level: level["number"])


def level_of(document: Document, number: int) -> Mapping[str, Any] | None:
    """The level of that number."""
    return next((level for level in document["levels"] if level["number"] == number), None)


def level_name(document: Document, number: int) -> str:
    """What a level is called; a number that the document does not know stays a number."""
    level = level_of(document, number)
    return str(level["name"]) if level else str(number)


def placed(document: Document) -> Iterator[Placed]:
    """Every condition of the document with its place, the review's own ones last."""
    for level in levels(document):
        for number, way in enumerate(level["ways"]):
            for position, condition in enumerate(way["conditions"]):
                yield Placed(level["number"], number, position, condition)
    for position, condition in enumerate(document["review"]["conditions"]):
        yield Placed(0, 0, position, condition)


def needed(condition: Mapping[str, Any]) -> int:
    """What the condition's value must reach, in the unit in which SQL counts: minutes, times, months, per cent, periods."""
    kind = condition["needs"]
    if kind == "amount":
        return each(condition)
    return int(condition[{"share": "percent", "tenure": "months", "held": "months", "continuity": "periods"}[kind]] or 0)


def each(condition: Mapping[str, Any]) -> int:
    """The amount that is asked for, of each period where periods are counted; hours in minutes."""
    if condition["quantity"]["of"] == "minutes":
        return round((condition["hours_at_least"] or 0) * MINUTES)
    return int(condition["at_least"] or 0)


def window(condition: Mapping[str, Any], cut_off: dt.date) -> tuple[dt.date | None, dt.date]:
    """First and last day of the condition's window, both included; no first day where all counts or the star held decides."""
    kind = condition["window"]
    if kind == "year":
        return dt.date(cut_off.year, 1, 1), cut_off
    if kind == "last_year":
        return dt.date(cut_off.year - 1, 1, 1), dt.date(cut_off.year - 1, 12, 31)
    if kind == "months":
        return before(cut_off, condition["months"]), cut_off
    return None, cut_off


def before(cut_off: dt.date, months: int) -> dt.date:
    """The first day of the last `months` months that end with the cut-off: for 30 November and 6 it is 1 June."""
    return cut_off + dt.timedelta(days=1) - relativedelta(months=months)


def periods(condition: Mapping[str, Any], cut_off: dt.date) -> list[tuple[dt.date, dt.date]]:
    """The periods that are counted, from the latest back; each ends where the one after it begins."""
    length, found, end = PERIOD_MONTHS[condition["period"]], [], cut_off
    for number in range(1, condition["periods"] + 1):
        begin = before(cut_off, length * number)
        found.append((begin, end))
        end = begin - dt.timedelta(days=1)
    return found


def steps(document: Document, level: int) -> list[str]:
    """Who approves a level, from the lowest up."""
    chosen = (level_of(document, level) or {}).get("steps") or ["county"]
    return [step for step in STEPS if step in chosen]


def cut_off_on(document: Document, day: dt.date) -> dt.date:
    """The latest cut-off that is not after `day`; the day itself where one may be evaluated at any time."""
    if document["cycle"] != "dates" or not document["cut_offs"]:
        return day
    return max(found for year in (day.year - 1, day.year) for text in document["cut_offs"] if (found := on_day(text, year)) <= day)


def next_cut_off(document: Document, day: dt.date) -> dt.date | None:
    """The first cut-off that is not before `day`; None where one may be evaluated at any time."""
    if document["cycle"] != "dates" or not document["cut_offs"]:
        return None
    return min(found for year in (day.year, day.year + 1) for text in document["cut_offs"] if (found := on_day(text, year)) >= day)


def on_day(text: str, year: int) -> dt.date:
    """A day of the year from "MM-DD"; 02-29 is the last of February."""
    month, day = (int(part) for part in text.split("-"))
    return dt.date(year, month, 1) + relativedelta(day=day)
