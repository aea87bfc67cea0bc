"""Counts what the overview shows, for some communities or units at once: a fixed number of statements whatever their number.

What was done (records, evaluations) counts where it was done; members count where they live (R3), or in their unit.
"""
from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Date, cast, func, select

from core.extension.dataset import DataReach
from core.extension.dispatch import collect
from core.extension.figures import FigureRequest, Side
from core.members.models import Member
from core.overview import norms
from core.overview.periods import MONTHS, NOW, starting
from core.registration.coverage import has_reported
from core.registration.models import ReportIn
from core.service.models import ServiceRecord
from core.tenancy import session
from core.tenancy.scope import tenant_id

#: By organization, kind of period and first day: numbers by key.
Cells: TypeAlias = dict[tuple[uuid.UUID, str, dt.date], dict[str, int]]
LEAF: Mapping[str, str] = {"place": "community", "unit": "unit"}


def count(side: Side, places: Sequence[tuple[uuid.UUID, str]], since: dt.date, until: dt.date) -> Cells:
    """The figures of each of `places` (id and path of a community, or of a unit without what stands below it).

    `since` and `until` begin and end a year, so that each period between is whole.
    """
    cells: Cells = defaultdict(dict)
    ids = [identity for identity, _path in places]
    _members(cells, side, ids)
    _report_ins(cells, side, ids, since, until)
    _records(cells, side, ids, since, until)
    _served(cells, side, ids, since, until)
    _plugins(cells, FigureRequest(side, tuple(DataReach(identity, LEAF[side], path) for identity, path in places), since, until))
    return cells


def month_of(day: Any) -> Any:
    """The first day of a day's month, in SQL."""
    return cast(func.date_trunc("month", day), Date)


def first_day(kind: str, day: Any) -> Any:
    """The first day of a day's period, in SQL."""
    if kind == "half":
        return func.make_date(cast(func.date_part("year", day), norms.Number), 1 + 6 * cast(func.date_part("month", day) > 6, norms.Number), 1)
    return cast(func.date_trunc(kind, day), Date)


def add(cells: Cells, place: uuid.UUID, month: dt.date | None, key: str, number: int) -> None:
    """Add a month's number to the month, quarter, half-year and year, or to what holds now."""
    for kind, day in [("now", NOW)] if month is None else [(kind, starting(kind, month).since) for kind in MONTHS]:
        figures = cells[place, kind, day]
        figures[key] = figures.get(key, 0) + number


def _owner(side: Side) -> Any:
    return Member.residence_id if side == "place" else Member.unit_id


def _members(cells: Cells, side: Side, ids: list[uuid.UUID]) -> None:
    for place, expected, there in session().execute(select(_owner(side), func.count(Member.id), func.count(Member.id).filter(has_reported())).where(
            Member.tenant_id == tenant_id(), Member.status == "active", _owner(side).in_(ids)).group_by(_owner(side))):
        add(cells, place, None, "expected", expected)
        add(cells, place, None, "reported", there)


def _report_ins(cells: Cells, side: Side, ids: list[uuid.UUID], since: dt.date, until: dt.date) -> None:
    place: Any = ReportIn.community_id if side == "place" else ReportIn.unit_id
    month = month_of(ReportIn.reported_on)
    for where, day, number in session().execute(select(place, month, func.count()).where(
            ReportIn.tenant_id == tenant_id(), ReportIn.status == "confirmed", place.in_(ids),
            ReportIn.reported_on.between(since, until)).group_by(place, month)):
        add(cells, where, day, "report_ins", number)


def _records(cells: Cells, side: Side, ids: list[uuid.UUID], since: dt.date, until: dt.date) -> None:
    place: Any = ServiceRecord.community_id if side == "place" else ServiceRecord.unit_id
    month = month_of(ServiceRecord.happened_on)
    keys = ("records", "minutes", "satisfied", "fair", "dissatisfied")
    rated = (func.count().filter(ServiceRecord.rating == rating, ~ServiceRecord.waived) for rating in keys[2:])
    for where, day, *numbers in session().execute(select(place, month, func.count(), func.sum(ServiceRecord.minutes), *rated).where(
            _counted(since, until), place.in_(ids)).group_by(place, month)):
        for key, number in zip(keys, numbers, strict=True):
            add(cells, where, day, key, int(number))


def _counted(since: dt.date, until: dt.date) -> Any:
    return (ServiceRecord.tenant_id == tenant_id()) & (ServiceRecord.status == "counted") & ServiceRecord.happened_on.between(since, until)


def _served(cells: Cells, side: Side, ids: list[uuid.UUID], since: dt.date, until: dt.date) -> None:
    """Who served at all in each period, and who reached the norm of the year (R31); nobody counts twice."""
    mine = (Member.tenant_id == ServiceRecord.tenant_id) & (Member.id == ServiceRecord.member_id)
    for kind in MONTHS:
        first = first_day(kind, ServiceRecord.happened_on)
        for place, day, number in session().execute(select(_owner(side), first, func.count(Member.id.distinct())).select_from(ServiceRecord)
                .join(Member, mine).where(_counted(since, until), Member.status == "active", _owner(side).in_(ids)).group_by(_owner(side), first)):
            cells[place, kind, day]["served"] = number
    for norm in norms.norms():
        year = first_day("year", ServiceRecord.happened_on)
        each = norm.narrow(select(_owner(side).label("place"), year.label("year"), Member.id, norm.activities().label("times"))
                           .select_from(ServiceRecord).join(Member, mine)).where(
            _counted(since, until), Member.status == "active", _owner(side).in_(ids)).group_by(_owner(side), year, Member.id).subquery()
        for place, day, number in session().execute(select(each.c.place, each.c.year, func.count()).where(
                each.c.times >= norm.times).group_by(each.c.place, each.c.year)):
            figures = cells[place, "year", day]
            figures["at_norm"] = figures.get("at_norm", 0) + number


def _plugins(cells: Cells, request: FigureRequest) -> None:
    known = {reach.organization_id for reach in request.reach}
    for figure in collect("overview_figures", request=request):
        for (place, month), number in figure.values.items():
            if place in known:
                add(cells, place, None if figure.now else month, figure.key, number)


def within(ids: Iterable[uuid.UUID], cells: Cells, target: uuid.UUID) -> Cells:
    """The sum of some places as one, such as a unit with those below it."""
    total: Cells = defaultdict(dict)
    wanted = set(ids)
    for (place, kind, day), figures in cells.items():
        if place in wanted:
            merge(total[target, kind, day], figures)
    return total


def merge(into: dict[str, int], figures: Mapping[str, int]) -> None:
    """Add figures to others, key by key."""
    for key, number in figures.items():
        into[key] = into.get(key, 0) + number
