"""Which plugins work for the tenant: read once in each scope, so that a switch reaches every process at its next request.

A plugin *works* when its switch is on and nothing holds it back: it is not suspended, its tables fit, and what it requires works. One that is
on and held back is asked nothing; what it should have heard is kept for it.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from core.extension.holding import held_back
from core.extension.models import PluginActivation
from core.extension.registry import current
from core.jobs.registry import set_plugin_check
from core.tenancy import hot, now, scope_cache

_KEY = "plugin_switches"


@dataclass(frozen=True, slots=True)
class Suspension:
    """Since when a plugin is suspended, and for which hook, route or job."""

    since: dt.datetime
    hook: str


@dataclass(frozen=True, slots=True)
class Switches:
    """The tenant's plugins that are on. `working` are asked; `suspended` and those that need them are not; `missing` are on
    and not loaded in this process.
    """

    on: frozenset[str]
    working: frozenset[str]
    suspended: Mapping[str, Suspension]
    missing: frozenset[str]


def _query() -> Any:
    return select(PluginActivation.plugin, PluginActivation.suspended_at, PluginActivation.suspended_for).where(
        PluginActivation.tenant_id == bindparam(hot.TENANT), PluginActivation.enabled)


def switches() -> Switches:
    """The switches of the scope's tenant. Raises ScopeError without one."""
    known: Switches | None = scope_cache().get(_KEY)
    if known is None:
        known = scope_cache()[_KEY] = _read()
    return known


def _read() -> Switches:
    rows = hot.rows("plugin switches", _query)
    return _switches(frozenset(row.plugin for row in rows), {
        row.plugin: Suspension(row.suspended_at, row.suspended_for or "") for row in rows if row.suspended_at is not None})


def _switches(switched: frozenset[str], suspended: Mapping[str, Suspension]) -> Switches:
    loaded, held = current().plugins, held_back()
    working: set[str] = set()
    for name, plugin in loaded.items():  # each after those that it requires
        if name in switched and name not in suspended and name not in held and working.issuperset(plugin.requires):
            working.add(name)
    return Switches(switched.intersection(loaded), frozenset(working), suspended, switched.difference(loaded))


def enabled_plugins() -> frozenset[str]:
    """Names of the plugins that work for the scope's tenant. Raises ScopeError without a tenant."""
    return switches().working


def is_enabled(name: str) -> bool:
    """Whether the plugin works for the scope's tenant: on, and not held back."""
    return name in switches().working


def is_on(name: str) -> bool:
    """Whether the plugin's switch is on, also while it is held back; then its settings can still be mended."""
    return name in switches().on


def hold_back(name: str, hook: str) -> None:
    """Leave a plugin alone for the rest of this scope, as if it were suspended already."""
    before = switches()
    scope_cache()[_KEY] = _switches(before.on | before.missing, {**before.suspended, name: Suspension(now(), hook)})


def forget() -> None:
    """Read the switches again in this scope; to be called after one was moved."""
    scope_cache().pop(_KEY, None)


set_plugin_check(is_enabled)  # the jobs of a plugin that is off or held back wait
