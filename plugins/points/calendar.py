"""Periods of a pack as SQL and as days: the same arithmetic on whole months, so that a job and a statement never disagree."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, cast, extract, func, literal

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
LEVELS = ("day", "week", "month", "quarter", "half_year", "year", "ever")  # from the finest to the coarsest
ALWAYS = dt.date(1900, 1, 1)  # the one period of a scheme that has no periods


def level_key(level: str, day: ColumnElement[Any], period: Mapping[str, Any]) -> ColumnElement[Any]:
    """A value that all days of the same day, week, month ... have in common; years begin where the pack's do."""
    if level == "day":
        return day
    if level == "week":
        return cast(func.date_trunc("week", day), Date)
    if level == "ever":
        return literal(0, Integer)
    return _month(day, period) // MONTHS[level]


def period_start(day: ColumnElement[Any], period: Mapping[str, Any]) -> ColumnElement[Any]:
    """The first day of the pack's period in which a day falls."""
    if period["length"] == "ever":
        return literal(ALWAYS, Date)
    if period["length"] == "year" and (period["starts_month"], period["starts_day"]) == (1, 1):
        return cast(func.date_trunc("year", day), Date)
    size, shift = MONTHS[period["length"]], period["starts_month"] - 1
    first = _month(day, period) // size * size + shift
    return cast(func.make_date(first // 12, first % 12 + 1, period["starts_day"]), Date)


def period_of(day: dt.date, period: Mapping[str, Any]) -> dt.date:
    """The same for a day at hand."""
    if period["length"] == "ever":
        return ALWAYS
    size, shift = MONTHS[period["length"]], period["starts_month"] - 1
    moved = day - dt.timedelta(days=period["starts_day"] - 1)
    return _day((moved.year * 12 + moved.month - 1 - shift) // size * size + shift, period["starts_day"])


def following(start: dt.date, period: Mapping[str, Any], count: int = 1) -> dt.date:
    """The first day of the period that comes `count` periods after the one that begins on `start`; never, for one without an end."""
    if period["length"] == "ever":
        return dt.date.max
    return _day(start.year * 12 + start.month - 1 + count * MONTHS[period["length"]], start.day)


def _month(day: ColumnElement[Any], period: Mapping[str, Any]) -> ColumnElement[Any]:
    moved = cast(day, Date) - (period["starts_day"] - 1) if period["starts_day"] > 1 else day
    number = extract("year", moved) * 12 + extract("month", moved) - period["starts_month"]
    return cast(number, Integer)


def _day(months: int, day: int) -> dt.date:
    return dt.date(months // 12, months % 12 + 1, day)
