"""Switches plugins on and off for the scope's tenant, at once for every process and with nothing lost."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert

from core import audit
from core.db import new_id
from core.errors import Conflict, NotFound
from core.extension import activation, registry, suspension
from core.extension.dispatch import holds_rows
from core.extension.manifest import Plugin
from core.extension.models import PluginActivation
from core.i18n import _
from core.spelling import did_you_mean
from core.tenancy import now, session
from core.tenancy.scope import tenant_id
from tenants import changes
from tenants.hook_titles import hook_title
from tenants.wording import joined


@dataclass(frozen=True, slots=True)
class Suspended:
    """A plugin is on and asked nothing since `since`, because it failed too often; `message` says so to the administrator."""

    since: dt.datetime
    message: str


@dataclass(frozen=True, slots=True)
class PluginState:
    """A plugin as the tenant sees it. `enabled`: its switch is on, also while it is `suspended`.

    `waits_for` names suspended plugins that it requires. `keeps_rows`: it is off, and what it wrote before is still there.
    """

    plugin: Plugin
    enabled: bool
    keeps_rows: bool
    suspended: Suspended | None = None
    waits_for: tuple[str, ...] = ()


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
    return [_state(plugin) for plugin in registry.current().plugins.values()]


def get(name: str) -> PluginState:
    """One plugin with its state in this tenant. Raises NotFound."""
    return _state(_known(name))


def preview(name: str, *, enabling: bool) -> Preview:
    """What switching would change; changes nothing. Raises NotFound."""
    plugin = _known(name)
    return Preview(plugin, enabling, tuple(str(n.title) for n in plugin.navigation), tuple(str(p.title) for p in plugin.permissions),
                   tuple(str(j.title) for j in plugin.jobs), plugin.settings is not None, plugin.api_routes is not None,
                   _obstacles(plugin, enabling=enabling), holds_rows(name))


def enable(name: str) -> bool:
    """Switch a plugin on, or let one that is suspended work again; False when it worked already. Its old records are all there.

    Raises NotFound, and Conflict while a plugin that it requires is off.
    """
    if missing := _obstacles(_known(name), enabling=True):
        raise Conflict(_("请先启用 %(names)s，再启用这个插件。", names=_titles(missing)))
    return _switch(name, on=True) or _lift(name)


def resume(name: str) -> None:
    """Let a suspended plugin work again: what it missed is delivered now. Raises NotFound, and Conflict when it is not suspended."""
    _known(name)
    if not _lift(name):
        raise Conflict(_("这个插件没有被暂停，请刷新页面查看最新状态。"))


def disable(name: str) -> bool:
    """Switch a plugin off; False when it was off already. Its records stay. Raises NotFound, Conflict while another needs it."""
    if dependents := _obstacles(_known(name), enabling=False):
        raise Conflict(_("请先停用依赖它的 %(names)s。", names=_titles(dependents)))
    return _switch(name, on=False)


def _state(plugin: Plugin) -> PluginState:
    switches, name = activation.switches(), plugin.name
    found = switches.suspended.get(name)
    return PluginState(plugin, name in switches.on, name not in switches.on and holds_rows(name),
                       None if found is None else Suspended(found.since, _suspended(found.hook)),
                       tuple(n for n in plugin.requires if name in switches.on and n not in switches.working))


def _suspended(hook: str) -> str:
    return _("短时间内多次出错或太慢，最近一次是：%(what)s。其他功能不受影响；暂停期间应由它处理的事项都保留着，恢复后自动补办。",
             what=hook_title(hook))


def _lift(name: str) -> bool:
    if name not in activation.switches().suspended or not suspension.lift(name):
        return False
    changes.note(changes.SWITCHES, {"values": {name: changes.SUSPENDED}}, {"values": {name: True}})
    audit.record("plugin.resumed", "plugin", None, {"plugin": name})
    return True


def _known(name: str) -> Plugin:
    found = registry.current().plugins
    if name not in found:
        raise NotFound(_("没有名为 %(name)s 的插件%(hint)s。", name=name, hint=did_you_mean(name, found)))
    return found[name]


def _titles(names: Iterable[str]) -> str:
    return joined(registry.current().plugins[n].title if n in registry.current().plugins else n for n in names)


def _obstacles(plugin: Plugin, *, enabling: bool) -> tuple[str, ...]:
    """Names of the plugins that must be switched first."""
    enabled = activation.switches().on
    if enabling:
        return tuple(name for name in plugin.requires if name not in enabled)
    return tuple(p.name for p in registry.current().plugins.values() if plugin.name in p.requires and p.name in enabled)


def _switch(name: str, *, on: bool) -> bool:
    if activation.is_on(name) == on:
        return False
    actor = audit.current_actor()
    values = {"enabled": on, "changed_at": now(), "changed_by": actor.id if actor.kind == "account" else None,
              "suspended_at": None, "suspended_for": None}
    written = session().execute(
        insert(PluginActivation).values(tenant_id=tenant_id(), id=new_id(), plugin=name, **values)
        .on_conflict_do_update(index_elements=["tenant_id", "plugin"], set_=values,
                               where=PluginActivation.enabled.is_distinct_from(on))
        .returning(PluginActivation.id)).one_or_none()
    activation.forget()
    if written is None:  # somebody else was faster
        return False
    changes.note(changes.SWITCHES, {"values": {name: not on}}, {"values": {name: on}})
    audit.record("plugin.enabled" if on else "plugin.disabled", "plugin", None, {"plugin": name})
    return True
