"""Coverage (R3): how many of those who should report in have done so, by unit, community, street, county and city."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from core.members.models import Member
from core.organizations.models import Organization
from core.registration.models import ReportIn
from core.tenancy import session
from core.tenancy.scope import tenant_id


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


_reported = func.count(Member.id).filter(
    select(ReportIn.id).where(ReportIn.tenant_id == Member.tenant_id, ReportIn.member_id == Member.id,
                              ReportIn.status == "confirmed").correlate(Member).exists())


def by_unit(paths: Sequence[str], *, unit_types: Sequence[str] = (), limit: int = 500) -> list[CoverageRow]:
    """The units below `paths`, lowest rate first, so that the list begins where help is needed. Two hundred to a page is plenty."""
    query = _counts(Organization.id, Organization.name, Organization.kind, Organization.path).join(
        Organization, (Organization.tenant_id == Member.tenant_id) & (Organization.id == Member.unit_id))
    query = _narrow(query, paths, unit_types).group_by(Organization.id, Organization.name, Organization.kind, Organization.path)
    rows = [CoverageRow(*row) for row in session().execute(query)]
    return sorted(rows, key=lambda row: (row.rate or 0.0, -row.expected, row.path))[:limit]


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
    places = session().execute(select(Organization.id, Organization.name, Organization.kind, Organization.path).where(
        Organization.tenant_id == tenant_id(), Organization.kind == level, _below(paths)).order_by(Organization.path)).all()
    sums = {row.path: [0, 0] for row in places}
    for path, expected, reported in counts:
        if (found := _ancestor(path, sums)) is not None:
            found[0] += expected
            found[1] += reported
    return [CoverageRow(row.id, row.name, row.kind, row.path, *sums[row.path]) for row in places]


def total(paths: Sequence[str], *, unit_types: Sequence[str] = ()) -> tuple[int, int]:
    """(expected, reported) of all members whose unit stands below `paths`."""
    query = _counts().join(Organization, (Organization.tenant_id == Member.tenant_id) & (Organization.id == Member.unit_id))
    row = session().execute(_narrow(query, paths, unit_types)).one()
    return row[0], row[1]


def _counts(*columns: object) -> Select:
    return select(*columns, func.count(Member.id), _reported).select_from(Member).where(  # type: ignore[call-overload]
        Member.tenant_id == tenant_id(), Member.status == "active")


def _narrow(query: Select, paths: Sequence[str], unit_types: Sequence[str]) -> Select:
    query = query.where(_below(paths))
    return query.where(Organization.unit_type.in_(unit_types)) if unit_types else query


def _below(paths: Sequence[str]) -> object:
    return or_(*(Organization.path.bool_op("^@")(p) for p in paths)) if paths else Organization.id.is_(None)


def _ancestor(path: str, sums: dict[str, list[int]]) -> list[int] | None:
    parts = path.rstrip("/").split("/")
    return next((sums[p] for n in range(len(parts), 0, -1) if (p := "/".join(parts[:n]) + "/") in sums), None)
