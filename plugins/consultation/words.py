"""The words for opinions and states, and the colours in which they are shown."""
from __future__ import annotations

import datetime as dt

from core.api import _, _l

OPINIONS = {"agree": _l("同意"), "remark": _l("同意，另有说明"), "other": _l("有不同意见"), "unknown": _l("不了解，无法评价")}
OPINION_TONES = {"agree": "good", "remark": "info", "other": "warn", "unknown": "neutral"}
STATES = {"open": _l("待答复"), "answered": _l("已答复"), "withdrawn": _l("已撤回")}
TONES = {"open": "info", "answered": "good", "withdrawn": "neutral", "late": "bad"}


def is_late(state: str, deadline: dt.date, today: dt.date) -> bool:
    """Whether a request is still open after its deadline."""
    return state == "open" and deadline < today


def state_word(state: str, deadline: dt.date, today: dt.date) -> str:
    """The state in words; that nobody answered in time is no answer."""
    return _("逾期未答复") if is_late(state, deadline, today) else str(STATES[state])


def tone(state: str, deadline: dt.date, today: dt.date) -> str:
    """Its colour."""
    return TONES["late" if is_late(state, deadline, today) else state]


def days_left(state: str, deadline: dt.date, today: dt.date) -> str:
    """How long there is still time, in words; nothing for what is closed."""
    if state != "open":
        return ""
    left = (deadline - today).days
    if left < 0:
        return _("已超过 %(count)s 天", count=-left)
    return _("还有 %(count)s 天", count=left) if left else _("今天到期")


def chinese_day(day: dt.date) -> str:
    """A date on an official letter, which is Chinese whatever language an officer reads."""
    return f"{day.year}年{day.month}月{day.day}日"
