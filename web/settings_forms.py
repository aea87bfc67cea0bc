"""A form for any section of settings, made from its schema: one control a setting, lists without choices one a line."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import marshmallow as ma
from marshmallow import fields as mf, validate as mv
from werkzeug.datastructures import MultiDict

from core.extension.settings import Value
from core.i18n import _
from tenants.settings import SettingsView
from web.forms import FormField, form_fields, load_form

RESET, LOCK = "reset", "lock"  # names of the check boxes whose values are settings' names


@dataclass(frozen=True)
class SettingRow:
    """One setting on the form: its control, what holds without it, and what may be done with it."""

    field: FormField
    inherited: str
    own: bool
    barred: bool
    locked: bool


def rows(view: SettingsView, inherited: Mapping[str, Value], form: MultiDict[str, str] | None = None,
         errors: Mapping[str, list[str]] | None = None) -> list[SettingRow]:
    """The form's rows, filled with what holds here, or with a refused form."""
    schema = view.section.schema()
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
        found.append(SettingRow(replace(one, required=False), shown(field, inherited[one.name].value, one), one.name in view.own, barred,
                                one.name in chosen))
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


def shown(field: mf.Field[Any], value: Any, control: FormField) -> str:  # noqa: ARG001
    """A value in words."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    titles = dict(control.choices)
    many = value if isinstance(value, list | tuple) else [value]
    text = _("、").join(titles.get(str(v), str(v)) for v in many if v not in (None, ""))
    return (text if len(text) <= 60 else text[:60] + "…") or _("（未填）")


def _choices(schema: ma.Schema) -> dict[str, Any]:
    """Choices that a schema gives as a mapping, as pairs."""
    return {name: one.metadata["choices"].items() for name, one in schema.fields.items() if isinstance(one.metadata.get("choices"), Mapping)}


def _level(view: SettingsView) -> str:
    return "tenant" if view.organization_id is None else "organization"
