"""Tells whether a service was outside working hours, from the day and, where somebody cared to say it, the hour (R39: spare time)."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import chinese_calendar

from core.extension.settings import effective

SATURDAY = 5


def outside_hours(day: dt.date, started_at: dt.time | None, settings: Mapping[str, Any]) -> bool:
    """Whether a service on `day`, begun at `started_at` (Asia/Shanghai, None: nobody said), was in spare time.

    `settings` are those of the section "service": days off and working days that are laid down there come before the calendar.
    Without an hour, a service on a working day counts as within working hours.
    """
    if day_off(day, settings):
        return True
    return started_at is not None and not settings["work_from"] <= started_at < settings["work_until"]


def day_off(day: dt.date, settings: Mapping[str, Any]) -> bool:
    """Whether nobody works on `day`: what the tenant lays down, else the State Council's holidays, else the weekend."""
    if day in settings["days_off"]:
        return True
    if day in settings["working_days"]:
        return False
    try:
        return bool(chinese_calendar.is_holiday(day))
    except NotImplementedError:  # the year's holidays are not announced yet, or lie before 2004
        return day.weekday() >= SATURDAY


def working_days_after(day: dt.date, count: int, place_id: uuid.UUID | None = None) -> dt.date:
    """The last day of `count` working days that begin on the day after `day`, by the calendar of a place or of the whole tenant.

    For periods such as a public notice (R84), in which the day of publication does not count.
    """
    laid_down = effective("service", place_id)
    for _number in range(count):
        day += dt.timedelta(days=1)
        while day_off(day, laid_down):
            day += dt.timedelta(days=1)
    return day
