"""Who takes part in the unit's side of the demonstration, found once; and the door by which each of them comes on a day."""
from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import Row, select

from core.access.models import Account, Grant
from core.access.roles import COMMUNITY, LIAISON, MEMBER
from core.members.models import Member
from core.organizations.models import Organization
from core.registration.facts import confirmed_report_ins
from core.service.models import ServiceRecord
from core.tenancy import session
from core.tenancy.clock import LOCAL, now
from core.tenancy.scope import tenant_id
from web.demo.cities import City
from web.demo.units.inside import Inside


@dataclass(frozen=True, slots=True)
class Cast:
    """The places, the accounts by username, the member who signs in, and the colleagues.

    `neighbours` are colleagues who have reported in at the community, those who have served there first; `roster` is the whole unit; both hold
    id and name.
    `next_door` is the officer and the community of some other colleague, `liaisons` are usernames by unit.
    """

    community: uuid.UUID
    unit: uuid.UUID
    accounts: dict[str, uuid.UUID]
    star: Row
    neighbours: tuple[Row, ...]
    roster: tuple[Row, ...]
    next_door: tuple[tuple[str, uuid.UUID], ...]
    liaisons: dict[uuid.UUID, list[str]]


def find(city: City) -> Cast:
    """The cast of a city, in the open scope."""
    community, unit = _place(Organization.code == city.community), _place(Organization.name == city.unit)
    accounts = dict(session().execute(select(Account.username, Account.id).where(Account.tenant_id == tenant_id())).all())
    member = next(seat.username for seat in city.seats if seat.role == MEMBER)
    own = session().execute(select(Account.member_id).where(Account.tenant_id == tenant_id(), Account.id == accounts[member])).scalar_one()
    roster = session().execute(select(Member.id, Member.name).where(
        Member.tenant_id == tenant_id(), Member.unit_id == unit, Member.status == "active").order_by(Member.sort_key, Member.id)).all()
    reports = confirmed_report_ins()
    there = set(session().scalars(select(reports.c.member_id).where(reports.c.community_id == community)))
    served = Counter(session().scalars(select(ServiceRecord.member_id).where(ServiceRecord.tenant_id == tenant_id(), ServiceRecord.status == "counted")))
    near = sorted((row for row in roster if row.id in there and row.id != own), key=lambda row: -served[row.id])
    return Cast(community, unit, accounts, next(row for row in roster if row.id == own),
                tuple(near), tuple(roster), _next_door(community, [row.id for row in roster]), _liaisons())


def _liaisons() -> dict[uuid.UUID, list[str]]:
    found: dict[uuid.UUID, list[str]] = {}
    for place, username in session().execute(
            select(Grant.organization_id, Account.username).join(Account, (Account.tenant_id == Grant.tenant_id) & (Account.id == Grant.account_id))
            .where(Grant.tenant_id == tenant_id(), Grant.role == LIAISON).order_by(Account.username)):
        found.setdefault(place, []).append(username)
    return found


def _next_door(community: uuid.UUID, roster: list[uuid.UUID]) -> tuple[tuple[str, uuid.UUID], ...]:
    """The other community with the lowest code where somebody of the unit has reported in, and its officer's username; or nothing."""
    reports = confirmed_report_ins()
    rows = session().execute(
        select(Account.username, Organization.id).join(Grant, (Grant.tenant_id == Account.tenant_id) & (Grant.account_id == Account.id))
        .join(Organization, (Organization.tenant_id == Grant.tenant_id) & (Organization.id == Grant.organization_id))
        .where(Account.tenant_id == tenant_id(), Grant.role == COMMUNITY, Organization.id != community,
               Organization.id.in_(select(reports.c.community_id).where(reports.c.member_id.in_(roster)))).order_by(Organization.code).limit(1)).all()
    return tuple((row.username, row.id) for row in rows)


def _place(which: object) -> uuid.UUID:
    found: uuid.UUID = session().execute(select(Organization.id).where(Organization.tenant_id == tenant_id(), which)).scalar_one()  # type: ignore[arg-type]
    return found


@dataclass(frozen=True, slots=True)
class Scene:
    """The cast and the house in which they act."""

    app: Flask
    tenant: int
    slug: str
    cast: Cast

    def come(self, username: str | None, days_ago: int, hour: int = 10) -> Inside:
        """Somebody comes on a day at an hour that is not to come; None: a stranger."""
        day = now().astimezone(LOCAL).date() - dt.timedelta(days=days_ago)
        moment = min(dt.datetime.combine(day, dt.time(hour), LOCAL), now())
        return Inside(self.app, self.tenant, self.cast.accounts[username] if username else None, moment)

    def day(self, days_ago: int) -> str:
        """A day as forms hold it."""
        return (now().astimezone(LOCAL).date() - dt.timedelta(days=days_ago)).isoformat()
