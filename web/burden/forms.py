"""Finds the forms behind the routes: which role can be asked to fill in what, read from the views' own code and schemas.

A form is a route that takes a POST. Its fields are those of the marshmallow schemas that the view, and the functions of its own package
that it calls, name; and the names that they read from the request by hand. Searching, exporting and printing are nobody's duty and are
left out.
"""
from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Flask
from marshmallow import Schema, fields as mf, missing

from core.access.roles import role_permissions
from core.extension.registry import current
from core.i18n import LazyString, _l
from web.routing import API_PREFIX, access_of

DEPTH = 3
OWN_LOGIN = "account.self"  # everybody's own password and devices: no duty of anybody's
READERS = frozenset({"said", "whole"})  # how plugins call what reads one value of a form
#: What is sent along without being written: tokens, versions, the thing that the page is about, what only leads on.
CARRIED = frozenset({"csrf_token", "version", "confirmed", "next", "step", "ticket", "seen", "sure", "after", "to", "act", "given", "answer_id", "form",
                     "reset", "for_other", "for_others", "parts", "one", "into", "from", "of_member"})
_ASIDE = re.compile(r"search|export|find|print|filter|file|slip|preview|look|copy|recount|verify_chain|retry|logins?_")
#: How fields are called that are read by hand; nothing says whether they must be filled in, so all count as if they had to be.
BY_HAND: dict[str, LazyString] = {"reason": _l("理由"), "answer": _l("答复"), "note": _l("备注"), "text": _l("说明"), "comment": _l("意见"), "rating": _l("评价"),
                                  "title": _l("名称"), "minutes": _l("时长（分钟）"), "says": _l("反映的内容"), "code": _l("号码"), "why": _l("用途"),
                                  "category": _l("类别"), "place": _l("地点"), "description": _l("说明"), "summary": _l("摘要"), "times": _l("时间"),
                                  "decision": _l("决定"), "recipient_group": _l("群体"), "name": _l("姓名"), "phone": _l("电话"), "address": _l("住址"),
                                  "community": _l("社区")}


@dataclass(frozen=True, slots=True)
class FieldFact:
    """One field: `written` is typed or chosen freely by whoever fills it in, not ticked or picked from a few; `photo` asks for a file."""

    name: str
    title: str | LazyString  # in the reader's language, since the forms are read once a process
    required: bool = False
    written: bool = False
    photo: bool = False


@dataclass(frozen=True, slots=True)
class FormFact:
    """A form, who may be asked to fill it in (a permission's code), and the plugin to which it belongs ("" is core)."""

    endpoint: str
    permission: str
    plugin: str
    fields: tuple[FieldFact, ...]

    @property
    def required(self) -> tuple[FieldFact, ...]:
        """What must be filled in."""
        return tuple(one for one in self.fields if one.required)


def forms(app: Flask) -> tuple[FormFact, ...]:
    """Every form of the installation, whatever is switched on; read once for each process."""
    known: tuple[FormFact, ...] | None = app.extensions.get("burden_forms")
    if known is None:
        known = app.extensions["burden_forms"] = tuple(_found(app))
    return known


def forms_of(app: Flask, role: str, plugins: frozenset[str]) -> list[FormFact]:
    """What may be put before a role while these plugins are on; forms with nothing to fill in are buttons and left out."""
    held = role_permissions(role)
    return [form for form in forms(app) if form.permission in held and (not form.plugin or form.plugin in plugins) and form.fields]


def _found(app: Flask) -> Iterator[FormFact]:
    names = set(current().plugins)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint):
        access = access_of(app, rule.endpoint) if rule.endpoint in app.view_functions and not rule.endpoint.endswith("static") else None
        area, _dot, name = rule.endpoint.partition(".")
        if access is None or access.permission in (None, OWN_LOGIN) or "POST" not in (rule.methods or ()) or rule.rule.startswith(API_PREFIX) or _ASIDE.search(name):
            continue
        yield FormFact(rule.endpoint, str(access.permission), area if area in names else "", fields_of(app.view_functions[rule.endpoint]))


