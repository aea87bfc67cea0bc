"""Reads the tree and the units for pages and exports: columns only, keyset paging, a fixed number of queries."""
from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Integer, Row, Select, false, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from core.organizations.models import Organization
from core.organizations.tree import OrganizationFact
from core.tenancy import session
from core.tenancy.scope import tenant_id

PAGE = 50


@dataclass(frozen=True, slots=True)
class UnitFilter:
    """Which units: below `paths`, or working in a community below them; the other fields narrow the list."""

    paths: tuple[str, ...]
    text: str = ""
    unit_types: tuple[str, ...] = ()
    subordination: str | None = None
    active: bool | None = True


class UnitRow(NamedTuple):
    """One line of the units' list."""

    id: uuid.UUID
    code: str
    name: str
    unit_type: str
    subordination: str | None
    credit_code: str | None
    contact_name: str | None
    active: bool
    leader: str
    community: str | None


@dataclass(frozen=True, slots=True)
class UnitPage:
    """A page of units; `previous` and `next` are the ids from which the neighbouring pages go on."""

    rows: list[UnitRow]
    previous: uuid.UUID | None = None
    next: uuid.UUID | None = None


def units(wanted: UnitFilter, *, after: uuid.UUID | None = None, before: uuid.UUID | None = None, limit: int = PAGE) -> UnitPage:
    """A page of units as Chinese readers sort them: one query, one more from the second page on."""
    start, backwards = before or after, before is not None
    query = _units(wanted)
    if start is not None and (key := _key(start)) is not None:
        place = tuple_(Organization.sort_key, Organization.id)
        query = query.where(place < tuple_(*key) if backwards else place > tuple_(*key))
    order = (Organization.sort_key.desc(), Organization.id.desc()) if backwards else (Organization.sort_key, Organization.id)
    found = session().execute(query.order_by(*order).limit(limit + 1)).all()
    more, rows = len(found) > limit, [UnitRow(*r) for r in found[:limit]]
    if backwards:
        rows.reverse()
    if not rows:
        return UnitPage([])
    has_previous, has_next = (more, True) if backwards else (start is not None, more)
    return UnitPage(rows, rows[0].id if has_previous else None, rows[-1].id if has_next else None)


def all_units(wanted: UnitFilter, batch: int = 1_000) -> Iterator[UnitRow]:
    """Every unit of the filter, read in batches, for an export."""
    after: uuid.UUID | None = None
    while True:
        page = units(wanted, after=after, limit=batch)
        yield from page.rows
        if (after := page.next) is None:
            return


def unit_counts(paths: Sequence[str]) -> dict[str, int]:
    """How many active units of each type there are below `paths`."""
    rows = session().execute(select(Organization.unit_type, func.count()).where(
        Organization.tenant_id == tenant_id(), Organization.kind == "unit", Organization.active, _reached(paths))
        .group_by(Organization.unit_type))
    return {str(unit_type): count for unit_type, count in rows}


def unit(unit_id: uuid.UUID) -> Row | None:
    """One unit with everything that its page shows, None when there is none of that id."""
    leader, community = aliased(Organization), aliased(Organization)
    return session().execute(_joined(select(
        Organization.id, Organization.code, Organization.name, Organization.path, Organization.unit_type, Organization.subordination,
        Organization.credit_code, Organization.contact_name, Organization.contact_phone, Organization.active, Organization.version,
        Organization.parent_id, leader.name.label("leader"), leader.kind.label("leader_kind"), Organization.community_id,
        community.name.label("community"), community.path.label("community_path")), leader, community)
        .where(Organization.tenant_id == tenant_id(), Organization.id == unit_id, Organization.kind == "unit")).one_or_none()


def descendant_counts(parent: OrganizationFact) -> dict[str, dict[str, int]]:
    """By the code of each direct child of `parent`, how many organizations of each kind stand below it, in one query."""
    depth = parent.path.count("/") + 1
    child = func.split_part(Organization.path, "/", literal(depth, Integer)).label("child")
    rows = session().execute(select(child, Organization.kind, func.count()).where(
        Organization.tenant_id == tenant_id(), Organization.active, Organization.path.bool_op("^@")(parent.path),
        Organization.path != parent.path).group_by(child, Organization.kind))
    found: dict[str, dict[str, int]] = {}
    for code, kind, count in rows:
        found.setdefault(code, {})[kind] = count
    return found


def names_above(paths: Sequence[str]) -> dict[str, list[str]]:
    """By path, the names of what stands between the committee and it, from above; one query."""
    wanted = {path: ["/".join(parts[:n]) + "/" for n in range(2, len(parts))] for path in paths for parts in [path.rstrip("/").split("/")]}
    rows = session().execute(select(Organization.path, Organization.name).where(
        Organization.tenant_id == tenant_id(), Organization.path.in_({p for above in wanted.values() for p in above})))
    known = dict(rows.all())
    return {path: [known[p] for p in above if p in known] for path, above in wanted.items()}


def place_of(organization_id: uuid.UUID) -> tuple[str, uuid.UUID] | None:
    """Where an organization stands in the order by name, from which a list goes on; None when it is gone."""
    row = _key(organization_id)
    return (row[0], row[1]) if row is not None else None


def version_of(organization_id: uuid.UUID) -> int:
    """The version against which a change is saved; 0 when there is no such organization."""
    return session().scalar(select(Organization.version).where(Organization.tenant_id == tenant_id(),
                                                               Organization.id == organization_id)) or 0


def _units(wanted: UnitFilter) -> Select:
    leader, community = aliased(Organization), aliased(Organization)
    query = _joined(select(Organization.id, Organization.code, Organization.name, Organization.unit_type, Organization.subordination,
                           Organization.credit_code, Organization.contact_name, Organization.active, leader.name, community.name),
                    leader, community).where(Organization.tenant_id == tenant_id(), Organization.kind == "unit", _reached(wanted.paths))
    if wanted.active is not None:
        query = query.where(Organization.active.is_(wanted.active))
    if wanted.unit_types:
        query = query.where(Organization.unit_type.in_(wanted.unit_types))
    if wanted.subordination:
        query = query.where(Organization.subordination == wanted.subordination)
    if wanted.text:
        query = query.where(or_(func.strpos(Organization.name, wanted.text) > 0, Organization.code == wanted.text.upper(),
                                Organization.credit_code == wanted.text.upper()))
    return query


def _joined(query: Select, leader: type[Organization], community: type[Organization]) -> Select:
    return query.join(leader, (leader.tenant_id == Organization.tenant_id) & (leader.id == Organization.parent_id)).outerjoin(
        community, (community.tenant_id == Organization.tenant_id) & (community.id == Organization.community_id))


def _reached(paths: Sequence[str]) -> ColumnElement[bool]:
    """Below `paths` in the tree, or at work in a community there: a community knows the units on its ground."""
    if not paths:
        return false()
    place = aliased(Organization)
    return or_(*(Organization.path.bool_op("^@")(p) for p in paths), Organization.community_id.in_(
        select(place.id).where(place.tenant_id == tenant_id(), place.kind == "community",
                               or_(*(place.path.bool_op("^@")(p) for p in paths)))))


def _key(organization_id: uuid.UUID) -> Row | None:
    return session().execute(select(Organization.sort_key, Organization.id).where(
        Organization.tenant_id == tenant_id(), Organization.id == organization_id)).one_or_none()
