"""Finds what is wrong with the pages that a plugin declares, before any of them is mounted, and says what was probably meant."""
from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from marshmallow import Schema

from core.extension.declarations import Action, Form, Kind, Page, Table
from core.extension.manifest import Plugin
from core.extension.reach import reach_faults
from core.spelling import did_you_mean

_KINDS = typing.get_args(Kind)
_PATH = re.compile(r"<(?:\w+:)?(\w+)>")


def page_faults(plugin: Plugin, permissions: Iterable[str]) -> Iterator[str]:
    """All that is wrong with the plugin's declared pages and menu, as sentences."""
    every = set(permissions)
    for entry in plugin.navigation:
        if entry.permission not in every:
            yield f"菜单 {entry.endpoint} 引用了未知的权限 {entry.permission}{did_you_mean(entry.permission, every)}"
    if plugin.pages is None:
        return
    if plugin.pages.plugin != plugin.name:
        yield f"PluginPages({plugin.pages.plugin!r}) 应写插件自己的名字 {plugin.name}"
    for model in plugin.models:
        yield from reach_faults(model)
    items = plugin.pages.items
    for page in items:
        if any(other is not page and (other.name == page.name or other.rule == page.rule) for other in items[:items.index(page)]):
            yield f"页面 {page.name}（{page.rule}）与另一个重名或同一地址"
        yield from (f"页面 {page.name}{fault}" for fault in _faults(plugin, page, every))


def _faults(plugin: Plugin, page: Page, permissions: set[str]) -> Iterator[str]:
    if not page.rule.startswith("/"):
        yield f" 的地址 {page.rule!r} 应以 / 开头"
    for code in _permissions_of(page):
        if code not in permissions:
            yield f" 引用了未知的权限 {code}{did_you_mean(code, permissions)}"
    yield from _names(plugin, page)
    yield from _columns(page)
    yield from _row(plugin, page)
    yield from _parameters(page)
    if page.template and (known := templates_of(plugin)) is not None and page.template.removeprefix(f"{plugin.name}/") not in known:
        yield f" 的模板 templates/{page.template} 不存在{did_you_mean(page.template, known)}"


def templates_of(plugin: Plugin) -> set[str] | None:
    """Names of the files in the plugin's folder of templates; none where it has no such folder, None where nobody knows it."""
    if plugin.templates is None:
        return set() if plugin.package else None
    return {path.relative_to(plugin.templates).as_posix() for path in plugin.templates.rglob("*") if path.is_file()}


def _permissions_of(page: Page) -> list[str]:
    """The permissions that a page names: its own, its export's, and those of the fields of its form."""
    schema = page.schema if isinstance(page, Form) else page.filters if isinstance(page, Table) else None
    fields = [str(field.permission) for field in _fields(schema).values() if hasattr(field, "permission")]
    return list(dict.fromkeys([page.permission, *([page.export] if isinstance(page, Table) and page.export else []), *fields]))


def _fields(schema: type[Schema] | None) -> dict[str, Any]:
    return dict(schema().fields) if schema is not None else {}


def _names(plugin: Plugin, page: Page) -> Iterator[str]:
    known = plugin.pages.names() if plugin.pages is not None else {}
    then = page.then if isinstance(page, Form | Action) else ""
    for name in (*page.links, *([then] if then else [])):
        if name not in known:
            yield f" 提到的页面 {name} 不存在{did_you_mean(name, known)}"
    if then in known and (known[then].of_row or isinstance(known[then], Action)):
        yield f" 之后不能去 {then}：那里需要知道是哪一条，或只是一个按钮"
    if isinstance(page, Form | Action) and not then and all(one.of_row or isinstance(one, Form | Action) for one in known.values()):
        yield " 之后没有页面可去：请声明一个列表或页面"


def _columns(page: Page) -> Iterator[str]:
    if not isinstance(page, Table):
        return
    if not page.columns:
        yield " 没有列（columns）"
    for column in page.columns:
        if column.kind not in _KINDS:
            yield f" 的列 {column.key} 种类 {column.kind!r} 不存在{did_you_mean(column.kind, _KINDS)}"


def _row(plugin: Plugin, page: Page) -> Iterator[str]:
    row = page.row if isinstance(page, Form | Action) else None
    if row is not None and not page.of_row:
        yield f" 写了 row={row.__name__}，地址中却没有 <uuid:id>"
    if row is None and page.of_row and isinstance(page, Form | Action):
        yield " 的地址有 <uuid:id>，请写 row=模型，由系统取出这一条并核对查看范围"
    if row is not None and row not in plugin.models:
        yield f" 的 row={row.__name__} 不是本插件的模型"


def _parameters(page: Page) -> Iterator[str]:
    """Whether the function takes what it will be given, and asks for nothing else."""
    given = _PATH.findall(page.rule)
    skip = 0
    if isinstance(page, Form | Action) and page.of_row:
        given, skip = [name for name in given if name != "id"], 1
    given += _fields(page.schema) if isinstance(page, Form) else _fields(page.filters) if isinstance(page, Table) else ()
    taken, anything = _taken(page.function, skip)
    for name, needed in taken.items():
        if needed and name not in given:
            yield f" 的函数要参数 {name}，但没有这个值{did_you_mean(name, given)}"
    if not anything and (missing := [name for name in given if name not in taken]):
        yield f" 的函数没有接收 {'、'.join(missing)} 的参数"


def _taken(function: Callable[..., Any], skip: int) -> tuple[dict[str, bool], bool]:
    """The function's parameters after the first `skip`, and whether each must be given; whether it takes any other."""
    found = list(inspect.signature(function).parameters.values())
    anything = any(one.kind is one.VAR_KEYWORD for one in found)
    named = [one for one in found if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)][skip:]
    return {one.name: one.default is one.empty for one in named}, anything
