"""The words for kinds of resources, states and sides, and quantities in words."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.api import _, _l, settings

KINDS = {"information": _l("信息"), "funds": _l("资金"), "talent": _l("人才"), "venues": _l("场所")}
SIDES = {"offer": _l("单位能提供"), "need": _l("社区需要")}
STATES = {"proposed": _l("待双方确认"), "agreed": _l("履行中"), "ended": _l("已结束"), "declined": _l("未达成"), "withdrawn": _l("已撤回")}
TONES = {"proposed": "warn", "agreed": "good", "ended": "neutral", "declined": "bad", "withdrawn": "neutral"}
FULFILMENTS = {"waiting": _l("待社区确认"), "confirmed": _l("社区已确认"), "refused": _l("社区未认可")}
FULFILMENT_TONES = {"waiting": "warn", "confirmed": "good", "refused": "bad"}


def kinds() -> dict[str, str]:
    """The kinds of resources, the tenant's own after the four of the notice (R17), by key."""
    return {**{key: str(word) for key, word in KINDS.items()}, **{one: one for one in settings("cobuilding")["more_kinds"]}}


def kind_word(kind: str) -> str:
    """A kind in words; the tenant's own are their own words."""
    return str(KINDS.get(kind, kind))


def quantity(row: Mapping[Any, Any]) -> str:
    """How much, in words: yuan, hours, persons or seats; "" where nothing is said."""
    parts = [_("%(count)s 元", count=f"{row['amount']:,}") if row.get("amount") else "",
             _("%(count)s 小时", count=row["hours"]) if row.get("hours") else "",
             _("%(count)s 人（座）", count=row["seats"]) if row.get("seats") else ""]
    return "，".join(part for part in parts if part)
