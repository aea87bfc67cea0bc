"""Counts of service records for the lists of community and unit, and for a member's year."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select

from core.access.actor import GrantFact
from core.extension.settings import effective
from core.members.models import Member
from core.service import settings as _settings  # registers the section  # noqa: F401
from core.service.models import RecordCallback, RecordCorrection, ServiceRecord
from core.service.queries import within_communities, within_units
from core.tenancy import session, today
from core.tenancy.scope import tenant_id


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """Open work, and what counted this year. `counted_minutes` are minutes, `system_minutes` those of them that the system measured and
    nobody wrote down by hand; `members` those who served. `corrections` and `callbacks` wait for the community.
    """

    submitted: int = 0
    verified: int = 0
    returned: int = 0
    counted: int = 0
    counted_minutes: int = 0
    system_minutes: int = 0
    members: int = 0
    corrections: int = 0
    callbacks: int = 0

    @property
    def hand_minutes(self) -> int:
        """Minutes that members or officers wrote down."""
        return self.counted_minutes - self.system_minutes


@dataclass(frozen=True, slots=True)
class MemberYear:
    """A member's year: records that count, their minutes, and how many activities they make beside the norm (R31), which informs only.

    `activities` are those that the place's settings take for activities; `records` and `minutes` leave none out.
    """

    year: int
    activities: int
    minutes: int
    norm: int
    records: int = 0
    system_minutes: int = 0

    @property
    def hand_minutes(self) -> int:
        """Minutes that the member or an officer wrote down."""
        return self.minutes - self.system_minutes


def counts_for_communities(grants: Iterable[GrantFact]) -> RecordCounts:
    """Open records of the communities that the grants reach and this year's counted ones, in one query."""
    within = within_communities(list(grants))
    return _counts(within, _waiting(RecordCorrection, RecordCorrection.status == "open", within),
                   _waiting(RecordCallback, RecordCallback.state.in_(("open", "differs")) & (ServiceRecord.status == "counted"), within))


def counts_for_units(grants: Iterable[GrantFact]) -> RecordCounts:
    """Open records of the units' members and this year's counted ones, in one query."""
    return _counts(within_units(grants))


def member_year(member_id: uuid.UUID, year: int | None = None) -> MemberYear:
    """What counted of a member in a calendar year, by the day of the service, in two queries."""
    return member_years([member_id], year)[member_id]


def member_years(member_ids: Sequence[uuid.UUID], year: int | None = None) -> dict[uuid.UUID, MemberYear]:
    """The same for several members, in two queries whatever their number; the norm is that of where each lives or, without a
    residence, works: it informs and judges nobody (R31).
    """
    year = year or today().year
    places = {row.id: row.residence_id or row.workplace_id for row in session().execute(select(
        Member.id, Member.residence_id, Member.workplace_id).where(Member.tenant_id == tenant_id(), Member.id.in_(member_ids)))}
    served: dict[uuid.UUID, list[Row[Any]]] = {}
    for row in session().execute(select(
            ServiceRecord.member_id, ServiceRecord.kind, ServiceRecord.happened_on, func.count().label("records"),
            func.sum(ServiceRecord.minutes).label("minutes"), func.coalesce(_system_minutes(), 0).label("system_minutes")).where(
            ServiceRecord.tenant_id == tenant_id(), ServiceRecord.member_id.in_(member_ids), ServiceRecord.status == "counted",
            _in_year(year)).group_by(ServiceRecord.member_id, ServiceRecord.kind, ServiceRecord.happened_on)):
        served.setdefault(row.member_id, []).append(row)
    return {one: _year_of(year, served.get(one, []), effective("service", places.get(one))) for one in member_ids}


def _year_of(year: int, rows: Sequence[Row[Any]], settings: Mapping[str, Any]) -> MemberYear:
    kinds = settings["norm_kinds"]
    active = [row for row in rows if not kinds or row.kind in kinds]
    activities = len({row.happened_on for row in active}) if settings["norm_same_day"] else sum(row.records for row in active)
    return MemberYear(year, activities, sum(int(row.minutes) for row in rows), settings["activity_norm"], sum(row.records for row in rows),
                      sum(int(row.system_minutes) for row in rows))


def _counts(which: ColumnElement[bool], *waiting: Any) -> RecordCounts:
    counted = (ServiceRecord.status == "counted") & _in_year(today().year)
    figures = session().execute(select(
        *(func.count().filter(ServiceRecord.status == status) for status in ("submitted", "verified", "returned")),
        func.count().filter(counted), func.coalesce(func.sum(ServiceRecord.minutes).filter(counted), 0),
        func.coalesce(_system_minutes(counted), 0), func.count(ServiceRecord.member_id.distinct()).filter(counted), *waiting,
    ).where(ServiceRecord.tenant_id == tenant_id(), which)).one()
    return RecordCounts(*map(int, figures))


def _waiting(model: Any, waits: ColumnElement[bool], within: ColumnElement[bool]) -> Any:
    """How many requests or call-backs wait, as a part of the one query; of the records only those are looked at that have one."""
    return (select(func.count()).select_from(model)
            .join(ServiceRecord, (ServiceRecord.tenant_id == model.tenant_id) & (ServiceRecord.id == model.record_id))
            .where(model.tenant_id == tenant_id(), waits, within).correlate(None).scalar_subquery())


def _system_minutes(counted: ColumnElement[bool] | None = None) -> Any:
    measured = ServiceRecord.hours_source == "system"
    return func.sum(ServiceRecord.minutes).filter(measured if counted is None else measured & counted)


def _in_year(year: int) -> ColumnElement[bool]:
    return ServiceRecord.happened_on.between(dt.date(year, 1, 1), dt.date(year, 12, 31))
