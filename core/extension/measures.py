"""Named numbers of a member, such as points.balance: how plugins, and core, use each other's figures without knowing each other."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Select, select

from core.errors import NotFound
from core.extension.activation import enabled_plugins
from core.extension.dispatch import attempt
from core.extension.failures import Unanswered
from core.extension.known import core_measures
from core.extension.manifest import Measure
from core.extension.registry import current
from core.i18n import _
from core.spelling import did_you_mean


def define_measure(measure: Measure) -> None:
    """Make one of core's own measures known; plugins name theirs in the manifest."""
    core_measures()[measure.name] = measure


def measures() -> dict[str, Measure]:
    """Core's measures and those of the tenant's plugins that work, by name."""
    enabled = enabled_plugins()
    return core_measures() | {m.name: m for p in current().plugins.values() if p.name in enabled for m in p.measures}


def measure(name: str, member_id: uuid.UUID) -> int:
    """The number for one member.

    Raises NotFound when there is no such measure here, as when its plugin is off, and Unanswered when its plugin fails to tell it:
    that is undone and counted as that plugin's failure. A page says "—" for it; another plugin's hook may let it pass.
    """
    known = measures()
    if name not in known:
        raise NotFound(_("没有名为 %(name)s 的指标%(hint)s。", name=name, hint=did_you_mean(name, known)))
    if name in core_measures():
        return known[name].read(member_id)
    answer: int | None = attempt(name.partition(".")[0], name, lambda one: _number(known[name].read(one)), member_id)
    if answer is None:
        raise Unanswered(_("指标 %(name)s 暂时读不到，请稍后再试；如果一直如此，请告诉管理员。", name=name))
    return answer


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"a measure is an int, not {type(value).__name__}")
    return value


def measure_values(name: str) -> Select[Any] | None:
    """A select of member_id and value, in whole units of what people call it, for everybody who has one.

    None when there is no such measure here, as when its plugin is off, when it cannot be read for all at once, and when its plugin
    fails to say how.
    """
    known = measures().get(name)
    if known is None or known.values is None:
        return None
    query = known.values() if name in core_measures() else attempt(name.partition(".")[0], name, lambda values: values(), known.values)
    if query is None:
        return None
    rows = query.subquery()
    return select(rows.c.member_id, (rows.c.value / known.scale if known.scale > 1 else rows.c.value).label("value"))
