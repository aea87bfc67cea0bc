"""The facts that a pack speaks of, one row for each fact and rule with its raw amount: what running sums go over."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    FromClause,
    Integer,
    Select,
    Subquery,
    Text,
    Uuid,
    case,
    cast,
    column,
    false,
    literal,
    null,
    select,
    true,
    union_all,
    values,
)

from core.api import deed_facts, record_facts
from plugins.points.amounts import FULL, Amount, amounts
from plugins.points.calendar import period_of, period_start
from plugins.points.excluded import not_excluded
from plugins.points.limits import VETO
from plugins.points.quantities import by_member, of_quantities, spans

ID = {"record": "record_id", "deed": "deed_id"}


def earning(document: Mapping[str, Any], facts: FromClause, source: str) -> Select | None:
    """Rows member_id, unit_id, source_id, happened_on, period, given, rule_key, raw, counted, percent; None when no rule speaks of the source."""
    found = amounts(document, facts, source)
    if source == "deed" and document["veto"]:
        found.append(Amount(VETO, facts.c.kind.in_(document["veto"]), literal(1, Integer), literal(1, Integer), literal(FULL, Integer)))
    if not found:
        return None
    day = facts.c.happened_on
    given = facts.c.minutes if source == "record" else facts.c.quantity
    own = [facts.c.member_id, facts.c.unit_id, facts.c[ID[source]].label("source_id"), day, period_start(day, document["period"]).label("period"),
           given.label("given")]
    if len(found) == 1 or _exclusive(document, source, found):
        return _choice(found, own)
    rows = values(column("rule_key", Text), column("raw", Integer), column("counted", Integer), column("percent", Integer), name="rule").data(
        [(literal(a.key, Text), case((a.applies, a.raw)), a.counted, a.percent) for a in found]).lateral()
    return (select(*own, rows.c.rule_key, rows.c.raw, rows.c.counted, rows.c.percent).select_from(facts.join(rows, true()))
            .where(rows.c.raw.is_not(None)))


def _exclusive(document: Mapping[str, Any], source: str, found: list[Amount]) -> bool:
    groups = {rule["alternative"] for rule in document["rules"] if rule["source"] == source}
    return len(groups) == 1 and "" not in groups and all(one.key != VETO for one in found)


def _choice(found: list[Amount], own: list[Any]) -> Select:
    """Of rules that exclude each other, one row a fact: a CASE costs less than a join with all of them."""
    def of(name: str) -> Any:
        return case(*((one.applies, getattr(one, name)) for one in found))

    key = case(*((one.applies, literal(one.key, Text)) for one in found))
    inner = select(*own, key.label("rule_key"), of("raw").label("raw"), of("counted").label("counted"), of("percent").label("percent"))
    rows = inner.subquery("chosen")
    return select(*rows.c).where(rows.c.rule_key.is_not(None))


def pool_of(document: Mapping[str, Any], days: tuple[dt.date, dt.date], *, barred: bool) -> Subquery:
    """All facts of these days, as `shares` wants them."""
    parts = []
    for source, facts in (("record", record_facts()), ("deed", deed_facts())):
        query = earning(document, facts, source)
        if query is not None:
            rows = query.subquery()
            one = select(rows.c.member_id, rows.c.source_id, rows.c.rule_key, rows.c.happened_on, rows.c.period, literal(0, Integer).label("version"),
                         false().label("new"), rows.c.raw).where(rows.c.happened_on.between(*days), rows.c.member_id.is_not(None))
            parts.append(one.where(not_excluded(rows.c.member_id, rows.c.happened_on)) if barred else one)
    for rule in of_quantities(document):
        for span in spans(rule["every"], *days):
            found, day = by_member(rule, document, span).subquery("span"), literal(span[1])
            one = select(found.c.member_id, cast(null(), Uuid), literal(rule["key"], Text), day, literal(period_of(span[1], document["period"])),
                         literal(0, Integer), false(), found.c.raw)
            parts.append(one.where(not_excluded(found.c.member_id, day)) if barred else one)
    return union_all(*parts).subquery("pool")
