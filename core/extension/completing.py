"""Fills in what a plugin's manifest need not say: what lies in its package, and what its pages' declarations imply."""
from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from core.db import Base, TenantRow
from core.errors import ConfigurationError
from core.extension.declarations import Action, Form, Page, PluginPages, Table
from core.extension.hookspecs import PROJECT
from core.extension.manifest import Navigation, Plugin
from core.i18n import LazyString, _l


def completed(plugin: Plugin) -> Plugin:
    """The manifest with all that follows from it; the very same when nothing does.

    Raises ConfigurationError when the package holds two implementations of one hook, or the pages twice.
    """
    if plugin.package is not None:
        plugin = _with_package(plugin, plugin.package)
    return plugin if plugin.pages is None else _with_pages(plugin, plugin.pages)


def modules_of(package: str) -> dict[str, ModuleType]:
    """The package's modules that have been imported, by name."""
    return {name: module for name, module in sorted(sys.modules.items())
            if isinstance(module, ModuleType) and (name == package or name.startswith(f"{package}."))}


def folder_of(package: str) -> Path | None:
    """The folder of the package; None for a plugin that is a single module, whose folder is not its own."""
    module = sys.modules.get(package)
    file = getattr(module, "__file__", None)
    return Path(file).parent if file and hasattr(module, "__path__") else None


def _with_package(plugin: Plugin, package: str) -> Plugin:
    modules = modules_of(package)
    if not modules:
        raise ConfigurationError(f"package={package!r} 不是已导入的包；请写 package=__name__")
    folder = folder_of(package)
    found: dict[str, Any] = {name: folder / name for name in ("migrations", "translations", "templates")
                             if folder is not None and (folder / name).is_dir()}
    found |= {"hooks": _hooks(modules), "pages": _pages(modules), "models": tuple(_models(modules))}
    if folder is not None and (found["models"] or plugin.models):  # where they will be written: until then the plugin is held back
        found["migrations"] = folder / "migrations"
    return dataclasses.replace(plugin, **{name: value for name, value in found.items() if not getattr(plugin, name)})


def _hooks(modules: Mapping[str, ModuleType]) -> object | None:
    found: dict[str, Any] = {}
    for value in _values(modules):
        if isinstance(getattr(value, f"{PROJECT}_impl", None), dict) and found.setdefault(value.__name__, value) is not value:
            raise ConfigurationError(f"钩子 {value.__name__} 实现了两次：{found[value.__name__].__module__} 和 {value.__module__}")
    return SimpleNamespace(**found) if found else None


def _pages(modules: Mapping[str, ModuleType]) -> PluginPages | None:
    found = [value for value in _values(modules) if isinstance(value, PluginPages)]
    if len(found) > 1:
        raise ConfigurationError("一个插件只用一个 PluginPages；请在一处建立，各模块从那里导入")
    return found[0] if found else None


def _models(modules: Mapping[str, ModuleType]) -> Iterator[type[TenantRow]]:
    # By what the modules hold now: of a module that was imported anew the mapper remembers the old classes too.
    mapped = {mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__module__ in modules}
    own: list[Any] = [model for model in mapped & set(_classes(modules)) if issubclass(model, TenantRow)]
    yield from sorted(own, key=lambda model: str(model.__tablename__))


def _classes(modules: Mapping[str, ModuleType]) -> Iterator[type]:
    return (value for value in _values(modules) if isinstance(value, type))


def _values(modules: Mapping[str, ModuleType]) -> list[Any]:
    """What the modules hold, each thing once; Flask's `request` and its like aside, which outside a request cannot even be looked at."""
    seen = {id(value): value for module in modules.values() for value in list(vars(module).values())
            if type(value).__module__ != "werkzeug.local"}
    return list(seen.values())


def _with_pages(plugin: Plugin, pages: PluginPages) -> Plugin:
    entries = tuple(Navigation(page.menu, f"{plugin.name}.{page.name}", page.permission, page.icon, page.order)
                    for page in pages.items if page.menu is not None)
    known = {entry.endpoint for entry in plugin.navigation}
    titles: dict[str, Any] = dict.fromkeys(plugin.tables, plugin.title)
    for page in pages.items:
        titles |= _audit_titles(plugin.name, page)
    return dataclasses.replace(plugin, navigation=(*plugin.navigation, *(e for e in entries if e.endpoint not in known)),
                               audit_titles={**titles, **plugin.audit_titles})


def _audit_titles(plugin: str, page: Page) -> dict[str, str | LazyString]:
    if isinstance(page, Form | Action):
        return {f"{plugin}.{page.name}": page.title}
    if isinstance(page, Table) and page.export is not None:
        return {f"{plugin}.{page.name}_exported": _l("导出%(title)s", title=page.title)}
    return {}
