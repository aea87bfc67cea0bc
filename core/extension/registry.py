"""Finds and holds the plugins of this process; a faulty one is refused alone, loudly, and the rest goes on."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy
import structlog

from core.errors import ConfigurationError
from core.extension import hookspecs
from core.extension.approval_kinds import define_switches, withdraw_switches
from core.extension.checks import faults
from core.extension.completing import completed
from core.extension.known import known_beside
from core.extension.locating import located
from core.extension.manifest import Plugin
from core.extension.settings_registry import register_settings, withdraw_settings
from core.extension.work import register_jobs
from core.i18n import register_catalogue
from core.spelling import did_you_mean
from core.terms import define_terms

GROUP = "baodao.plugins"
log = structlog.get_logger(__name__)


class Registry:
    """The plugins that are loaded, by name in the order of their requirements, and those refused with the reason."""

    def __init__(self) -> None:
        self.manager = pluggy.PluginManager(hookspecs.PROJECT)
        self.manager.add_hookspecs(hookspecs)
        self.plugins: dict[str, Plugin] = {}
        self.refused: dict[str, str] = {}
        self.unseen: set[str] = set()  # whose tables nobody has looked at yet: core.extension.holding does, and keeps its notes in
        self.tables: object = None
        self._packages: dict[str, str] = {}
        #: What the dispatch has worked out about the hooks of these plugins; emptied when one comes or goes.
        self.prepared: dict[Any, Any] = {}

    def load(self, known_permissions: Iterable[str] = ()) -> None:
        """Load all plugins of the entry point group, each after those that it requires."""
        found: dict[str, tuple[Plugin, str]] = {}
        modules: dict[str, str] = {}
        for entry in sorted(entry_points(group=GROUP), key=lambda e: (e.name, e.value)):
            if (plugin := self._import(entry)) is not None:
                package = entry.dist.name if entry.dist else entry.value
                if plugin.name in found:
                    self._refuse(plugin.name, _clash(plugin.name, found[plugin.name][1], package), keep=True)
                else:
                    found[plugin.name], modules[plugin.name] = (plugin, package), entry.module
        known, together = frozenset(known_permissions), [plugin for plugin, _package in found.values()]
        for plugin, package in _ordered(found):
            self.register(plugin, package=package, known_permissions=known, together=together, module=modules.get(plugin.name))

    def register(self, plugin: Plugin, *, package: str = "?", known_permissions: Iterable[str] = (), together: Iterable[Plugin] = (),
                 module: str | None = None) -> bool:
        """Let one plugin in; False when it is refused, and then nothing of it remains.

        `together` are those that are loaded with it, before and after; `module` is the one that its entry point names.
        """
        if plugin.name in self.plugins:
            return self._refuse(plugin.name, _clash(plugin.name, self._packages[plugin.name], package), keep=True)
        try:
            plugin = completed(plugin)
        except ConfigurationError as error:
            return self._refuse(plugin.name, error.message)
        others = {other.name: other for other in (*together, *self.plugins.values()) if other.name != plugin.name}
        try:
            problems = faults(plugin, known_beside(plugin, others.values(), known_permissions, module))
        except Exception as error:  # noqa: BLE001  a schema or a declaration of the plugin may raise anything
            return self._refuse(plugin.name, f"清单有误：{located(error, plugin.package or module)}")
        problems += [f"缺少所需的插件 {name}{did_you_mean(name, others)}" for name in plugin.requires
                     if name not in self.plugins]
        if problems:
            return self._refuse(plugin.name, "；".join(problems))
        try:
            self._admit(plugin)
        except Exception as error:  # noqa: BLE001  a plugin may raise anything while it is let in
            self._evict(plugin)
            return self._refuse(plugin.name, f"登记失败：{error}")
        self.plugins[plugin.name], self._packages[plugin.name] = plugin, package
        self.refused.pop(plugin.name, None)
        self.unseen.add(plugin.name)
        log.info("plugin_loaded", plugin=plugin.name, version=plugin.version, package=package)
        return True

    def refuse(self, name: str, reason: str) -> None:
        """Take a plugin out again that a later check found faulty, such as one whose pages cannot be mounted, and those that need it."""
        if (plugin := self.plugins.pop(name, None)) is not None:
            self._evict(plugin)
        self._refuse(name, reason)
        for dependent in [other.name for other in self.plugins.values() if name in other.requires]:
            self.refuse(dependent, f"缺少所需的插件 {name}")

    def implementations(self, hook: str) -> list[pluggy.HookImpl]:
        """The implementations of a hook, in the order in which the plugins were loaded."""
        caller: pluggy.HookCaller = getattr(self.manager.hook, hook)
        return caller.get_hookimpls()

    def _admit(self, plugin: Plugin) -> None:
        self.prepared.clear()
        self.manager.register(plugin.hooks if plugin.hooks is not None else plugin, name=plugin.name)
        self.manager.check_pending()
        if plugin.settings is not None:
            register_settings(plugin.name, plugin.settings, plugin.title, plugin=True, local=plugin.local_settings)
        define_switches(plugin.approvals)
        define_terms(plugin.terms)
        register_jobs(plugin)
        if plugin.translations is not None:
            register_catalogue(plugin.translations, plugin.name)

    def _evict(self, plugin: Plugin) -> None:
        self.prepared.clear()
        # pluggy may raise out of register() and still keep the plugin.
        if self.manager.has_plugin(plugin.name):
            self.manager.unregister(name=plugin.name)
        withdraw_settings(plugin.name)
        withdraw_switches(plugin.approvals)

    def _import(self, entry: EntryPoint) -> Plugin | None:
        try:
            loaded: Any = entry.load()
        except Exception as error:
            log.exception("plugin_import_failed", plugin=entry.name, module=entry.value)
            self._refuse(entry.name, f"无法导入 {entry.value}：{located(error, entry.module)}")
            return None
        if not isinstance(loaded, Plugin):
            self._refuse(entry.name, f"{entry.value} 不是 Plugin 清单，而是 {type(loaded).__name__}")
            return None
        return loaded

    def _refuse(self, name: str, reason: str, *, keep: bool = False) -> bool:
        """`keep`: another plugin rightly bears the name and stays."""
        self.refused[f"{name} (2)" if keep else name] = reason
        log.error("plugin_refused", plugin=name, reason=reason)
        return False


def _clash(name: str, first: str, second: str) -> str:
    return f"软件包 {first} 和 {second} 都提供名为 {name} 的插件，请卸载其中一个"


def _ordered(found: dict[str, tuple[Plugin, str]]) -> Iterator[tuple[Plugin, str]]:
    """Each plugin after those it requires, otherwise by name; a circle is broken and its members then fail their check."""
    done: set[str] = set()
    waiting = sorted(found)
    while waiting:
        ready = [n for n in waiting if all(r in done or r not in found for r in found[n][0].requires)] or waiting
        done.add(ready[0])
        waiting.remove(ready[0])
        yield found[ready[0]]


_current = [Registry()]


def current() -> Registry:
    """The registry of this process."""
    return _current[0]


@contextmanager
def using(registry: Registry) -> Iterator[Registry]:
    """Let `registry` be the process's within the block; for tests and tools."""
    before = _current[0]
    _current[0] = registry
    try:
        yield registry
    finally:
        _current[0] = before
