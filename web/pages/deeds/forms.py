"""The form of a deed, for the member's phone and for the officer's desk."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from core.db import new_id
from core.i18n import _l
from core.rules.deeds import DeedInput
from core.tenancy import today
from web.forms import FormField, form_fields


class DeedForm(Schema):
    """What happened, when, how much, and how it is known. `deed_id` is given when the form is opened."""

    deed_id = fields.UUID(required=True, metadata={"widget": "hidden"})
    kind = fields.String(required=True, metadata={"title": _l("什么事项"), "widget": "radio"})
    level = fields.String(load_default=None, allow_none=True, metadata={"title": _l("级别"), "help": _l("这类事项分级别时选择"), "widget": "select"})
    quantity = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000), metadata={"title": _l("数量"), "help": _l("一般是 1 次")})
    happened_on = fields.Date(required=True, metadata={"title": _l("哪一天")})
    evidence = fields.String(required=True, validate=validate.Length(2, 300), metadata={
        "title": _l("依据"), "help": _l("写明文件、证书或见证人，不用上传照片"), "widget": "textarea", "rows": 3})


def deed_fields(kinds: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any] | None = None,
                errors: Mapping[str, list[str]] | None = None) -> list[FormField]:
    """The form's fields, with the kinds to choose from and all their levels."""
    levels = list(dict.fromkeys(level for kind in kinds.values() for level in kind["levels"]))
    given = values if values is not None else {"deed_id": new_id(), "happened_on": today(), "quantity": 1,
                                               "kind": next(iter(kinds)) if len(kinds) == 1 else None}
    found = form_fields(DeedForm(), given, errors, choices={"kind": [(key, _title(kind)) for key, kind in kinds.items()],
                                                            "level": [(level, level) for level in levels]})
    return [f for f in found if levels or f.name != "level"]


def _title(kind: Mapping[str, Any]) -> str:
    return str(kind["title"]) if kind["counted_in"] == "次" else f"{kind['title']}（{kind['counted_in']}）"


def given(data: Mapping[str, Any]) -> DeedInput:
    """The loaded form as the service takes it."""
    return DeedInput(data["kind"], data["happened_on"], data["evidence"], data["level"], data["quantity"])
