"""Says in words what a request for a correction would change in its record."""
from __future__ import annotations

from typing import Any

from core.i18n import _, _l
from core.service.corrections import FIELDS
from web.rendering import date_zh, hours

TITLES = {"happened_on": _l("日期"), "minutes": _l("时长"), "title": _l("服务内容"), "kind": _l("服务类别"), "place": _l("地点")}


def differences(record: Any, wanted: Any, prefix: str = "") -> list[dict[str, str]]:
    """One entry for each field in which they differ: title, before, after. `prefix`: how the wanted values are called in a list's row."""
    pairs = [(name, getattr(record, name), getattr(wanted, prefix + name)) for name in FIELDS]
    return [{"title": str(TITLES[name]), "before": _shown(name, before), "after": _shown(name, after)}
            for name, before, after in pairs if before != after]


def _shown(name: str, value: Any) -> str:
    if name == "happened_on":
        return date_zh(value)
    return hours(value) if name == "minutes" else value or _("（空）")