def fields_of(view: Callable[..., Any]) -> tuple[FieldFact, ...]:
    """The fields that a view asks for, each name once; one that any of its schemas demands counts as demanded. Those without a title are
    carried along by the page and asked of nobody.
    """
    schemas, names = _asked(view)
    found: dict[str, FieldFact] = {}
    for schema in schemas:
        for name, one in schema().fields.items():
            if not one.dump_only and one.metadata.get("title") and name not in CARRIED and (name not in found or one.required):
                found[name] = _fact(name, one)
    for name in names - found.keys() - CARRIED:
        if name in BY_HAND:
            found[name] = FieldFact(name, BY_HAND[name], required=True, written=name not in {"rating", "category", "channel", "community"})
    return tuple(found.values())


def _fact(name: str, one: mf.Field[Any]) -> FieldFact:
    widget = str(one.metadata.get("widget", ""))
    picked = isinstance(one, (mf.Boolean, mf.Enum)) or "choices" in one.metadata or widget in {"radio", "select", "hidden"}
    return FieldFact(name, one.metadata.get("title", name), required=one.required and one.load_default is missing, written=not picked,
                     photo=widget == "file" and "image" in str(one.metadata.get("accept", "image")))


def _asked(view: Callable[..., Any]) -> tuple[list[type[Schema]], set[str]]:
    """Schemas and names read by hand, from the view inwards."""
    schemas: dict[type[Schema], None] = {}
    names: set[str] = set()
    waiting, seen = [(one, 0) for one in _inner(view)], set()
    while waiting:
        function, depth = waiting.pop()
        if function in seen or depth > DEPTH:
            continue
        seen.add(function)
        names |= _read_by_hand(function)
        home = function.__module__.split(".")
        for found in _named(function):
            if isinstance(found, type) and issubclass(found, Schema) and found is not Schema:
                schemas[found] = None
            elif inspect.isfunction(found) and found.__module__.split(".")[:2] == home[:2] and "pages" in found.__module__ and not _renders(found):
                waiting.append((found, depth + 1))
    return list(schemas), names


def _renders(function: Any) -> bool:
    """Whether a function shows a page: what it names is shown, not asked for."""
    return any("render_template" in code.co_names for code in _codes(function.__code__))


def _inner(view: Callable[..., Any]) -> list[Any]:
    """The functions behind a route; for a form that a plugin declares, its schema's own."""
    plain = inspect.unwrap(view)
    found: list[Callable[..., Any]] = [plain] if inspect.isfunction(plain) else []
    for cell in getattr(plain, "__closure__", None) or ():
        held = cell.cell_contents
        declared = getattr(getattr(held, "__self__", None), "_form", None)
        if declared is not None and getattr(declared, "schema", None) is not None:
            found.append(_holder(declared.schema))
        elif inspect.isfunction(held):
            found.append(held)
    return found


@cache
def _holder(schema: type[Schema]) -> Callable[[], type[Schema]]:
    """A function that names the schema, as a view written by hand would."""
    def holds() -> type[Schema]:
        return schema
    return holds


def _codes(code: Any) -> Iterator[Any]:
    """A function's code and that of all functions within it."""
    yield code
    for inner in code.co_consts:
        if inspect.iscode(inner):
            yield from _codes(inner)


def _named(function: Any) -> list[Any]:
    """What the function's code names: globals, what it takes out of modules beside it, and what it closes over."""
    names = sorted({name for code in _codes(function.__code__) for name in code.co_names})
    found = [function.__globals__[name] for name in names if name in function.__globals__]
    beside = [one for one in found if inspect.ismodule(one) and one.__name__.split(".")[:2] == function.__module__.split(".")[:2]]
    found += [getattr(module, name) for module in beside for name in names if hasattr(module, name)]
    return found + [cell.cell_contents for cell in function.__closure__ or ()]


@cache
def _read_by_hand(function: Any) -> set[str]:
    """Names in request.form.get("x"), request.form["x"], said("x") and the like, as far as they stand in the source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return set()
    return {key.value for key in map(_key, ast.walk(tree)) if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def _key(node: ast.AST) -> ast.AST | None:
    """The name that a piece of code reads from a form, as written there."""
    if isinstance(node, ast.Subscript):
        return node.slice if _is_form(node.value) else None
    if not isinstance(node, ast.Call) or not node.args:
        return None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    reads = isinstance(node.func, ast.Attribute) and _is_form(node.func.value)
    return node.args[0] if reads or name in READERS else None


def _is_form(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "form"
