"""Coverage (R3): how many of those who should report in have done so, by unit, community, street, county and city."""
from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, column, func, or_, select, table
from sqlalchemy.orm import InstrumentedAttribute, aliased

from core.members.models import Member
from core.organizations.models import Organization
from core.registration.models import ReportIn
from core.tenancy import session
from core.tenancy.scope import tenant_id

LEADERS = ("county", "sector")
MOST_UNITS = 1_000


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One organization's figures; `reported` of `expected` members have a confirmed report-in."""

    organization_id: uuid.UUID
    name: str
    kind: str
    path: str
    expected: int
    reported: int

    @property
    def rate(self) -> float | None:
        """A fraction from 0 to 1; None when nobody is expected."""
        return self.reported / self.expected if self.expected else None


# Tables of core.exchange, which stands above: units that are at home elsewhere, and receipts for our members from elsewhere.
_external = table("exchange_unit", column("tenant_id"), column("organization_id"))
_elsewhere = table("exchange_receipt", column("tenant_id"), column("member_id"), column("in_force"))


def has_reported() -> ColumnElement[bool]:
    """The condition on Member: reported in here, or elsewhere with a receipt that is in force."""
    return or_(
        select(ReportIn.id).where(ReportIn.tenant_id == Member.tenant_id, ReportIn.member_id == Member.id,
                                  ReportIn.status == "confirmed").correlate(Member).exists(),
        select(_elsewhere.c.member_id).where(_elsewhere.c.tenant_id == Member.tenant_id, _elsewhere.c.member_id == Member.id,
                                             _elsewhere.c.in_force).correlate(Member).exists())


def own_unit(unit: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """The condition that a unit is our own: guests are their own tenant's to count (R9)."""
    return ~select(_external.c.organization_id).where(_external.c.tenant_id == tenant_id(), _external.c.organization_id == unit).correlate(
        unit.class_).exists()


_reported = func.count(Member.id).filter(has_reported())


def by_unit(paths: Sequence[str], *, unit_types: Sequence[str] = (), limit: int = MOST_UNITS) -> list[CoverageRow]:
    """The units below `paths`, by name: a list to work with, no ranking (R7). Units without members are left out."""
    columns = (Organization.id, Organization.name, Organization.kind, Organization.path)
    query = _counts(*columns).join(
        Organization, (Organization.tenant_id == Member.tenant_id) & (Organization.id == Member.unit_id))
    query = _narrow(query, paths, unit_types).where(own_unit(Organization.id))
    query = query.group_by(*columns, Organization.sort_key).order_by(Organization.sort_key, Organization.id)
    return [CoverageRow(*row) for row in session().execute(query.limit(limit))]


def by_unit_of_residents(community_id: uuid.UUID, *, basis: str = "residence", unit_types: Sequence[str] = (),
                         limit: int = MOST_UNITS) -> list[CoverageRow]:
    """The units of those who live (or work) in one community, by name: whose members have yet to come."""
    columns = (Organization.id, Organization.name, Organization.kind, Organization.path)
    query = _counts(*columns).join(
        Organization, (Organization.tenant_id == Member.tenant_id) & (Organization.id == Member.unit_id)).where(
        (Member.residence_id if basis == "residence" else Member.workplace_id) == community_id)
    if unit_types:
        query = query.where(Organization.unit_type.in_(unit_types))
    query = query.group_by(*columns, Organization.sort_key).order_by(Organization.sort_key, Organization.id)
    return [CoverageRow(*row) for row in session().execute(query.limit(limit))]


def by_leader(paths: Sequence[str], *, unit_types: Sequence[str] = ()) -> list[CoverageRow]:
    """The counties and sectors below `paths` with the figures of the units they lead, by path."""
    query = _counts(Organization.path).join(
        Organization, (Organization.tenant_id == Member.tenant_id) & (Organization.id == Member.unit_id))
    counts = session().execute(_narrow(query, paths, unit_types).where(own_unit(Organization.id)).group_by(Organization.path)).all()
    return [row for row in _sums(_organizations(paths, LEADERS), counts) if row.expected or row.kind == "county"]


def by_place(paths: Sequence[str], level: str, *, basis: str = "residence", unit_types: Sequence[str] = ()) -> list[CoverageRow]:
    """The communities, streets, counties or the committee (`level`) below `paths`, by members' residence or workplace.

    One scan counts by community; the levels above are sums over the tree's paths, made here.
    """
    unit = aliased(Organization)
    place = Member.residence_id if basis == "residence" else Member.workplace_id
    query = _counts(Organization.path).join(
        Organization, (Organization.tenant_id == Member.tenant_id) & (Organization.id == place))
    if unit_types:
        query = query.join(unit, (unit.tenant_id == Member.tenant_id) & (unit.id == Member.unit_id)).where(unit.unit_type.in_(unit_types))
    counts = session().execute(_narrow(query, paths, ()).group_by(Organization.path)).all()
    return _sums(_organizations(paths, (level,)), counts)


def total(paths: Sequence[str], *, unit_types: Sequence[str] = ()) -> tuple[int, int]:
    """(expected, reported) of all members whose unit stands below `paths`."""
    query = _counts().join(Organization, (Organization.tenant_id == Member.tenant_id) & (Organization.id == Member.unit_id))
    row = session().execute(_narrow(query, paths, unit_types).where(own_unit(Organization.id))).one()
    return row[0], row[1]


def _counts(*columns: Any) -> Select:
    return select(*columns, func.count(Member.id), _reported).select_from(Member).where(
        Member.tenant_id == tenant_id(), Member.status == "active")


def _organizations(paths: Sequence[str], kinds: Sequence[str]) -> Sequence[Row]:
    return session().execute(select(Organization.id, Organization.name, Organization.kind, Organization.path).where(
        Organization.tenant_id == tenant_id(), Organization.kind.in_(kinds), Organization.active, _below(paths))
        .order_by(Organization.path)).all()


def _sums(places: Sequence[Row], counts: Iterable[Row]) -> list[CoverageRow]:
    sums = {row.path: [0, 0] for row in places}
    for path, expected, reported in counts:
        if (found := _ancestor(path, sums)) is not None:
            found[0] += expected
            found[1] += reported
    return [CoverageRow(row.id, row.name, row.kind, row.path, *sums[row.path]) for row in places]


def _narrow(query: Select, paths: Sequence[str], unit_types: Sequence[str]) -> Select:
    query = query.where(_below(paths))
    return query.where(Organization.unit_type.in_(unit_types)) if unit_types else query


def _below(paths: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(Organization.path.bool_op("^@")(p) for p in paths)) if paths else Organization.id.is_(None)


def _ancestor(path: str, sums: dict[str, list[int]]) -> list[int] | None:
    parts = path.rstrip("/").split("/")
    return next((sums[p] for n in range(len(parts), 0, -1) if (p := "/".join(parts[:n]) + "/") in sums), None)
