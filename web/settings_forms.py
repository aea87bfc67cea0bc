"""A form for any section of settings, made from its schema: one control a setting, lists without choices one a line."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import marshmallow as ma
from marshmallow import fields as mf, validate as mv
from werkzeug.datastructures import MultiDict

from core.extension.settings import Level, Value, levels
from core.i18n import _, _l
from tenants.changes import lockers
from tenants.directory import display_names
from tenants.settings import SettingsView
from tenants.wording import bounds, value_words
from web.forms import FormField, form_fields, load_form
from web.rendering import date_zh

LEVELS = {"default": _l("系统默认"), "operator": _l("平台"), "tenant": _l("全市"), "organization": _l("区县")}
RESET, LOCK = "reset", "lock"  # names of the check boxes whose values are settings' names


@dataclass(frozen=True)
class SettingRow:
    """One setting on the form: its control, what holds without it and by which levels above, and what may be done with it.

    `chain` has (level, value) of each level above that says something, the lowest last; `held_by` tells who has locked it.
    """

    field: FormField
    inherited: str
    chain: list[tuple[str, str]]
    own: bool
    barred: bool
    locked: bool
    held_by: str


def rows(view: SettingsView, inherited: Mapping[str, Value], form: MultiDict[str, str] | None = None,
         errors: Mapping[str, list[str]] | None = None) -> list[SettingRow]:
    """The form's rows, filled with what holds here, or with a refused form."""
    schema, held = view.section.schema(), _held(view)
    above = [level for level in levels(view.section.namespace, view.organization_id) if level.name != _level(view)]
    given: Any = form if form is not None else {name: found.value for name, found in view.values.items()}
    found = []
    for one in form_fields(schema, given, errors or {}, choices=_choices(schema)):
        field = schema.fields[one.name]
        if is_lines(field):
            values = given.getlist(one.name) if form is not None else given[one.name] or ()
            one = replace(one, kind="textarea", selected=("\n".join(map(str, values)),),  # noqa: PLW2901
                          attributes={"rows": min(12, max(3, len(values) + 1))})
        barred = view.values[one.name].locked_by not in (None, _level(view))
        chosen = form.getlist(LOCK) if form is not None else view.locked
        one = replace(one, required=False, help=_help(one.help, bounds(field)))  # noqa: PLW2901
        found.append(SettingRow(one, value_words(inherited[one.name].value, field), _chain(one.name, field, above), one.name in view.own,
                                barred, one.name in chosen, held.get(one.name, "")))
    return found


def submitted(view: SettingsView, form: MultiDict[str, str]) -> tuple[dict[str, Any], set[str]]:
    """The values that the level is to lay down, as JSON, and the names it locks. Raises Invalid."""
    schema = view.section.schema()
    barred = {name for name, found in view.values.items() if found.locked_by not in (None, _level(view))}
    sent: MultiDict[str, str] = MultiDict()
    for name, field in schema.fields.items():
        if name in form or isinstance(field, mf.Boolean | mf.List):
            sent.setlist(name, spread(field, form.getlist(name)))
    values = schema.dump(load_form(schema, sent))
    left_out = barred | set(form.getlist(RESET)) | (schema.fields.keys() - sent.keys())
    return {n: v for n, v in values.items() if n not in left_out}, set(form.getlist(LOCK)) & schema.fields.keys()


def as_sent(view: SettingsView, form: MultiDict[str, str]) -> MultiDict[str, str]:
    """A refused form with its lines spread out, to be shown again."""
    again = MultiDict(form)
    for name, field in view.section.schema().fields.items():
        again.setlist(name, spread(field, form.getlist(name)))
    return again


def is_lines(field: mf.Field[Any]) -> bool:
    """Whether a setting is a list of free texts."""
    return isinstance(field, mf.List) and "choices" not in field.metadata and not any(
        isinstance(rule, mv.OneOf) for rule in field.inner.validators)


def spread(field: mf.Field[Any], texts: list[str]) -> list[str]:
    """The lines of a text area as values."""
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()] if is_lines(field) else texts


def _help(*sentences: str) -> str:
    """The schema's help and the bounds, each as a sentence of its own."""
    return _("。").join(s.rstrip("。.") for s in sentences if s)


def _chain(name: str, field: mf.Field[Any], above: list[Level]) -> list[tuple[str, str]]:
    default = field.load_default() if callable(field.load_default) else field.load_default
    found = [(str(LEVELS["default"]), value_words(default, field))]
    return found + [(str(LEVELS[level.name]), value_words(level.values[name], field)) for level in above if name in level.values]


def _held(view: SettingsView) -> dict[str, str]:
    """Who has locked what, in words; asked for only where something is locked."""
    by = {name: found.locked_by for name, found in view.values.items() if found.locked_by is not None}
    if not by:
        return {}
    changes = lockers(view.section.namespace) if "tenant" in by.values() else {}
    names = display_names(change.by for change in changes.values())
    found = {}
    for name, level in by.items():
        change = changes.get(name)
        who = names.get(change.by) if change is not None else None
        found[name] = (_("平台统一规定，市（州）和区县都不能改") if level == "operator" else
                       _("由%(who)s于 %(day)s 锁定", who=who or _("平台运营人员"), day=date_zh(change.at)) if change is not None else
                       _("由市（州）锁定"))
    return found


def _choices(schema: ma.Schema) -> dict[str, Any]:
    """Choices that a schema gives as a mapping, as pairs."""
    return {name: one.metadata["choices"].items() for name, one in schema.fields.items() if isinstance(one.metadata.get("choices"), Mapping)}


def _level(view: SettingsView) -> str:
    return "tenant" if view.organization_id is None else "organization"
