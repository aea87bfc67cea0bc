"""The words and colours for states, channels and what a pack counts."""
from __future__ import annotations

from typing import Any

from core.api import _l

STATES = {"draft": _l("待审核"), "reviewed": _l("待签发"), "signed": _l("待送出"), "sent": _l("已送出"), "read": _l("单位已阅"),
          "answered": _l("已答复"), "archived": _l("已归档")}
UNIT_STATES = {"sent": _l("待阅"), "read": _l("待答复"), "answered": _l("已答复"), "archived": _l("已归档")}
TONES = {"draft": "neutral", "reviewed": "info", "signed": "info", "sent": "warn", "read": "info", "answered": "good", "archived": "neutral"}
REPORTED = {"confirmed": _l("已报到"), "submitted": _l("待确认"), "ended": _l("已转出"), None: _l("未在本社区报到")}
CHANNELS = {"system": _l("系统送达"), "paper": _l("纸质送达")}
SIDES = {"community": _l("社区"), "unit": _l("单位")}
KINDS = {"notice": _l("重要情况"), "message": _l("单位来信"), "answer": _l("答复")}


def hours(minutes: int) -> str:
    """Minutes as hours with one decimal, without a needless nought."""
    return f"{minutes / 60:.1f}".removesuffix(".0")


def waived(of: Any) -> int:
    """How many of the records counted without a recipient's judgement, as public work may (R78): every other one has its grade."""
    return max(0, of.records - of.satisfied - of.fair - of.dissatisfied)
