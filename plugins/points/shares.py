"""The share of each fact in what the caps let through, by running sums chained level by level."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Integer, Subquery, and_, case, cast, func, literal, null, or_, select

from plugins.points.amounts import clamped
from plugins.points.calendar import LEVELS, level_key
from plugins.points.limits import VETO, Cap, Limits, limits

POOL = ("member_id", "source_id", "rule_key", "happened_on", "period", "version", "new", "raw")


def shares(pool: FromClause, versions: Sequence[Mapping[str, Any]]) -> FromClause:
    """`pool` (columns POOL, one row a fact and rule) with a column `x`: what the fact brings of its raw amount.

    `versions` are the documents that hold in the pool's time, from the earliest on; `version` is a row's place among them. A cap that
    a later version has changed holds for what happened under that version, and what was earned before stays. Facts that are `new`
    come last, so that those before them keep their share. Where a fact clears the period (VETO), nobody's share is left but minus
    the base, which stands with the clearing fact.
    """
    bounds = [limits(document) for document in versions]
    levels = [level for level in LEVELS if any(level in bound.levels for bound in bounds)]
    at = versions[-1]["period"]
    rows: Any = select(*(pool.c[name] for name in POOL), case((pool.c.rule_key == VETO, 0), else_=pool.c.raw).label("x"),
                       *(level_key(level, pool.c.happened_on, at).label(f"k_{level}") for level in levels)).subquery("level_0")
    for number, level in enumerate(levels):
        for kind in ("rules", "categories"):
            caps = [[cap for cap in getattr(bound, kind) if cap.level == level] for bound in bounds]
            if any(caps):
                rows = _level(rows, caps, levels[number:], len(versions) > 1)
    return _total(rows, bounds)


def _level(rows: FromClause, caps: list[list[Cap]], nested: list[str], several: bool) -> FromClause:
    """One level of caps. `nested`: this level and all coarser ones, so that levels nest even where weeks cross months."""
    period = [] if nested == ["ever"] else ["period"]
    group = ["member_id", *period, *(f"k_{level}" for level in nested)]
    if any(cap.times is not None for one in caps for cap in one):
        rows = _best(rows, caps, group)
    if not any(cap.points is not None for one in caps for cap in one):
        return rows
    if several:
        rows = _clamp(rows, caps, [*group, "version"])
    return _clamp(rows, caps, group)


def _best(rows: FromClause, caps: list[list[Cap]], group: list[str]) -> FromClause:
    """Only the best so many facts keep their amount; of equal ones, the earlier."""
    most = _of(rows, caps, "times")
    # Facts that bring nothing (withdrawn, or capped away) take no place.
    place = func.row_number().over(partition_by=[*(rows.c[name] for name in group), rows.c.rule_key, rows.c.x == 0],
                                   order_by=(func.abs(rows.c.x).desc(), rows.c.happened_on, rows.c.source_id))
    return _with(rows, case((or_(most.is_(None), place <= most), rows.c.x), else_=0))


def _clamp(rows: FromClause, caps: list[list[Cap]], group: list[str]) -> FromClause:
    most = _of(rows, caps, "points")
    run = _running(rows, [*(rows.c[name] for name in group), _owner(rows, caps)])
    return _with(rows, case((most.is_(None), rows.c.x), else_=clamped(run, most) - clamped(run - rows.c.x, most)))


def _total(rows: FromClause, bounds: Sequence[Limits]) -> FromClause:
    if any(bound.bounded for bound in bounds):
        run = _running(rows, [rows.c.member_id, rows.c.period])
        rows = _with(rows, bounded(run, rows, bounds) - bounded(run - rows.c.x, rows, bounds))
    if any(bound.veto for bound in bounds):
        cleared = func.sum(case((rows.c.rule_key == VETO, rows.c.raw), else_=0)).over(partition_by=[rows.c.member_id, rows.c.period]) > 0
        base = case(*((rows.c.version == v, literal(b.base, Integer)) for v, b in enumerate(bounds)), else_=0)
        first = and_(rows.c.rule_key == VETO, func.row_number().over(
            partition_by=[rows.c.member_id, rows.c.period, rows.c.rule_key, rows.c.raw > 0], order_by=rows.c.source_id) == 1, rows.c.raw > 0)
        rows = _with(rows, case((and_(cleared, first), -base), (cleared, 0), else_=rows.c.x))
    return rows.alias("shares") if not isinstance(rows, Subquery) else rows


def bounded(total: Any, rows: FromClause, bounds: Sequence[Limits]) -> Any:
    """The total between the period's floor and ceiling, both of which include the base."""
    found: list[Any] = []
    for version, bound in enumerate(bounds):
        value = total + bound.base
        if bound.ceiling is not None:
            value = func.least(value, bound.ceiling, type_=BigInteger)
        if bound.floor is not None:
            value = func.greatest(value, bound.floor, type_=BigInteger)
        found.append((rows.c.version == version, value - bound.base) if len(bounds) > 1 else value - bound.base)
    return case(*found, else_=total) if len(bounds) > 1 else found[0]


def _running(rows: FromClause, group: Sequence[ColumnElement[Any]]) -> Any:
    order = (rows.c.version, rows.c.new, rows.c.happened_on, rows.c.source_id, rows.c.rule_key)
    return func.sum(rows.c.x).over(partition_by=list(group), order_by=order, rows=(None, 0))


def _of(rows: FromClause, caps: list[list[Cap]], what: str) -> Any:
    """The cap's number for a row's rule, by version; null without one."""
    cases = [(and_(rows.c.version == version, rows.c.rule_key.in_(cap.keys)), literal(getattr(cap, what), Integer))
             for version, one in enumerate(caps) for cap in one if getattr(cap, what) is not None]
    return case(*cases, else_=cast(null(), Integer))


def _owner(rows: FromClause, caps: list[list[Cap]]) -> Any:
    """The rule, or the category that several rules have in common."""
    shared = {cap.keys for one in caps for cap in one if len(cap.keys) > 1}
    return case(*((rows.c.rule_key.in_(keys), literal(f"={min(keys)}")) for keys in sorted(shared)), else_=rows.c.rule_key) \
        if shared else rows.c.rule_key


def _with(rows: FromClause, x: Any) -> Subquery:
    return select(*(column for column in rows.c if column.name != "x"), cast(x, Integer).label("x")).subquery()
