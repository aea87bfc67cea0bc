"""HTML forms out of marshmallow schemas, so that a field's rules are written once for the API and the page.

A field's metadata: title, help, widget (textarea, radio, select, checks, switch, password, file, hidden, search, tel),
choices (pairs value, title; or a function that returns them), autocomplete, inputmode, placeholder, accept, rows.
The form field says `load_only`/`required`/`validate` as usual; bounds come from Range, Length, OneOf, Regexp.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Protocol

import marshmallow as ma
from marshmallow import fields as mf, validate as mv

from core.errors import Invalid
from core.form_messages import translated
from core.i18n import LazyString, _

IGNORED = frozenset({"csrf_token", "confirmed", "next"})
EMPTY_LABELS: Mapping[str, str] = {}
_KINDS: tuple[tuple[type[mf.Field[Any]], str], ...] = (
    (mf.Boolean, "switch"),
    (mf.DateTime, "datetime-local"),
    (mf.Date, "date"),
    (mf.Time, "time"),
    (mf.Number, "number"),
    (mf.Email, "email"),
    (mf.Url, "url"),
    (mf.List, "checks"),
)


class FormData(Protocol):
    """What a werkzeug MultiDict offers and a form needs."""

    def getlist(self, key: str) -> list[str]:
        """All values of a name, in order."""

    def __iter__(self) -> Iterator[str]:
        """The names that were sent."""


@dataclass(frozen=True)
class FormField:
    """One field as the macro `form_field` shows it; `selected` holds the chosen values as text."""

    name: str
    kind: str
    label: str
    help: str = ""
    required: bool = False
    selected: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    errors: tuple[str, ...] = ()
    attributes: Mapping[str, object] = field(default_factory=dict)
    multiple: bool = False
    filter: bool = False

    @property
    def id(self) -> str:
        """The control's id, to which label, help and error point."""
        return f"field-{self.name}"

    @property
    def text(self) -> str:
        """The value as the text of an input."""
        return self.selected[0] if self.selected else ""

    @property
    def checked(self) -> bool:
        """Whether a switch is on."""
        return self.text == "true"


def form_fields(
    schema: ma.Schema,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    *,
    labels: Mapping[str, str | LazyString] = EMPTY_LABELS,
    choices: Mapping[str, Iterable[tuple[Any, str | LazyString]]] | None = None,
    only: Iterable[str] | None = None,
    as_filter: bool = False,
) -> list[FormField]:
    """The fields of `schema` in order, filled with `values` (Python values, or the refused request.form).

    `labels` overrides titles; `choices` gives the choices that depend on the request; `only` picks fields;
    `as_filter` makes the optional choice say 不限. Fields that are dump_only are left out.
    """
    wanted = set(only) if only is not None else None
    given: Mapping[str, Any] = values if values is not None else {}
    return [
        _form_field(name, one, given, errors or {}, labels.get(name), (choices or {}).get(name), as_filter=as_filter)
        for name, one in schema.fields.items()
        if not one.dump_only and (wanted is None or name in wanted)
    ]


def load_form(schema: ma.Schema, form: FormData) -> dict[str, Any]:
    """The validated data of a submitted form.

    An absent switch is False, an empty string None, a List field takes all its values. Raises
    `core.errors.Invalid` with Chinese messages per field; a field the schema does not know is refused.
    """
    raw: dict[str, Any] = {key: sent[-1] for key in form if key not in IGNORED and (sent := form.getlist(key))}
    for name, one in schema.fields.items():
        if one.dump_only:
            continue
        key = one.data_key or name
        raw.pop(key, None)
        value = _submitted(one, form.getlist(key))
        if value is not ma.missing:
            raw[key] = value
    try:
        return dict(schema.load(raw, unknown=ma.RAISE))
    except ma.ValidationError as error:
        raise Invalid(_("有内容需要改正，请看每一项下面的提示。"), _flat(error.messages)) from error


def _submitted(one: mf.Field[Any], sent: list[str]) -> Any:
    texts = [text.strip() if _kind(one) != "password" else text for text in sent]
    if isinstance(one, mf.List):
        return [text for text in texts if text]
    if isinstance(one, mf.Boolean):
        return bool(texts) and texts[-1] in {"true", "on", "1", "yes"}
    if not texts:
        return ma.missing
    if texts[-1]:
        return texts[-1]
    return ma.missing if one.required or not one.allow_none else None


