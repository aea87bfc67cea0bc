"""Points as a field of documents and forms: a number with at most two decimals, counted by the ledger in whole hundredths."""
from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate

from core.api import _, _l

MOST = 10_000
PERIODS = {"day": _l("每天"), "week": _l("每周"), "month": _l("每月"), "quarter": _l("每季度"), "half_year": _l("每半年"), "year": _l("每年"),
           "ever": _l("历年合计")}
ROUNDINGS = {"down": _l("舍去"), "nearest": _l("四舍五入"), "up": _l("进一")}


class PointsField(fields.Decimal):
    """A number of points; kept in JSON and TOML as 2 or 0.5."""

    def __init__(self, low: int = -MOST, high: int = MOST, **more: Any) -> None:
        super().__init__(validate=validate.Range(low, high), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        number = super()._deserialize(str(value) if isinstance(value, float) else value, attr, data, **more)
        if not number.is_finite() or number != round(number, 2):
            raise ValidationError(_("最多两位小数"))
        return number

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> Any:  # noqa: ARG002 - marshmallow calls it so
        if value is None:
            return None
        number = Decimal(str(value))
        return int(number) if number == number.to_integral_value() else float(number)


def hundredths(value: Any) -> int:
    """A document's points as the ledger counts them: 1.5 is 150. None is 0."""
    return int((Decimal(str(value or 0)) * 100).to_integral_value())


def shown(value: int) -> str:
    """Hundredths as people write them: 150 is 1.5, 200 is 2."""
    return f"{Decimal(value) / 100:f}".rstrip("0").rstrip(".") if value % 100 else str(value // 100)


def number(value: int) -> int | float:
    """Hundredths as JSON's number of points."""
    return value / 100 if value % 100 else value // 100


def required(title: Any, help_text: Any = "", **more: Any) -> PointsField:
    """Points that have to be given."""
    return PointsField(required=True, metadata={"title": title, "help": help_text}, **more)


def optional(title: Any, help_text: Any = "", *, low: int = 0) -> PointsField:
    """Points that may be left out."""
    return PointsField(low, load_default=None, allow_none=True, metadata={"title": title, "help": help_text})


def whole(title: Any, low: int, high: int, default: int | None = None, help_text: Any = "") -> fields.Integer:
    """A whole number that may be left out."""
    return fields.Integer(load_default=default, allow_none=default is None, validate=validate.Range(low, high),
                          metadata={"title": title, "help": help_text})


def choice(title: Any, choices: Mapping[str, Any], default: str, help_text: Any = "") -> fields.String:
    """One of several."""
    return fields.String(load_default=default, validate=validate.OneOf(list(choices)),
                         metadata={"title": title, "choices": choices, "help": help_text})


def words(title: Any, longest: int, default: str | None = "", help_text: Any = "") -> fields.String:
    """A short text; without a default it has to be given."""
    if default is None:
        return fields.String(required=True, validate=validate.Length(1, longest), metadata={"title": title, "help": help_text})
    return fields.String(load_default=default, validate=validate.Length(max=longest), metadata={"title": title, "help": help_text})


def lines(title: Any, longest: int, help_text: Any = "", **more: Any) -> fields.List:
    """Several short texts, one a line."""
    return fields.List(fields.String(validate=validate.Length(1, longest)), load_default=list, validate=validate.Length(max=60),
                       metadata={"title": title, "help": help_text, **more})
