"""Rules over what was done in a whole month, quarter or year, such as "norm met: 10 points": reckoned at its end (R82)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Integer, Select, Uuid, and_, case, cast, false, func, literal, null, select

from core.api import deed_facts, measure_values, quantity, record_facts, visible_members
from plugins.points.amounts import clamped, rounded
from plugins.points.calendar import MONTHS
from plugins.points.fields import hundredths

Span = tuple[dt.date, dt.date]


def spans(every: str, since: dt.date, until: dt.date) -> Iterator[Span]:
    """The whole months, quarters, half-years or years that end between two days, both included."""
    size = MONTHS[every]
    start = (since.year * 12 + since.month - 1) // size * size
    while True:
        first, following = _day(start), _day(start + size)
        last = following - dt.timedelta(days=1)
        if last > until:
            return
        yield first, last
        start += size


def _day(months: int) -> dt.date:
    return dt.date(months // 12, months % 12 + 1, 1)


def of_quantities(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rules that are reckoned over a span."""
    return [rule for rule in document["rules"] if rule["source"] == "quantity"]


def by_member(rule: Mapping[str, Any], document: Mapping[str, Any], span: Span) -> Select:
    """Columns member_id, quantity and raw of everybody whom the rule brings something; days of the span included."""
    base: Any = _quantities(rule["quantity"], span).subquery("quantities")
    if rule["below"] is not None and not rule["at_least"]:  # those who have done nothing are meant too
        people = visible_members(("",))
        base = select(people.c.id.label("member_id"), func.coalesce(base.c.quantity, 0).label("quantity")).select_from(people).outerjoin(
            base, base.c.member_id == people.c.id).subquery("everybody")
    rows = select(base.c.member_id, cast(base.c.quantity, Integer).label("quantity"),
                  _raw(rule, document, cast(base.c.quantity, Integer)).label("raw")).subquery("reckoned")
    return select(*rows.c).where(rows.c.raw != 0)


def _quantities(spec: Mapping[str, Any], span: Span) -> Select:
    if spec["of"] == "measure":
        found = measure_values(spec["measure"])
        if found is None:  # its plugin is off: nobody has any of it
            return select(cast(null(), Uuid).label("member_id"), literal(0).label("quantity")).where(false())
        member_id, value = found.subquery("measured").c
        return select(member_id.label("member_id"), value.label("quantity"))
    facts = deed_facts() if spec["of"].startswith("deed") else record_facts()
    return select(facts.c.member_id, quantity(spec, facts).label("quantity")).where(
        facts.c.happened_on.between(*span), facts.c.member_id.is_not(None)).group_by(facts.c.member_id)


def _raw(rule: Mapping[str, Any], document: Mapping[str, Any], amount: Any) -> Any:
    fits = [amount >= rule["at_least"]] if rule["at_least"] is not None else []
    fits += [amount < rule["below"]] if rule["below"] is not None else []
    price = hundredths(rule["points"])
    if rule["brackets"]:
        steps = sorted(rule["brackets"], key=lambda b: -b["at_least"])
        raw: Any = case(*((amount >= b["at_least"], hundredths(b["points"])) for b in steps), else_=0)
    elif rule["per"] == "time":
        raw = literal(price, Integer)
    elif rule["per"] == "hour":
        raw = rounded(amount * price, 60, document)
    else:
        raw = amount // rule["unit_size"] * price
    if rule["event_cap"] is not None:
        raw = clamped(raw, hundredths(rule["event_cap"]))
    return cast(case((and_(*fits), raw), else_=0) if fits else raw, Integer)
