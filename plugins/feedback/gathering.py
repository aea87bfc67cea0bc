"""Gathers what a community has to tell about its members in a period, as one statement for all its members, read from indexes alone."""
from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Date,
    FromClause,
    Integer,
    Select,
    Subquery,
    Text,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core.api import claim_rows, collect, member_places, place_rows, record_facts, report_in_rows, session, settings
from plugins.feedback.models import COUNTS
from plugins.feedback.periods import Period

_ZERO = literal_column("0", Integer)


def member_ids(community_id: uuid.UUID, period: Period) -> tuple[uuid.UUID, ...]:
    """Everybody of whom there is something to tell."""
    people = _tall(community_id, period)
    return tuple(session().scalars(select(people.c.member_id).distinct().order_by(people.c.member_id)))


def added(community_id: uuid.UUID, people: tuple[uuid.UUID, ...], period: Period) -> tuple[list[dict[str, str]], dict[uuid.UUID, dict[str, int]]]:
    """What other plugins add: the columns as key and title, and each member's numbers by key."""
    titles: list[dict[str, str]] = []
    values: dict[uuid.UUID, dict[str, int]] = {}
    found = collect("member_year_parts", community_id=community_id, member_ids=people, begins_on=period.begins_on, ends_on=period.ends_on)
    for part in sorted(found, key=lambda one: one.order):
        titles.append({"key": part.key, "title": str(part.title)})
        for member_id, number in part.values.items():
            values.setdefault(member_id, {})[part.key] = number
    return titles, values


def lines(community_id: uuid.UUID, period: Period, parts: Mapping[uuid.UUID, Mapping[str, int]]) -> Select[Any]:
    """One row a member who has a unit: member_id, unit_id, name, sort_key, report_state, reported_on, the counts, parts."""
    tall, people, units, extra = _tall(community_id, period), member_places(), place_rows("unit"), _extra(parts)
    sums = [func.sum(tall.c[name]).cast(Integer).label(name) for name in COUNTS]
    one = (select(tall.c.member_id, func.max(tall.c.rank).label("rank"), func.min(tall.c.reported_on).label("reported_on"), *sums)
           .group_by(tall.c.member_id).subquery("one"))
    state = case((one.c.rank == 3, "confirmed"), (one.c.rank == 2, "submitted"), (one.c.rank == 1, "ended"), else_=null())
    return (select(one.c.member_id, people.c.unit_id, units.c.sort_key.label("unit_sort_key"), people.c.name, people.c.sort_key,
                   state.label("report_state"), one.c.reported_on, *(one.c[name] for name in COUNTS),
                   func.coalesce(extra.c.parts, literal_column("'{}'::jsonb", JSONB)).label("parts"))
            .join(people, people.c.id == one.c.member_id).join(units, units.c.id == people.c.unit_id)
            .outerjoin(extra, extra.c.member_id == one.c.member_id).where(people.c.status != "erased"))


def _tall(community_id: uuid.UUID, period: Period) -> Subquery:
    """Report-ins, records and claims below each other in the same columns, each summed by member."""
    parts: CompoundSelect[Any] = union_all(_reported(community_id, period), _served(community_id, period), _claimed(community_id, period))
    return parts.subquery("tall")


def _shaped(member: Any, source: FromClause, found: Mapping[str, Any]) -> Select[Any]:
    empty = {"rank": _ZERO, "reported_on": cast(null(), Date), **dict.fromkeys(COUNTS, _ZERO)}
    return select(member.label("member_id"), *(found.get(name, nothing).label(name) for name, nothing in empty.items())).select_from(source)


def _reported(community_id: uuid.UUID, period: Period) -> Select[Any]:
    of = report_in_rows()
    rank = func.max(case((of.c.status == "confirmed", 3), (of.c.status == "submitted", 2), else_=1))
    current = and_(of.c.status.in_(("submitted", "confirmed")), of.c.reported_on <= period.ends_on)
    ended = and_(of.c.status == "ended", of.c.ended_on >= period.begins_on, of.c.reported_on <= period.ends_on)
    return (_shaped(of.c.member_id, of, {"rank": rank, "reported_on": func.min(of.c.reported_on)})
            .where(of.c.community_id == community_id, or_(current, ended)).group_by(of.c.member_id))


def _served(community_id: uuid.UUID, period: Period) -> Select[Any]:
    of, values = record_facts(), settings("service", community_id)
    kinds = values["norm_kinds"]
    active = of.c.kind.in_(kinds) if kinds else literal(value=True)
    activities = func.count(of.c.happened_on.distinct() if values["norm_same_day"] else of.c.member_id).filter(active)
    grades = {grade: func.count().filter(of.c.evaluation == grade) for grade in ("satisfied", "fair", "dissatisfied")}
    return (_shaped(of.c.member_id, of, {"records": func.count(), "activities": activities, "minutes": func.sum(of.c.minutes), **grades})
            .where(of.c.community_id == community_id, _within(of.c.happened_on, period)).group_by(of.c.member_id))


def _claimed(community_id: uuid.UUID, period: Period) -> Select[Any]:
    of = claim_rows()
    return (_shaped(of.c.member_id, of, {"claims": func.count(), "claims_done": func.count().filter(of.c.state == "done")})
            .where(of.c.community_id == community_id, of.c.member_id.is_not(None), _within(of.c.claimed_on, period)).group_by(of.c.member_id))


def _within(day: Any, period: Period) -> Any:
    return day.between(period.begins_on, period.ends_on)


def _extra(parts: Mapping[uuid.UUID, Mapping[str, int]]) -> Any:
    ids, texts = list(parts), [json.dumps(dict(one)) for one in parts.values()]
    unnested = func.unnest(cast(ids, ARRAY(Uuid)), cast(texts, ARRAY(Text))).table_valued("member_id", "parts").render_derived(name="unnested")
    return select(cast(unnested.c.member_id, Uuid).label("member_id"), cast(unnested.c.parts, JSONB).label("parts")).subquery("extra")
