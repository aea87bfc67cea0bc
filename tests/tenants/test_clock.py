"""The day is Shanghai's, wherever the machine stands."""
from __future__ import annotations

import datetime as dt

import pytest

from core.tenancy import set_clock, today


@pytest.mark.parametrize(("moment", "day"), [((2026, 11, 30, 15, 59), 30), ((2026, 11, 30, 16, 0), 1)])
def test_the_day_turns_at_midnight_in_shanghai(moment: tuple[int, ...], day: int) -> None:
    with set_clock(dt.datetime(*moment, tzinfo=dt.UTC)):  # type: ignore[misc]
        assert today().day == day
