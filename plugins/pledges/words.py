"""The words for states, and how a name is shown in public."""
from __future__ import annotations

import datetime as dt

from core.api import _, _l

STATES = {"open": _l("践诺中"), "kept": _l("已兑现"), "kept_late": _l("逾期兑现"), "released": _l("已解除"), "not_kept": _l("未兑现")}
TONES = {"open": "info", "kept": "good", "kept_late": "warn", "released": "neutral", "not_kept": "bad", "late": "bad"}
OBJECTIONS = {"open": _l("核实中"), "upheld": _l("反映属实"), "rejected": _l("反映不属实")}
OBJECTION_TONES = {"open": "warn", "upheld": "bad", "rejected": "neutral"}
CHANNELS = {"web": _l("网页"), "paper": _l("纸面或当面")}
_LONG = frozenset(("欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "夏侯", "宇文", "长孙", "端木", "独孤", "南宫", "轩辕"))


def is_late(state: str, deadline: dt.date, today: dt.date) -> bool:
    """Whether a pledge is open past its deadline."""
    return state == "open" and deadline < today


def state_word(state: str, deadline: dt.date, today: dt.date) -> str:
    """The state in words; being late is told from the deadline."""
    return _("已逾期") if is_late(state, deadline, today) else str(STATES[state])


def tone(state: str, deadline: dt.date, today: dt.date) -> str:
    """Its colour."""
    return TONES["late" if is_late(state, deadline, today) else state]


def surname(name: str) -> str:
    """The surname: two characters where it is one of those, else the first."""
    return name[:2] if name[:2] in _LONG and len(name) > 2 else name[:1]


def public_name(name: str | None, display: str) -> str:
    """A member's name as it stands in public (R56), by the setting `name_display`; what is hidden is not in the answer at all."""
    if not name or display == "none":
        return _("在职党员")
    if display == "full":
        return name
    return _("%(surname)s同志", surname=surname(name)) if display == "comrade" else f"{surname(name)}＊＊"
