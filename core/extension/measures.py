"""Named numbers of a member, such as points.balance: how plugins, and core, use each other's figures without knowing each other."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Select

from core.errors import NotFound
from core.extension.activation import enabled_plugins
from core.extension.checks import did_you_mean
from core.extension.manifest import Measure
from core.extension.registry import current
from core.i18n import _

_core: dict[str, Measure] = {}


def define_measure(measure: Measure) -> None:
    """Make one of core's own measures known; plugins name theirs in the manifest."""
    _core[measure.name] = measure


def measures() -> dict[str, Measure]:
    """Core's measures and those of the tenant's plugins that are on, by name."""
    enabled = enabled_plugins()
    return _core | {m.name: m for p in current().plugins.values() if p.name in enabled for m in p.measures}


def measure(name: str, member_id: uuid.UUID) -> int:
    """The number for one member. Raises NotFound when there is no such measure here, as when its plugin is off."""
    return _known(name).read(member_id)


def measure_values(name: str) -> Select[Any]:
    """The number for everybody who has one: a select of member_id and value. Raises NotFound likewise, and where a measure has no list."""
    found = _known(name)
    if found.values is None:
        raise NotFound(_("指标 %(name)s 不能用于规则。", name=name))
    rows: Select[Any] = found.values()
    return rows


def _known(name: str) -> Measure:
    known = measures()
    if name not in known:
        raise NotFound(_("没有名为 %(name)s 的指标%(hint)s。", name=name, hint=did_you_mean(name, known)))
    return known[name]
