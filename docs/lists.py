"""The lists of the reference that are read from the code: each function answers the lines of a Markdown table."""
from __future__ import annotations

import ast
import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from marshmallow import Schema, fields, missing, validate

from core import errors
from core.access.roles import ROLES, permissions
from core.extension import datasets, facts
from core.extension.checks import hook_functions
from core.extension.hookspecs import RULES
from core.extension.known import core_measures
from core.extension.registry import current
from core.extension.settings_registry import sections
from core.i18n import use_locale
from core.rules.documents import DeedKindSchema, PackDocumentSchema, SourceSchema
from core.rules.quantities import QuantitySchema
from core.rules.where import WhereSchema
from core.terms import TERMS
from web import testing
from web.cli.plugin import plugin as plugin_commands
from web.testing.kit.suite import CHECKS

FIXTURES = Path(testing.__file__).with_name("fixtures.py")


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """A Markdown table; what is empty is a dash."""
    head = list(heads)
    lines = [head, ["---"] * len(head), *([str(cell).replace("|", "\\|") or "—" for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def code(*names: str) -> str:
    """Names as code, one after another."""
    return ", ".join(f"`{name}`" for name in names)


def both(title: object) -> tuple[str, str]:
    """A title in Chinese and in English."""
    with use_locale("en"):
        english = str(title)
    return str(title), english


def role_list() -> list[str]:
    """Roles, where each can be granted and whom each may appoint."""
    return table(("role", "Chinese", "English", "granted over", "may grant"), (
        (code(r.code), *both(r.title), code(*sorted(r.kinds)), code(*(c for c in ROLES if c in r.grants))) for r in ROLES.values()))


def permission_list() -> list[str]:
    """Permissions of core and of the bundled plugins, and the roles that have each from the start."""
    return table(("permission", "Chinese", "English", "roles", "of"), (
        (code(p.code), *both(p.title), "all" if p.roles == ROLES.keys() else code(*(c for c in ROLES if c in p.roles)), p.plugin or "core")
        for p in permissions()))


def term_list() -> list[str]:
    """The words that a tenant may rename."""
    return table(("key", "Chinese", "English"), ((code(key), *words) for key, words in sorted(TERMS.items())))


def measure_list() -> list[str]:
    """The measures of core and of the bundled plugins."""
    return table(("measure", "Chinese", "English", "of"), (
        *((code(m.name), *both(m.title), "core") for m in core_measures().values()),
        *((code(m.name), *both(m.title), p.name) for p in current().plugins.values() for m in p.measures)))


def error_list() -> list[str]:
    """The errors that are raised on purpose, with the status that the web answers."""
    found = [c for c in vars(errors).values() if inspect.isclass(c) and issubclass(c, Exception) and c.__module__ == errors.__name__]
    return table(("error", "status", "meaning"), (
        (code(c.__name__), getattr(c, "status", "500"), (inspect.getdoc(c) or "").partition("\n")[0]) for c in found))


def hook_list() -> list[str]:
    """The hooks, each with the verb by which it is asked and the bundled plugins that use it."""
    users = {name: [p.name for p in current().plugins.values() if name in hook_functions(p)] for name in RULES}
    return table(("hook", "verb", "answers", "also asked while off", "used by"), (
        (f"[`{name}`](hooks.md#{name})", rule.verb, code(rule.item.__name__) if rule.item else "nothing",
         "yes, if it holds rows" if rule.holders else "no", ", ".join(users[name])) for name, rule in RULES.items()))


def fact_list(fact: type[Any]) -> list[str]:
    """The fields of what an event carries."""
    hints = typing.get_type_hints(fact)
    return table(("field", "type", "may be missing"), (
        (code(f.name), code(_type(hints[f.name])), "no" if f.default is dataclasses.MISSING else "yes")
        for f in dataclasses.fields(fact)))


def setting_list() -> list[str]:
    """The settings of core and of the bundled plugins."""
    return table(("section", *FIELD), ((code(s.namespace) + (" (county)" if s.local else ""), *row)
                                       for s in sections() for row in field_rows(s.schema)))


def schema_list(schema: type[Schema]) -> list[str]:
    """The fields of a document's part."""
    return table(FIELD, field_rows(schema))


def rule_kind_list() -> list[str]:
    """The documents of the bundled plugins' rule kinds, each with the parts that are its own."""
    lines: list[str] = []
    for kind in (kind for plugin in current().plugins.values() for kind in plugin.rule_kinds):
        for title, schema in (("", kind.schema), *((f", part `{path}`", part) for path, part in parts(kind.schema))):
            lines += ["", f"**{both(kind.title)[1]}** (`{kind.name}`){title}", "", *schema_list(schema)]
    return lines or ["No bundled plugin has a rule kind."]


def parts(schema: type[Schema], above: str = "") -> Iterator[tuple[str, type[Schema]]]:
    """The schemas nested in a document, but those of core, each with its path."""
    for name, field in schema().fields.items():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested) and not type(inner.schema).__module__.startswith("core."):
            yield f"{above}{name}", type(inner.schema)
            yield from parts(type(inner.schema), f"{above}{name}.")


FIELD = ("field", "type", "default", "bounds", "Chinese", "English")


def field_rows(schema: type[Schema]) -> Iterator[tuple[str, ...]]:
    """One row for each field of a schema."""
    for name, field in schema().fields.items():
        chinese, english = both(field.metadata.get("title", ""))
        explained = both(field.metadata.get("help", ""))[1]
        yield code(name), kind_of(field), _default(field), _bounds(field), chinese, f"{english}. {explained}" if explained else english


def kind_of(field: fields.Field) -> str:
    """A field's type in a word: integer, date, list of string, list of KindSchema."""
    if isinstance(field, fields.List):
        return f"list of {kind_of(field.inner)}"
    return type(field.schema).__name__ if isinstance(field, fields.Nested) else type(field).__name__.lower()


def _type(hint: object) -> str:
    return hint.__name__ if isinstance(hint, type) else str(hint).replace("uuid.", "").replace("datetime.", "")


def _default(field: fields.Field) -> str:
    if field.required or field.load_default is missing:
        return "required" if field.required else ""
    value = field.load_default() if callable(field.load_default) else field.load_default
    return code(str(value)) if isinstance(value, bool | int | str) and value != "" else ", ".join(map(str, value)) if isinstance(value, list) else ""


def _bounds(field: fields.Field) -> str:
    if isinstance(field, fields.List):
        return _bounds(field.inner)
    found = [f"{v.min}–{v.max}" if isinstance(v, validate.Range) else code(*filter(None, map(str, v.choices)))
             for v in field.validators if isinstance(v, (validate.Range, validate.OneOf))]
    return "; ".join(found)


def dataset_list() -> list[str]:
    """The datasets of core and of the bundled plugins, each with its columns and what a layout may call them."""
    lines: list[str] = []
    known = {**datasets._core, **{d.name: d for p in current().plugins.values() for d in p.datasets}}
    for one in known.values():
        chinese, english = both(one.title)
        lines += ["", f"**`{one.name}`** {chinese}, {english}. {both(one.description)[1]} Permission: `{one.permission}`.", ""]
        lines += table(("key", "Chinese", "English", "kind", "total", "masked"), (
            (code(c.key), *both(c.title), c.kind, "yes" if c.total else "", "yes" if c.masked else "") for c in one.columns))
    return lines


def check_list() -> list[str]:
    """The checks of the conformance kit, in the order in which they are run."""
    return table(("check", "why", "Chinese"), (
        (code(c.name), (inspect.getdoc(c.run) or "").partition("\n")[0], c.title) for c in sorted(CHECKS.values(), key=lambda c: c.staged)))


def fixture_list() -> list[str]:
    """The fixtures of a plugin's tests, read from the source: pytest need not be there."""
    found = ast.parse(FIXTURES.read_text(encoding="utf-8")).body
    mine = [n for n in found if isinstance(n, ast.FunctionDef) and any(ast.unparse(d) == "pytest.fixture" for d in n.decorator_list)]
    return table(("fixture", "what it is", "type"), (
        (code(n.name), (ast.get_docstring(n) or "").replace("\n", " "), code(ast.unparse(n.returns)) if n.returns else "") for n in mine))


def command_list() -> list[str]:
    """The commands for those who write plugins or run them."""
    return table(("command", "what it does"), (
        (code(f"baodao plugin {name}"), (command.help or "").partition("\n")[0]) for name, command in sorted(plugin_commands.commands.items())))


LISTS: dict[str, Callable[[], list[str]]] = {
    "roles": role_list, "permissions": permission_list, "terms": term_list, "measures": measure_list, "errors": error_list,
    "hooks": hook_list, "facts": partial(fact_list, facts.RecordFact), "deed_facts": partial(fact_list, facts.DeedFact), "settings": setting_list,
    "rule_kinds": rule_kind_list, "pack": partial(schema_list, PackDocumentSchema), "where": partial(schema_list, WhereSchema),
    "quantity": partial(schema_list, QuantitySchema), "source": partial(schema_list, SourceSchema),
    "deed_kind": partial(schema_list, DeedKindSchema), "datasets": dataset_list, "checks": check_list, "fixtures": fixture_list, "commands": command_list}
