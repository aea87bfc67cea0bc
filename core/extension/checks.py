"""Finds what is wrong with a plugin before it is let in, and says what was probably meant."""
from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from marshmallow import missing

from core.db import Base
from core.extension import hookspecs
from core.extension.hookspecs import PROJECT, RULES
from core.extension.known import Known
from core.extension.manifest import API_VERSION, NAVIGATION_GROUPS, Plugin
from core.extension.page_checks import page_faults
from core.extension.source_checks import Names, source_faults
from core.privacy.tags import personal_columns
from core.spelling import did_you_mean

_DUTIES = ("export_member_data", "erase_member_data")


def faults(plugin: Plugin, known: Known) -> list[str]:
    """All that is wrong with the plugin, as sentences; empty when it may be let in. `known` is what there is beside it."""
    return list(dict.fromkeys(fault for find in FAULTS.values() for fault in find(plugin, known)))


def hook_functions(plugin: Plugin) -> dict[str, tuple[Any, dict[str, Any]]]:
    """The marked functions of the plugin's hooks by name, each with pluggy's options."""
    found = {}
    for name in dir(plugin.hooks) if plugin.hooks is not None else ():
        function = getattr(plugin.hooks, name, None)
        options = getattr(function, f"{PROJECT}_impl", None)
        if isinstance(options, dict):
            found[name] = (function, options)
    return found


def _names(plugin: Plugin) -> Iterator[str]:
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", plugin.name):
        yield f"插件名 {plugin.name!r} 只能由小写字母、数字和下划线组成，以字母开头"
    if plugin.api != API_VERSION:
        yield f"插件按接口版本 {plugin.api} 编写，本系统提供的是版本 {API_VERSION}，请安装相配的版本"
    owned = {"权限": [p.code for p in plugin.permissions], "任务": [j.kind for j in plugin.jobs],
             "指标": [m.name for m in plugin.measures], "数据": [d.name for d in plugin.datasets],
             "两人办理的事项": [k.name for k in plugin.approvals]}
    yield from (f"规则种类 {kind.name} 应为 {plugin.name} 或以 “{plugin.name}.” 开头" for kind in plugin.rule_kinds
                if kind.name != plugin.name and not kind.name.startswith(f"{plugin.name}."))
    for what, codes in owned.items():
        yield from (f"{what} {code} 应以 “{plugin.name}.” 开头" for code in codes if not code.startswith(f"{plugin.name}."))
    yield from (f"任务 {job.kind} 的 run 不是函数" for job in plugin.jobs if not callable(job.run))
    yield from (f"指标 {measure.name} 的 read 不是函数" for measure in plugin.measures if not callable(measure.read))
    yield from (f"菜单 {entry.endpoint} 的分组 {entry.group} 不存在{did_you_mean(entry.group, NAVIGATION_GROUPS)}"
                for entry in plugin.navigation if entry.group not in NAVIGATION_GROUPS)
    for folder in (plugin.migrations if plugin.package is None else None, plugin.translations, plugin.templates, plugin.report_formats):
        if folder is not None and not folder.is_dir():
            yield f"目录 {folder.name} 不存在"


def _hooks(plugin: Plugin) -> Iterator[str]:
    for name, (function, options) in hook_functions(plugin).items():
        if name not in RULES:
            yield f"没有名为 {name} 的钩子{did_you_mean(name, RULES)}"
        else:
            yield from _arguments(name, function)
        if options.get("specname"):
            yield f"钩子 {name} 用了 specname；请让函数名与钩子名相同"
        if options.get("wrapper") or options.get("hookwrapper"):
            yield f"钩子 {name} 是包装钩子（wrapper），不受支持"
        if options.get("tryfirst") or options.get("trylast"):
            yield f"钩子 {name} 用了 tryfirst 或 trylast；次序由 requires 决定"
        if getattr(function, "__defaults__", None) or getattr(function, "__kwdefaults__", None):
            yield f"钩子 {name} 的参数不能有默认值，否则收不到所传的值"


def _arguments(name: str, function: Any) -> Iterator[str]:
    spoken = list(inspect.signature(getattr(hookspecs, name)).parameters)
    for argument in inspect.signature(function).parameters:
        if argument not in spoken and argument != "self":
            yield f"钩子 {name} 没有参数 {argument}{did_you_mean(argument, spoken)}"


def _roles(plugin: Plugin, known: Iterable[str]) -> Iterator[str]:
    for permission in plugin.permissions:
        yield from (f"权限 {permission.code} 引用了未知的角色 {role}{did_you_mean(role, known)}"
                    for role in permission.roles if role not in known)


def _tables(plugin: Plugin) -> Iterator[str]:
    for table in plugin.tables:
        if table != plugin.name and not table.startswith(f"{plugin.name}_"):
            yield f"表 {table} 的名称应以 {plugin.name}_ 开头"
    if plugin.models and plugin.migrations is None:
        yield "插件有数据表，却没有迁移目录（migrations）"
    personal = {str(column.table) for column in personal_columns(Base.metadata)} & set(plugin.tables)
    members = {t for t in plugin.tables if "member_id" in Base.metadata.tables[t].columns}
    if personal | members:
        done = hook_functions(plugin)
        yield from (f"插件存有党员的数据，必须实现 {duty}" for duty in _DUTIES if duty not in done)
        if not plugin.personal_data:
            yield "插件存有党员的数据，必须在 personal_data 中说明用途"


def _settings(plugin: Plugin) -> Iterator[str]:
    if plugin.settings is not None:
        yield from (f"设置项 {name} 没有默认值（load_default）" for name, field in plugin.settings().fields.items()
                    if field.load_default is missing)


def _source(plugin: Plugin, known: Known) -> Iterator[str]:
    if (place := known.source) is None:
        return
    own = {"setting": {plugin.name} if plugin.settings is not None else set(), "measure": {m.name for m in plugin.measures},
           "term": set(plugin.terms), "permission": set(), "plugin": {plugin.name}}
    names = {what: {*known.names[what], *own[what]} for what in own}
    folder = plugin.templates or (place / "templates" if place.is_dir() else None)
    if folder is not None:
        files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        names["template"] = files | {f"{plugin.name}/{name}" for name in files if plugin.templates is not None}
    keys = dict(known.keys) | ({plugin.name: set(plugin.settings().fields)} if plugin.settings is not None else {})
    yield from source_faults(place, Names(plugin.name, names, keys))


#: What is looked at, kind by kind; the conformance kit tells the kinds apart.
FAULTS: Mapping[str, Callable[[Plugin, Known], Iterator[str]]] = {
    "names": lambda plugin, _known: _names(plugin), "hooks": lambda plugin, _known: _hooks(plugin),
    "roles": lambda plugin, known: _roles(plugin, known.roles), "pages": lambda plugin, known: page_faults(plugin, known.permissions),
    "tables": lambda plugin, _known: _tables(plugin), "settings": lambda plugin, _known: _settings(plugin), "source": _source,
}
