"""Counts of service records for the lists of community and unit, and for a member's year."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from core.access.actor import GrantFact
from core.extension.settings import effective
from core.members.models import Member
from core.service import settings as _settings  # registers the section  # noqa: F401
from core.service.models import ServiceRecord
from core.service.queries import within_communities, within_units
from core.tenancy import session, today
from core.tenancy.scope import tenant_id


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """Open work, and what counted this year. `counted_minutes` are minutes, `members` those who served."""

    submitted: int = 0
    verified: int = 0
    returned: int = 0
    counted: int = 0
    counted_minutes: int = 0
    members: int = 0


@dataclass(frozen=True, slots=True)
class MemberYear:
    """A member's year: activities that count, their minutes, and the norm (R31), which informs and judges nobody."""

    year: int
    activities: int
    minutes: int
    norm: int


def counts_for_communities(grants: Iterable[GrantFact]) -> RecordCounts:
    """Open records of the communities that the grants reach and this year's counted ones, in one query."""
    return _counts(within_communities(grants))


def counts_for_units(grants: Iterable[GrantFact]) -> RecordCounts:
    """Open records of the units' members and this year's counted ones, in one query."""
    return _counts(within_units(grants))


def member_year(member_id: uuid.UUID, year: int | None = None) -> MemberYear:
    """What counted of a member in a calendar year, by the day of the service."""
    year = year or today().year
    row = session().execute(select(func.count(), func.coalesce(func.sum(ServiceRecord.minutes), 0)).where(
        ServiceRecord.tenant_id == tenant_id(), ServiceRecord.member_id == member_id, ServiceRecord.status == "counted",
        _in_year(year))).one()
    return MemberYear(year, row[0], row[1], activity_norm(member_id))


def activity_norm(member_id: uuid.UUID) -> int:
    """The norm where the member lives or, without a residence, works: it informs and judges nobody (R31)."""
    places = session().execute(select(Member.residence_id, Member.workplace_id).where(
        Member.tenant_id == tenant_id(), Member.id == member_id)).one_or_none() or (None,)
    norm: int = effective("service", next((place for place in places if place is not None), None))["activity_norm"]
    return norm


def _counts(which: ColumnElement[bool]) -> RecordCounts:
    counted = (ServiceRecord.status == "counted") & _in_year(today().year)
    figures = session().execute(select(
        *(func.count().filter(ServiceRecord.status == status) for status in ("submitted", "verified", "returned")),
        func.count().filter(counted), func.coalesce(func.sum(ServiceRecord.minutes).filter(counted), 0),
        func.count(ServiceRecord.member_id.distinct()).filter(counted),
    ).where(ServiceRecord.tenant_id == tenant_id(), which)).one()
    return RecordCounts(*map(int, figures))


def _in_year(year: int) -> ColumnElement[bool]:
    return ServiceRecord.happened_on.between(dt.date(year, 1, 1), dt.date(year, 12, 31))
