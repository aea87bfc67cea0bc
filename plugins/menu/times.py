"""Times that are offered, wished and agreed: read from forms, compared, and put into words, all in the calendar of Asia/Shanghai."""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from core.api import Invalid, _, now
from plugins.menu.words import DAYS, PARTS

LOCAL = ZoneInfo("Asia/Shanghai")
AHEAD = dt.timedelta(days=366)
LONGEST = dt.timedelta(hours=24)
PART_HOURS = {"morning": (dt.time(0), dt.time(12)), "afternoon": (dt.time(12), dt.time(18)), "evening": (dt.time(18), dt.time.max)}
MOST = 14
_LINE = re.compile(r"^(?:周|星期)?([一二三四五六日天])\s*(\d{1,2})[:：.](\d{2})\s*[-–—~～至到]+\s*(\d{1,2})[:：.](\d{2})$")
_WEEK = "一二三四五六日"


class Slot(NamedTuple):
    """A stretch of time, aware, and the place."""

    begins_at: dt.datetime
    ends_at: dt.datetime
    place: str | None = None

    @property
    def minutes(self) -> int:
        """How long it is."""
        return int((self.ends_at - self.begins_at).total_seconds()) // 60


def read_times(text: str) -> list[dict[str, Any]]:
    """The weekly times of an offer, a line each, such as 周六 9:00-11:30. Raises Invalid, naming the line."""
    lines = [line.strip() for line in re.split(r"[\n;；]", text) if line.strip()]
    if len(lines) > MOST:
        raise Invalid(_("时间最多写 %(count)s 行。", count=MOST), {"times": [_("太多了")]})
    return [_line(line) for line in lines]


def times_text(times: Iterable[Mapping[str, Any]]) -> str:
    """The same as lines to fill a form with."""
    return "\n".join(f"周{_WEEK[one['day'] - 1]} {one['from']}-{one['until']}" for one in times)


def times_said(times: Sequence[Mapping[str, Any]], words: str | None) -> str:
    """Weekly times and what was said besides, on one line."""
    said = [f"{DAYS[one['day']]} {one['from']}-{one['until']}" for one in times]
    return _("；").join([*said, *([words] if words else [])]) or _("时间面议")


def wished_said(wished: Mapping[str, Any]) -> str:
    """Days and parts of the day that a resident would like."""
    days = _("、").join(str(DAYS[day]) for day in wished.get("days", ()) if day in DAYS)
    parts = _("、").join(str(PARTS[part]) for part in wished.get("parts", ()) if part in PARTS)
    return " ".join(part for part in (days, parts) if part) or _("都可以")


def fits(times: Sequence[Mapping[str, Any]], wished: Mapping[str, Any]) -> bool:
    """Whether some weekly time falls on a wished day and part of the day; what is not said fits everything."""
    days, parts = wished.get("days") or list(DAYS), wished.get("parts") or list(PARTS)
    return not times or any(one["day"] in days and any(_touches(one, part) for part in parts) for one in times)


def slot(day: str, begins: str, ends: str, place: str = "") -> Slot:
    """One proposed time out of a form's date and two hours. Raises Invalid for what is no time, has passed, or lies a year ahead."""
    try:
        when = dt.date.fromisoformat(day)
        first, last = (dt.datetime.combine(when, dt.time.fromisoformat(text), LOCAL) for text in (begins, ends))
    except ValueError:
        raise Invalid(_("请填写日期、开始和结束时间。"), {"times": [_("没有填全，或不是时间")]}) from None
    found = Slot(first, last, place.strip()[:100] or None)
    check(found)
    return found


def check(found: Slot) -> None:
    """Raise Invalid for a time that ends before it begins, has passed, or lies too far ahead."""
    if not dt.timedelta(0) < found.ends_at - found.begins_at <= LONGEST:
        raise Invalid(_("结束时间应晚于开始时间。"), {"times": [_("结束早于开始")]})
    if found.begins_at < now():
        raise Invalid(_("时间已经过了，请选以后的时间。"), {"times": [_("已经过了")]})
    if found.begins_at > now() + AHEAD:
        raise Invalid(_("时间太远了，请选一年以内的。"), {"times": [_("太远了")]})


def slot_said(found: Any) -> str:
    """A stretch of time for people: 3月5日 周六 9:00-11:00 and the place; `found` has begins_at, ends_at and place."""
    begins, ends = (moment.astimezone(LOCAL) for moment in (found.begins_at, found.ends_at))
    said = _("%(month)s月%(day)s日 %(weekday)s %(begins)s-%(ends)s", month=begins.month, day=begins.day, weekday=DAYS[begins.isoweekday()],
             begins=f"{begins:%H:%M}", ends=f"{ends:%H:%M}")
    return f"{said} {found.place}" if found.place else said


def month_of(moment: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """The calendar month of a moment, from its first instant to the next month's."""
    first = moment.astimezone(LOCAL).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first, (first + dt.timedelta(days=32)).replace(day=1)


def _line(line: str) -> dict[str, Any]:
    found = _LINE.match(line)
    wrong = Invalid(_("“%(line)s”看不懂，请写成“周六 9:00-11:30”，每行一个。", line=line), {"times": [_("请按“周六 9:00-11:30”填写")]})
    if found is None:
        raise wrong
    try:
        begins, ends = dt.time(int(found[2]), int(found[3])), dt.time(int(found[4]), int(found[5]))
    except ValueError:
        raise wrong from None
    if ends <= begins:
        raise wrong
    return {"day": _WEEK.index("日" if found[1] == "天" else found[1]) + 1, "from": f"{begins:%H:%M}", "until": f"{ends:%H:%M}"}


def _touches(one: Mapping[str, Any], part: str) -> bool:
    begins, ends = PART_HOURS[part]
    return dt.time.fromisoformat(one["from"]) < ends and dt.time.fromisoformat(one["until"]) > begins
