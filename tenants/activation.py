"""Switches plugins on and off for the scope's tenant, at once for every process and with nothing lost."""
from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert

from core import audit
from core.db import new_id
from core.errors import Conflict, NotFound
from core.extension import activation, registry
from core.extension.checks import did_you_mean
from core.extension.dispatch import holds_rows
from core.extension.manifest import Plugin
from core.extension.models import PluginActivation
from core.i18n import _
from core.tenancy import now, session
from core.tenancy.scope import tenant_id


@dataclass(frozen=True, slots=True)
class PluginState:
    """A plugin as the tenant sees it. `keeps_rows`: it is off, and what it wrote before is still there."""

    plugin: Plugin
    enabled: bool
    keeps_rows: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a switch would make appear or disappear, and the plugins that stand in its way."""

    plugin: Plugin
    enabling: bool
    menus: tuple[str, ...]
    permissions: tuple[str, ...]
    jobs: tuple[str, ...]
    settings: bool
    api: bool
    obstacles: tuple[str, ...]
    keeps_rows: bool


def plugins() -> list[PluginState]:
    """Every plugin of the installation with its state in this tenant."""
    enabled = activation.switched_on()
    return [PluginState(p, p.name in enabled, p.name not in enabled and holds_rows(p.name))
            for p in registry.current().plugins.values()]


def preview(name: str, *, enabling: bool) -> Preview:
    """What switching would change; changes nothing. Raises NotFound."""
    plugin = _known(name)
    return Preview(plugin, enabling, tuple(str(n.title) for n in plugin.navigation), tuple(str(p.title) for p in plugin.permissions),
                   tuple(str(j.title) for j in plugin.jobs), plugin.settings is not None, plugin.api_routes is not None,
                   _obstacles(plugin, enabling=enabling), holds_rows(name))


def enable(name: str) -> bool:
    """Switch a plugin on; False when it was on already. Its old records are all there again.

    Raises NotFound, and Conflict while a plugin that it requires is off.
    """
    if missing := _obstacles(_known(name), enabling=True):
        raise Conflict(_("请先启用 %(names)s，再启用这个插件。", names="、".join(missing)))
    return _switch(name, on=True)


def disable(name: str) -> bool:
    """Switch a plugin off; False when it was off already. Its records stay. Raises NotFound, Conflict while another needs it."""
    if dependents := _obstacles(_known(name), enabling=False):
        raise Conflict(_("请先停用依赖它的 %(names)s。", names="、".join(dependents)))
    return _switch(name, on=False)


def _known(name: str) -> Plugin:
    found = registry.current().plugins
    if name not in found:
        raise NotFound(_("没有名为 %(name)s 的插件%(hint)s。", name=name, hint=did_you_mean(name, found)))
    return found[name]


def _obstacles(plugin: Plugin, *, enabling: bool) -> tuple[str, ...]:
    """Names of the plugins that must be switched first."""
    enabled = activation.switched_on()
    if enabling:
        return tuple(name for name in plugin.requires if name not in enabled)
    return tuple(p.name for p in registry.current().plugins.values() if plugin.name in p.requires and p.name in enabled)


def _switch(name: str, *, on: bool) -> bool:
    if (name in activation.switched_on()) == on:
        return False
    actor = audit.current_actor()
    values = {"enabled": on, "changed_at": now(), "changed_by": actor.id if actor.kind == "account" else None}
    written = session().execute(
        insert(PluginActivation).values(tenant_id=tenant_id(), id=new_id(), plugin=name, **values)
        .on_conflict_do_update(index_elements=["tenant_id", "plugin"], set_=values,
                               where=PluginActivation.enabled.is_distinct_from(on))
        .returning(PluginActivation.id)).one_or_none()
    activation.forget()
    if written is None:  # somebody else was faster
        return False
    audit.record("plugin.enabled" if on else "plugin.disabled", "plugin", None, {"plugin": name})
    return True
