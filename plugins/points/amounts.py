"""What one fact brings by one rule, as an SQL expression in whole hundredths of a point: the same for an event and for a million records."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Integer, and_, case, cast, false, func, literal, not_, or_, true

from core.api import matches
from plugins.points.fields import hundredths

FULL = 100  # per cent
_HOUR = 60


@dataclass(frozen=True, slots=True)
class Amount:
    """One rule on one kind of facts: whether it applies, and then the points, what of the fact was counted (minutes, times, quantity), the per cent."""

    key: str
    applies: ColumnElement[bool]
    raw: ColumnElement[int]
    counted: ColumnElement[int]
    percent: ColumnElement[int]


def amounts(document: Mapping[str, Any], facts: FromClause, source: str) -> list[Amount]:
    """The rules of a source ("record" or "deed") in the document's order; of alternatives, the first that fits keeps out the others."""
    found: list[Amount] = []
    earlier: dict[str, list[ColumnElement[bool]]] = {}
    for rule in document["rules"]:
        if rule["source"] != source:
            continue
        fits = _fits(rule, facts)
        group = earlier.setdefault(rule["alternative"] or f"={rule['key']}", [])
        found.append(_amount(rule, document, facts, and_(fits, not_(or_(*group))) if group else fits))
        group.append(fits)
    return found


def _fits(rule: Mapping[str, Any], facts: FromClause) -> ColumnElement[bool]:
    if rule["source"] == "record":
        return matches(rule["where"], facts)
    parts = [facts.c.kind.in_(rule["deed_kinds"]) if rule["deed_kinds"] else false()]
    return and_(true(), *parts, *([facts.c.level.in_(rule["deed_levels"])] if rule["deed_levels"] else []))


def _amount(rule: Mapping[str, Any], document: Mapping[str, Any], facts: FromClause, applies: ColumnElement[bool]) -> Amount:
    counted = _counted(rule, facts)
    percent = _percent(rule, facts)
    price = _price(rule, facts)
    top = price if percent is None else cast(price, BigInteger) * percent
    bottom = 1 if percent is None else FULL
    fixed = bool(rule["brackets"])
    if not fixed:
        top = top * counted
        bottom *= _HOUR if rule["per"] == "hour" else 1
    raw = rounded(top, bottom, document)
    if rule["event_cap"] is not None:
        raw = clamped(raw, hundredths(rule["event_cap"]))
    told = counted * rule["unit_size"] if rule["per"] == "unit" and not fixed else counted
    return Amount(rule["key"], applies, cast(raw, Integer), cast(told, Integer), literal(FULL) if percent is None else percent)


def _measured(facts: FromClause) -> Any:
    return facts.c.minutes if "minutes" in facts.c else facts.c.quantity


def _counted(rule: Mapping[str, Any], facts: FromClause) -> Any:
    """Minutes, times or parts of the fact that bring points."""
    measured = _measured(facts)
    if rule["per"] == "time" or (rule["per"] == "hour" and "minutes" not in facts.c):
        return literal(1, Integer)
    if rule["per"] == "unit":
        return measured if rule["unit_size"] == 1 else measured // rule["unit_size"]
    step, cap = rule["step_minutes"], rule["hours_cap"]
    stepped = measured if step == 1 else stepwise(measured, step, rule["step_rounding"]) * step
    return stepped if cap is None else func.least(stepped, hundredths(cap) * _HOUR // 100, type_=Integer)


def _price(rule: Mapping[str, Any], facts: FromClause) -> Any:
    """Hundredths for each hour, time or part; or for all, where a bracket says so."""
    own = literal(hundredths(rule["points"]), Integer)
    if rule["brackets"]:
        steps = sorted(rule["brackets"], key=lambda bracket: -bracket["at_least"])
        return case(*((_measured(facts) >= b["at_least"], literal(hundredths(b["points"]), Integer)) for b in steps), else_=0)
    rows = [(_row_fits(row, facts), literal(hundredths(row["points"]), Integer)) for row in rule["table"]]
    return case(*rows, else_=own) if rows else own


def _row_fits(row: Mapping[str, Any], facts: FromClause) -> ColumnElement[bool]:
    parts = [facts.c[name] == row[name] for name in ("level", "evaluation") if row[name] and name in facts.c]
    known = all(name in facts.c for name in ("level", "evaluation") if row[name])
    return and_(true(), *parts) if known else false()


def _percent(rule: Mapping[str, Any], facts: FromClause) -> Any | None:
    if not rule["multipliers"] or "minutes" not in facts.c:
        return None
    return case(*((matches(m["where"], facts), literal(m["percent"], Integer)) for m in rule["multipliers"]), else_=FULL)


def rounded(top: Any, bottom: int, document: Mapping[str, Any]) -> Any:
    """So many hundredths: top / bottom, cut to the pack's decimals by its rounding; towards 0 where it is cut off."""
    unit = 10 ** (2 - document["decimals"])
    if bottom * unit == 1:
        return top
    parts = stepwise(top, bottom * unit, document["rounding"])
    return parts * unit if unit > 1 else parts


def stepwise(value: Any, size: int, rounding: str) -> Any:
    """How many times `size` goes into a whole number. Points taken off are rounded as points given are."""
    if rounding == "down":
        return value // size
    if rounding == "nearest":
        return _signed(value, size // 2, size)
    return _signed(value, size - 1, size)


def _signed(value: Any, more: int, size: int) -> Any:
    return case((value < 0, value - more), else_=value + more) // size


def clamped(value: Any, most: Any) -> Any:
    """Not beyond `most`, up or down."""
    return func.greatest(func.least(value, most, type_=BigInteger), -most, type_=BigInteger)
