"""The times of a post as data: weekly slots, which one falls on a day, how long it is, and how it is said."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from core.api import _, _l

DAYS = {1: _l("周一"), 2: _l("周二"), 3: _l("周三"), 4: _l("周四"), 5: _l("周五"), 6: _l("周六"), 7: _l("周日")}
EVENING = dt.time(17)
WEEKEND = (6, 7)


class Slot(NamedTuple):
    """A weekly time: days of the week from Monday 1, and from when until when on each; None where it is not said."""

    days: tuple[int, ...]
    begins: dt.time | None
    ends: dt.time | None

    @property
    def minutes(self) -> int | None:
        """Its length, where both ends are known."""
        if self.begins is None or self.ends is None:
            return None
        return (self.ends.hour - self.begins.hour) * 60 + self.ends.minute - self.begins.minute


def read(stored: Iterable[Mapping[str, Any]]) -> list[Slot]:
    """The slots that a row holds."""
    return [Slot(tuple(one["days"]), _time(one.get("from")), _time(one.get("until"))) for one in stored]


def written(slots: Iterable[Slot]) -> list[dict[str, Any]]:
    """The slots as a row holds them."""
    return [{"days": list(one.days), "from": _text(one.begins), "until": _text(one.ends)} for one in slots]


def on(slots: Sequence[Slot], day: dt.date) -> Slot | None:
    """The slot that falls on a day."""
    return next((one for one in slots if day.isoweekday() in one.days), None)


def parts(slots: Sequence[Slot]) -> frozenset[str]:
    """Of which kinds the times are: weekend, evening, workday."""
    found = set()
    for one in slots:
        found |= {"weekend"} if set(one.days) & set(WEEKEND) else set()
        if one.begins is not None and one.begins >= EVENING:
            found.add("evening")
        elif set(one.days) - set(WEEKEND):
            found.add("workday")
    return frozenset(found)


def said(stored: Iterable[Mapping[str, Any]], words: str | None = None) -> str:
    """The times in words; what was written beside them stands at the end."""
    texts = [_slot(one) for one in read(stored)]
    if words:
        texts.append(words)
    return _("；").join(texts)


def _slot(one: Slot) -> str:
    days = _("、").join(str(DAYS[day]) for day in one.days)
    if one.begins is None:
        return days
    return f"{days} {one.begins:%H:%M}" + (f"–{one.ends:%H:%M}" if one.ends else "")


def _time(text: str | None) -> dt.time | None:
    return dt.time.fromisoformat(text) if text else None


def _text(value: dt.time | None) -> str | None:
    return f"{value:%H:%M}" if value else None
