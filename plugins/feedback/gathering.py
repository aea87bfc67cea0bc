"""Gathers what a community has to tell about its members in a period, as one statement for many communities, read from indexes alone."""
from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import (
    CompoundSelect,
    Date,
    Integer,
    Select,
    Subquery,
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

from core.api import claim_rows, collect, member_places, place_rows, record_facts, report_in_rows, settings
from plugins.feedback.models import COUNTS
from plugins.feedback.periods import Period

Parts: TypeAlias = dict[tuple[uuid.UUID, uuid.UUID], dict[str, int]]
_ZERO = literal_column("0", Integer)


@dataclass(frozen=True, slots=True)
class Counting:
    """How a place counts activities, and the norm that its letters show; 0 shows none."""

    kinds: tuple[str, ...]
    same_day: bool
    norm: int


def counting(community_id: uuid.UUID, period: Period) -> Counting:
    """How a community counts."""
    service = settings("service", community_id)
    shown = period.whole_year and settings("feedback", community_id)["norm_shown"]
    return Counting(tuple(service["norm_kinds"]), service["norm_same_day"], int(service["activity_norm"]) if shown else 0)


def added(community_ids: Sequence[uuid.UUID], period: Period) -> tuple[list[dict[str, str]], Parts]:
    """What other plugins add: the columns as key and title, and the numbers of each community's members by key."""
    found = collect("member_year_parts", community_ids=tuple(community_ids), begins_on=period.begins_on, ends_on=period.ends_on)
    titles: dict[str, str] = {}
    values: Parts = {}
    for part in sorted(found, key=lambda one: one.order):
        titles.setdefault(part.key, str(part.title))
        for pair, number in part.values.items():
            values.setdefault(pair, {})[part.key] = number
    return [{"key": key, "title": title} for key, title in titles.items()], values


def lines(community_ids: Sequence[uuid.UUID], period: Period, how: Counting, parts: Parts) -> Select:
    """One row a member who has a unit: community_id, member_id, unit_id, name, sort_key, report_state, reported_on, the counts, parts."""
    tall, people, units = _tall(community_ids, period, how), member_places(), place_rows("unit")
    sums = [func.sum(tall.c[name]).cast(Integer).label(name) for name in COUNTS]
    one = (select(tall.c.community_id, tall.c.member_id, func.max(tall.c.rank).label("rank"), func.min(tall.c.reported_on).label("reported_on"), *sums)
           .group_by(tall.c.community_id, tall.c.member_id).subquery("one"))
    state = case((one.c.rank == 3, "confirmed"), (one.c.rank == 2, "submitted"), (one.c.rank == 1, "ended"), else_=null())
    return (select(one.c.community_id, one.c.member_id, people.c.unit_id, units.c.sort_key.label("unit_sort_key"), people.c.name, people.c.sort_key,
                   state.label("report_state"), one.c.reported_on, *(one.c[name] for name in COUNTS),
                   _extra(parts, one.c.community_id, one.c.member_id).label("parts"))
            .join(people, people.c.id == one.c.member_id).join(units, units.c.id == people.c.unit_id)
            .where(people.c.status != "erased"))


def _tall(community_ids: Sequence[uuid.UUID], period: Period, how: Counting) -> Subquery:
    """Report-ins, records and claims below each other in the same columns, each summed by member."""
    ids = cast(list(community_ids), ARRAY(Uuid))
    parts: CompoundSelect[Any] = union_all(_reported(ids, period), _served(ids, period, how), _claimed(ids, period))
    return parts.subquery("tall")


def _shaped(of: Any, ids: Any, found: Mapping[str, Any]) -> Select:
    empty = {"rank": _ZERO, "reported_on": cast(null(), Date), **dict.fromkeys(COUNTS, _ZERO)}
    return (select(of.c.community_id, of.c.member_id, *(found.get(name, nothing).label(name) for name, nothing in empty.items()))
            .where(of.c.community_id == func.any(ids)).group_by(of.c.community_id, of.c.member_id))


def _reported(ids: Any, period: Period) -> Select:
    """Report-ins that held in the period, or wait."""
    of = report_in_rows()
    rank = func.max(case((of.c.status == "confirmed", 3), (of.c.status == "submitted", 2), else_=1))
    current = and_(of.c.status.in_(("submitted", "confirmed")), of.c.reported_on <= period.ends_on)
    ended = and_(of.c.status == "ended", of.c.ended_on >= period.begins_on, of.c.reported_on <= period.ends_on)
    return _shaped(of, ids, {"rank": rank, "reported_on": func.min(of.c.reported_on)}).where(or_(current, ended))


def _served(ids: Any, period: Period, how: Counting) -> Select:
    of = record_facts()
    active = of.c.kind.in_(how.kinds) if how.kinds else literal(value=True)
    activities = func.count(of.c.happened_on.distinct() if how.same_day else of.c.member_id).filter(active)
    grades = {grade: func.count().filter(of.c.evaluation == grade, ~of.c.waived) for grade in ("satisfied", "fair", "dissatisfied")}
    return (_shaped(of, ids, {"records": func.count(), "activities": activities, "minutes": func.sum(of.c.minutes), **grades})
            .where(_within(of.c.happened_on, period)))


def _claimed(ids: Any, period: Period) -> Select:
    of = claim_rows()
    return (_shaped(of, ids, {"claims": func.count(), "claims_done": func.count().filter(of.c.state == "done")})
            .where(of.c.member_id.is_not(None), _within(of.c.claimed_on, period)))


def _within(day: Any, period: Period) -> Any:
    return day.between(period.begins_on, period.ends_on)


def _extra(parts: Parts, community_id: Any, member_id: Any) -> Any:
    """What other plugins add, looked up in one value: joined as rows it would be read through for each member where few rows are expected."""
    nothing = literal_column("'{}'::jsonb", JSONB)
    if not parts:
        return nothing
    known = literal({f"{place}:{one}": found for (place, one), found in parts.items()}, JSONB)
    return func.coalesce(known.op("->", return_type=JSONB())(func.concat(community_id, ":", member_id)), nothing)
