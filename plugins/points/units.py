"""What a unit has: the score that a pack makes of its members' points, and the points of its own deeds."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Numeric, Row, Select, cast, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from core.api import DeedFact, audit, deed_fact, new_id, now, session, tenant_id, unit_members
from plugins.points import holding, ledger
from plugins.points.calendar import period_of
from plugins.points.fields import hundredths
from plugins.points.models import PointsAccount, PointsEntry
from plugins.points.pool import earning
from plugins.points.wording import kept, rule_words

_EARNED = ("earned", "base", "corrected")


def earn(deed: DeedFact) -> None:
    """Enter what a unit's own deed brings, once, and not after its withdrawal; the caps of periods are members' matters."""
    if ledger.gone(deed.deed_id):
        return
    held = holding.held_by(deed.unit_id, deed.happened_on)
    found = earning(held.document, deed_fact(deed), "deed") if held else None
    if held is None or found is None:
        return
    for row in session().execute(found).all():
        rule = next((r for r in held.document["rules"] if r["key"] == row.rule_key), None)
        if rule is not None:
            _enter(deed, "earned", row.raw, row.rule_key, rule_words(rule, kept), minutes=row.counted, period=row.period,
                   pack_id=held.pack_id)


def reverse(deed: DeedFact) -> None:
    """Take back what a unit's withdrawn deed had brought; an entry of 0 points stands for what had brought nothing yet."""
    of = PointsEntry
    rows = session().execute(select(of.points, of.rule_key, of.rule, of.minutes, of.period, of.pack_id).where(
        of.tenant_id == tenant_id(), of.source_id == deed.deed_id, of.kind == "earned")).all()
    for row in rows:
        _enter(deed, "reversed", -row.points, row.rule_key, row.rule, minutes=row.minutes, period=row.period, pack_id=row.pack_id)
    if not rows and not ledger.gone(deed.deed_id):
        held = holding.held_by(deed.unit_id, deed.happened_on) or holding.plain()
        _enter(deed, "reversed", 0, "", ledger.WITHDRAWN["deed"], minutes=0, period=period_of(deed.happened_on, held.document["period"]), pack_id=None)


def _enter(deed: DeedFact, kind: str, points: int, rule_key: str, rule: str, **columns: Any) -> None:
    written = session().execute(insert(PointsEntry).values(
        tenant_id=tenant_id(), id=new_id(), unit_id=deed.unit_id, kind=kind, contra="earned", points=points, raw=points, source="deed",
        happened_on=deed.happened_on, source_id=deed.deed_id, given=deed.quantity, percent=100, rule_key=rule_key,
        rule=rule, at=now(), **columns).on_conflict_do_nothing().returning(PointsEntry.id)).scalar_one_or_none()
    if written is None:
        return
    session().execute(insert(PointsAccount).values(tenant_id=tenant_id(), id=new_id(), unit_id=deed.unit_id, balance=points)
                      .on_conflict_do_update(index_elements=["tenant_id", "unit_id"], set_={"balance": PointsAccount.balance + points}))
    audit(f"points.{kind}", "deed", deed.deed_id, {"points": points})


def scores(document: Mapping[str, Any], period: dt.date, paths: Sequence[str]) -> Select:
    """The units below `paths` by name: id, name, sort_key, members, serving, own, points (hundredths)."""
    spec = document["unit"]
    people = unit_members(paths)
    earned = (select(PointsEntry.member_id, func.sum(PointsEntry.points).label("points")).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.period == period, PointsEntry.member_id.is_not(None),
        PointsEntry.contra.in_(_EARNED)).group_by(PointsEntry.member_id).subquery("earned"))
    own = (select(PointsEntry.unit_id, func.sum(PointsEntry.points).label("points")).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.period == period, PointsEntry.unit_id.is_not(None))
        .group_by(PointsEntry.unit_id).subquery("own"))
    count, serving = func.count(), func.count().filter(earned.c.points > 0)
    total = func.coalesce(func.sum(earned.c.points), 0)
    made = {"sum": total, "average": total / func.nullif(count, 0), "average_serving": total / func.nullif(serving, 0),
            "none": literal(0)}[spec["method"]]
    score = func.coalesce(cast(func.round(cast(made, Numeric)), BigInteger), 0) + hundredths(spec["base"]) \
        + cast(func.round(cast(serving, Numeric) * hundredths(spec["coverage"]) / func.nullif(count, 0)), BigInteger) \
        + func.coalesce(func.max(own.c.points), 0)
    if spec["ceiling"] is not None:
        score = func.least(score, hundredths(spec["ceiling"]))
    return (select(people.c.unit_id.label("id"), people.c.unit_name.label("name"), people.c.unit_sort_key.label("sort_key"), count.label("members"),
                   serving.label("serving"), func.coalesce(func.max(own.c.points), 0).label("own"), score.label("points"))
            .select_from(people).outerjoin(earned, earned.c.member_id == people.c.member_id).outerjoin(own, own.c.unit_id == people.c.unit_id)
            .group_by(people.c.unit_id, people.c.unit_name, people.c.unit_sort_key))


def listed(paths: Sequence[str], day: dt.date, after: tuple[str, uuid.UUID] | None = None, limit: int | None = 51) -> Sequence[Row]:
    """A page of units by name with their scores in the period around a day."""
    held = holding.for_tenant(day)
    rows = scores(held.document, period_of(day, held.document["period"]), paths).subquery("scores")
    query = select(rows).order_by(rows.c.sort_key, rows.c.id).limit(limit)
    if after is not None:
        query = query.where(tuple_(rows.c.sort_key, rows.c.id) > after)
    return session().execute(query).all()


def place_of(unit_id: uuid.UUID, paths: Sequence[str]) -> tuple[str, uuid.UUID] | None:
    """Where a unit stands in the list; None when it is out of reach."""
    people = unit_members(paths)
    key = session().scalar(select(people.c.unit_sort_key).where(people.c.unit_id == unit_id).limit(1))
    return None if key is None else (key, unit_id)
