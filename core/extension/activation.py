"""Which plugins are on for the tenant: read once in each scope, so that a switch reaches every process at its next request."""
from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from core.extension.holding import held_back
from core.extension.models import PluginActivation
from core.extension.registry import current
from core.jobs.registry import set_plugin_check
from core.tenancy import hot, scope_cache

_KEY, _HELD = "enabled_plugins", "held_plugins"


def _query() -> Any:
    return select(PluginActivation.plugin).where(PluginActivation.tenant_id == bindparam(hot.TENANT), PluginActivation.enabled)


def switched_on() -> frozenset[str]:
    """Names of the plugins that the scope's tenant has on and this process has loaded. Raises ScopeError without a tenant."""
    known: frozenset[str] | None = scope_cache().get(_KEY)
    if known is None:
        rows = hot.rows("enabled plugins", _query)
        known = scope_cache()[_KEY] = frozenset(row.plugin for row in rows) & current().plugins.keys()
    return known


def enabled_plugins() -> frozenset[str]:
    """Names of those that are on and not held back for want of their tables. Raises ScopeError without a tenant."""
    held: frozenset[str] | None = scope_cache().get(_HELD)
    if held is None:  # looked at once in a scope, in which a plugin must not come and go
        held = scope_cache()[_HELD] = frozenset(held_back())
    return switched_on() - held if held else switched_on()


def is_enabled(name: str) -> bool:
    """Whether the scope's tenant has the plugin on, and nothing holds it back."""
    return name in enabled_plugins()


def forget() -> None:
    """Read the switches again in this scope; to be called after one was moved."""
    scope_cache().pop(_KEY, None)


set_plugin_check(is_enabled)  # the jobs of a plugin that is off wait
