"""Gathers what a community has to tell about its members in a period, as one statement for many communities, read from indexes alone."""
from __future__ import annotations

import json
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
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core.api import claim_rows, collect, member_places, place_rows, record_facts, report_in_rows, session, settings
from plugins.feedback.models import COUNTS
from plugins.feedback.periods import Period

People: TypeAlias = dict[uuid.UUID, tuple[uuid.UUID, ...]]
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


def member_ids(community_ids: Sequence[uuid.UUID], period: Period) -> People:
    """Everybody of whom there is something to tell, by community; a community without anybody is left out."""
    people = _people(community_ids, period)
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for row in session().execute(select(people.c.community_id, people.c.member_id).order_by(people.c.community_id, people.c.member_id)):
        found.setdefault(row.community_id, []).append(row.member_id)
    return {place: tuple(ids) for place, ids in found.items()}


def added(people: People, period: Period) -> tuple[list[dict[str, str]], Parts]:
    """What other plugins add: the columns as key and title, and each member's numbers by key."""
    titles: dict[str, str] = {}
    values: Parts = {}
    for place, ids in people.items():
        found = collect("member_year_parts", community_id=place, member_ids=ids, begins_on=period.begins_on, ends_on=period.ends_on)
        for part in sorted(found, key=lambda one: one.order):
            titles.setdefault(part.key, str(part.title))
            for member_id, number in part.values.items():
                values.setdefault((place, member_id), {})[part.key] = number
    return [{"key": key, "title": title} for key, title in titles.items()], values


def lines(community_ids: Sequence[uuid.UUID], period: Period, how: Counting, parts: Parts) -> Select[Any]:
    """One row a member who has a unit: community_id, member_id, unit_id, name, sort_key, report_state, reported_on, the counts, parts."""
    tall, people, units, extra = _tall(community_ids, period, how), member_places(), place_rows("unit"), _extra(parts)
    sums = [func.sum(tall.c[name]).cast(Integer).label(name) for name in COUNTS]
    one = (select(tall.c.community_id, tall.c.member_id, func.max(tall.c.rank).label("rank"), func.min(tall.c.reported_on).label("reported_on"), *sums)
           .group_by(tall.c.community_id, tall.c.member_id).subquery("one"))
    state = case((one.c.rank == 3, "confirmed"), (one.c.rank == 2, "submitted"), (one.c.rank == 1, "ended"), else_=null())
    return (select(one.c.community_id, one.c.member_id, people.c.unit_id, units.c.sort_key.label("unit_sort_key"), people.c.name, people.c.sort_key,
                   state.label("report_state"), one.c.reported_on, *(one.c[name] for name in COUNTS),
                   func.coalesce(extra.c.parts, literal_column("'{}'::jsonb", JSONB)).label("parts"))
            .join(people, people.c.id == one.c.member_id).join(units, units.c.id == people.c.unit_id)
            .outerjoin(extra, (extra.c.community_id == one.c.community_id) & (extra.c.member_id == one.c.member_id))
            .where(people.c.status != "erased"))


def _tall(community_ids: Sequence[uuid.UUID], period: Period, how: Counting) -> Subquery:
    """Report-ins, records and claims below each other in the same columns, each summed by member."""
    ids = cast(list(community_ids), ARRAY(Uuid))
    parts: CompoundSelect[Any] = union_all(_reported(ids, period), _served(ids, period, how), _claimed(ids, period))
    return parts.subquery("tall")


def _people(community_ids: Sequence[uuid.UUID], period: Period) -> Subquery:
    """The same without a number, so that nothing is summed twice."""
    ids, reports, records, claims = cast(list(community_ids), ARRAY(Uuid)), report_in_rows(), record_facts(), claim_rows()
    pairs = [select(of.c.community_id, of.c.member_id).where(of.c.community_id == func.any(ids)) for of in (reports, records, claims)]
    return union(pairs[0].where(_told(reports, period)), pairs[1].where(_within(records.c.happened_on, period)),
                 pairs[2].where(claims.c.member_id.is_not(None), _within(claims.c.claimed_on, period))).subquery("people")


def _shaped(of: Any, ids: Any, found: Mapping[str, Any]) -> Select[Any]:
    empty = {"rank": _ZERO, "reported_on": cast(null(), Date), **dict.fromkeys(COUNTS, _ZERO)}
    return (select(of.c.community_id, of.c.member_id, *(found.get(name, nothing).label(name) for name, nothing in empty.items()))
            .where(of.c.community_id == func.any(ids)).group_by(of.c.community_id, of.c.member_id))


def _reported(ids: Any, period: Period) -> Select[Any]:
    of = report_in_rows()
    rank = func.max(case((of.c.status == "confirmed", 3), (of.c.status == "submitted", 2), else_=1))
    return _shaped(of, ids, {"rank": rank, "reported_on": func.min(of.c.reported_on)}).where(_told(of, period))


def _told(reports: Any, period: Period) -> Any:
    """Report-ins that held in the period, or wait."""
    current = and_(reports.c.status.in_(("submitted", "confirmed")), reports.c.reported_on <= period.ends_on)
    ended = and_(reports.c.status == "ended", reports.c.ended_on >= period.begins_on, reports.c.reported_on <= period.ends_on)
    return or_(current, ended)


def _served(ids: Any, period: Period, how: Counting) -> Select[Any]:
    of = record_facts()
    active = of.c.kind.in_(how.kinds) if how.kinds else literal(value=True)
    activities = func.count(of.c.happened_on.distinct() if how.same_day else of.c.member_id).filter(active)
    grades = {grade: func.count().filter(of.c.evaluation == grade, ~of.c.waived) for grade in ("satisfied", "fair", "dissatisfied")}
    return (_shaped(of, ids, {"records": func.count(), "activities": activities, "minutes": func.sum(of.c.minutes), **grades})
            .where(_within(of.c.happened_on, period)))


def _claimed(ids: Any, period: Period) -> Select[Any]:
    of = claim_rows()
    return (_shaped(of, ids, {"claims": func.count(), "claims_done": func.count().filter(of.c.state == "done")})
            .where(of.c.member_id.is_not(None), _within(of.c.claimed_on, period)))


def _within(day: Any, period: Period) -> Any:
    return day.between(period.begins_on, period.ends_on)


def _extra(parts: Parts) -> Any:
    places, people, texts = [place for place, _one in parts], [one for _place, one in parts], [json.dumps(dict(one)) for one in parts.values()]
    unnested = (func.unnest(cast(places, ARRAY(Uuid)), cast(people, ARRAY(Uuid)), cast(texts, ARRAY(Text)))
                .table_valued("community_id", "member_id", "parts").render_derived(name="unnested"))
    return select(cast(unnested.c.community_id, Uuid).label("community_id"), cast(unnested.c.member_id, Uuid).label("member_id"),
                  cast(unnested.c.parts, JSONB).label("parts")).subquery("extra")
