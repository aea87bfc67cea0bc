"""Each entry in words: what it rests on, what was counted of it, by which rule, and what a cap left of it."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.api import _
from plugins.points.fields import number, shown
from plugins.points.limits import VETO


def explained(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Entries as a page shows them: what, why, how many points."""
    return [{"id": row.id, "at": row.at, "happened_on": row.happened_on, "points": signed(row.points), "value": number(row.points),
             "kind": row.kind, "minutes": row.minutes, "what": what(row), "why": why(row), "rule": row.rule, "note": row.note,
             "source": row.source, "source_id": row.source_id} for row in rows]


def signed(value: int) -> str:
    """Points with their sign; +0 for nothing."""
    return f"{'+' if value >= 0 else ''}{shown(value)}"


def what(row: Any) -> str:
    """What happened, in a few words."""
    if row.kind == "reversed":
        return _("服务撤回，冲销") if row.points and row.source == "record" else _("服务撤回") if row.source == "record" else _("事项撤回，冲销")
    return {"earned": {"record": _("服务计入"), "deed": _("事项计入"), "quantity": _("期末计算")}.get(row.source, _("计入")),
            "settled": _("重新核算"), "base": _("基础分"), "expired": _("到期清零"), "redeemed": _("兑换"), "returned": _("兑换取消，退回"),
            "card": _("发放积分卡"), "corrected": _("人工更正")}[row.kind]


def why(row: Any) -> str:
    """The rule, what of the evidence was counted, and what the caps left of it."""
    parts = [row.rule] if row.rule else []
    if row.kind == "earned" and row.source == "record" and row.rule_key != VETO:
        if row.given != row.minutes and row.minutes > 1:
            parts.append(_("服务 %(given)s 分钟，计 %(counted)s 分钟", given=row.given, counted=row.minutes))
        if row.percent != 100:
            parts.append(_("按 %(percent)s%% 计", percent=row.percent))
    if row.kind == "earned" and row.rule_key != VETO and row.raw != row.points:
        parts.append(_("应得 %(raw)s 分，按上限等规定计 %(points)s 分", raw=shown(row.raw), points=shown(row.points)))
    return "；".join(parts)
