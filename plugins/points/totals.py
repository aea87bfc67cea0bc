"""What a pack brings everybody in a past time, in one statement of nested GROUP BYs: hash aggregates, no sorts (R82)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Integer, Select, Subquery, case, cast, func, literal, select, union_all

from core.api import deed_facts, record_facts
from plugins.points.amounts import amounts, clamped
from plugins.points.calendar import level_key, period_of, period_start
from plugins.points.excluded import not_excluded
from plugins.points.limits import Limits, limits
from plugins.points.pool import pool_of
from plugins.points.quantities import by_member, of_quantities, spans
from plugins.points.shares import bounded, shares


@dataclass(frozen=True, slots=True)
class Window:
    """The days that are looked at, both included; `barred`: what was done while excluded does not count."""

    since: dt.date
    until: dt.date
    barred: bool = False


@dataclass(frozen=True, slots=True)
class _Shape:
    """The columns of the rules: r_<n> by key, and those of categories that have caps: c_<n> with the keys of their rules."""

    bound: Limits
    rules: dict[str, str]
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict)


def totals(document: Mapping[str, Any], window: Window) -> Subquery:
    """Columns member_id, period, points (hundredths, without the base) and one for each rule of `rule_columns`, before the total's bounds."""
    bound = limits(document)
    shape = _Shape(bound, rule_columns(document), {f"c_{n}": keys for n, keys in enumerate(dict.fromkeys(c.keys for c in bound.categories))})
    if bound.ranked:
        return _by_fact(document, shape, window)
    parts = [*_summed(document, shape, window), *_spanned(document, shape, window)]
    rows: Any = parts[0] if len(parts) == 1 else _together(parts)
    for number, level in enumerate(bound.levels):
        rows = _capped(rows, shape, level, bound.levels[number + 1:])
    return _finished(rows, shape, document)


def rule_columns(document: Mapping[str, Any]) -> dict[str, str]:
    """The column of each rule by its key."""
    return {rule["key"]: f"r_{number}" for number, rule in enumerate(document["rules"])}


def _summed(document: Mapping[str, Any], shape: _Shape, window: Window) -> Iterator[Select]:
    """The first sums, over the facts themselves: one for records, one for deeds where rules ask for them."""
    for source, facts in (("record", record_facts()), ("deed", deed_facts())):
        found = {shape.rules[one.key]: case((one.applies, one.raw)) for one in amounts(document, facts, source)}
        if source == "deed" and document["veto"]:
            found["veto"] = case((facts.c.kind.in_(document["veto"]), 1), else_=0)
        if not found and (source == "deed" or any(rule["source"] == "deed" for rule in document["rules"])):
            continue
        day, period = facts.c.happened_on, document["period"]
        one_period = period_of(window.since, period) == period_of(window.until, period)
        start = literal(period_of(window.since, period)) if one_period else period_start(day, period)
        keys = [level_key(level, day, period).label(f"k_{level}") for level in shape.bound.levels if level != "ever"]
        values = [func.sum(found[name]).label(name) if name in found else literal(0).label(name) for name in (*shape.rules.values(), "veto")]
        grouped = [facts.c.member_id, *([] if one_period else [start]), *keys]
        query = select(facts.c.member_id, start.label("period"), *keys, *values).where(day.between(window.since, window.until))
        if source == "deed":
            query = query.where(facts.c.member_id.is_not(None))
        if window.barred:
            query = query.where(not_excluded(facts.c.member_id, day))
        yield query.group_by(*(column.element if hasattr(column, "element") else column for column in grouped))


def _spanned(document: Mapping[str, Any], shape: _Shape, window: Window) -> Iterator[Select]:
    """The rules over whole months, quarters, years: each counts on the last day of its span."""
    for rule in of_quantities(document):
        for span in spans(rule["every"], window.since, window.until):
            rows, day = by_member(rule, document, span).subquery("span"), literal(span[1])
            keys = [level_key(level, day, document["period"]).label(f"k_{level}") for level in shape.bound.levels if level != "ever"]
            query = select(rows.c.member_id, literal(period_of(span[1], document["period"])).label("period"), *keys,
                           *((rows.c.raw if name == shape.rules[rule["key"]] else literal(0)).label(name) for name in (*shape.rules.values(), "veto")))
            yield query.where(not_excluded(rows.c.member_id, day)) if window.barred else query


def _together(parts: Sequence[Select]) -> Select:
    both = union_all(*parts).subquery("both")
    kept = [column for column in both.c if column.name in ("member_id", "period") or column.name.startswith("k_")]
    return select(*kept, *(cast(func.sum(c), Integer).label(c.name) for c in both.c if c not in kept)).group_by(*kept)


def _capped(query: Select, shape: _Shape, level: str, coarser: Sequence[str]) -> Select:
    """The caps of one level, and the sums for the next coarser one."""
    rows = query.subquery()
    kept = [rows.c.member_id, rows.c.period, *(rows.c[f"k_{name}"] for name in coarser if name != "ever")]
    caps = {key: cap.points for cap in shape.bound.rules if cap.level == level for key in cap.keys}
    values: dict[str, Any] = {name: _bound(func.coalesce(rows.c[name], 0), caps.get(key)) for key, name in shape.rules.items()}
    groups = {cap.keys: cap.points for cap in shape.bound.categories if cap.level == level}
    for name, keys in shape.categories.items():
        if name in rows.c:
            values[name] = _bound(rows.c[name], groups.get(keys))
        elif keys in groups:
            values[name] = _bound(sum((values[shape.rules[key]] for key in keys if key in shape.rules), literal(0, Integer)), groups[keys])
    values["veto"] = func.coalesce(rows.c.veto, 0)
    return select(*kept, *(func.sum(cast(value, Integer)).label(name) for name, value in values.items())).group_by(*kept)


def _bound(value: Any, most: int | None) -> Any:
    return value if most is None else clamped(value, most)


def _finished(query: Select, shape: _Shape, document: Mapping[str, Any]) -> Subquery:
    rows = query.subquery()
    within = {key for keys in shape.categories.values() for key in keys}
    parts = [rows.c[name] for name in shape.categories] + [rows.c[name] for key, name in shape.rules.items() if key not in within]
    total: Any = sum((func.coalesce(part, 0) for part in parts), literal(0, Integer))
    if shape.bound.bounded:
        total = bounded(total, rows, [shape.bound])
    if shape.bound.veto:
        total = case((rows.c.veto > 0, -shape.bound.base), else_=total)
    return select(rows.c.member_id, rows.c.period, cast(total, Integer).label("points"),
                  *(rows.c[name] for name in rule_columns(document).values())).subquery("totals")


def _by_fact(document: Mapping[str, Any], shape: _Shape, window: Window) -> Subquery:
    """The same by running sums, for packs in which only the best so many facts count."""
    rows = shares(pool_of(document, (window.since, window.until), barred=window.barred), [document])
    mine = [func.sum(case((rows.c.rule_key == key, rows.c.x), else_=0)).label(name) for key, name in shape.rules.items()]
    return select(rows.c.member_id, rows.c.period, cast(func.sum(rows.c.x), Integer).label("points"), *mine).group_by(
        rows.c.member_id, rows.c.period).subquery("totals")