def _flat(messages: Any) -> dict[str, list[str]]:
    """Messages by field; those of a list's elements are joined to the list's."""
    result: dict[str, list[str]] = {}
    for name, said in messages.items():
        texts = [text for part in said.values() for text in part] if isinstance(said, dict) else said
        result[str(name)] = list(dict.fromkeys(translated(text) for text in texts))
    return result


def _form_field(
    name: str,
    one: mf.Field[Any],
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
    label: str | LazyString | None,
    choices: Iterable[tuple[Any, str | LazyString]] | None,
    *,
    as_filter: bool,
) -> FormField:
    key = one.data_key or name
    options = _choices(one, choices)
    kind = _kind(one, has_choices=bool(options) or choices is not None)
    return FormField(
        name=key,
        kind=kind,
        label=str(label or one.metadata.get("title", name)),
        help=str(one.metadata.get("help", "")),
        required=one.required and kind != "switch",
        selected=_selected(one, key, name, values),
        choices=options,
        errors=tuple(errors.get(key, errors.get(name, []))),
        attributes=_attributes(one, kind),
        multiple=bool(one.metadata.get("multiple", False)),
        filter=as_filter,
    )


def _kind(one: mf.Field[Any], *, has_choices: bool = False) -> str:
    if widget := one.metadata.get("widget"):
        return str(widget)
    if isinstance(one, mf.List):
        return "checks"
    if has_choices or isinstance(one, mf.Enum):
        return "select"
    return next((kind for cls, kind in _KINDS if isinstance(one, cls)), "text")


def _choices(one: mf.Field[Any], given: Iterable[tuple[Any, str | LazyString]] | None) -> tuple[tuple[str, str], ...]:
    pairs = given if given is not None else one.metadata.get("choices")
    if pairs is None:
        pairs = _allowed(one.inner if isinstance(one, mf.List) else one)
    elif callable(pairs):
        pairs = pairs()
    return tuple((_text(value), str(title)) for value, title in pairs)


def _allowed(one: mf.Field[Any]) -> Iterable[tuple[Any, Any]]:
    for rule in one.validators:
        if isinstance(rule, mv.OneOf):
            return list(zip(rule.choices, rule.labels or rule.choices, strict=False))
    if isinstance(one, mf.Enum):
        return [(_enum_text(one, item), getattr(item, "title", item.name)) for item in one.enum]
    return []


def _selected(one: mf.Field[Any], key: str, name: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    if hasattr(values, "getlist"):
        sent = values.getlist(key)
        if isinstance(one, mf.Boolean):
            return ("true",) if sent and sent[-1] in {"true", "on", "1", "yes"} else ()
        return tuple(text for text in sent if text)
    value = values.get(name, values.get(key, one.load_default))
    if callable(value):
        value = value()
    if value is None or value is ma.missing:
        return ()
    many = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return tuple(_enum_text(one, item) if isinstance(one, mf.Enum) else _text(item) for item in many)


def _enum_text(one: mf.Enum[Any], item: Any) -> str:
    return _text(item.value if one.by_value else getattr(item, "name", item))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, time):
        return value.isoformat("auto" if value.second or value.microsecond else "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(getattr(value, "value", value))


def _attributes(one: mf.Field[Any], kind: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for rule in one.validators:
        if isinstance(rule, mv.Range) and kind in {"number", "date"}:
            found |= {"min": rule.min, "max": rule.max}
        elif isinstance(rule, mv.Length) and kind not in {"select", "radio", "checks", "switch"}:
            found |= {"minlength": rule.equal or rule.min, "maxlength": rule.equal or rule.max}
    if kind == "number":
        found["step"] = "1" if isinstance(one, mf.Integer) else "any"
        found["inputmode"] = "numeric" if isinstance(one, mf.Integer) else "decimal"
    names = ("autocomplete", "inputmode", "placeholder", "accept", "rows", "spellcheck")
    found |= {name: one.metadata[name] for name in names if name in one.metadata}
    return {name: _text(value) for name, value in found.items() if value is not None}

