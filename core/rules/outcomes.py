"""Reads a rehearsal's outcome: totals, totals by county, and who gains or loses, within the reader's reach."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_
from sqlalchemy.orm import aliased

from core.access.actor import GrantFact
from core.errors import NotFound
from core.members.models import Member
from core.members.queries import named
from core.members.reach import within_reach
from core.organizations.models import Organization
from core.rules.models import Rehearsal, RehearsalRow
from core.tenancy import session
from core.tenancy.scope import tenant_id

CHANGES: dict[str, ColumnElement[bool]] = {
    "gain": RehearsalRow.after > RehearsalRow.before, "lose": RehearsalRow.after < RehearsalRow.before,
    "same": RehearsalRow.after == RehearsalRow.before}


class Trial(NamedTuple):
    """A rehearsal: of which pack, over which days, and by which job."""

    id: uuid.UUID
    pack_id: uuid.UUID
    since: dt.date
    until: dt.date
    document: dict[str, Any]
    status: str
    job_id: uuid.UUID | None
    started_by: uuid.UUID | None


class Totals(NamedTuple):
    """Members who gain, lose and stay, and the sums of the values before and after."""

    name: str
    gain: int
    lose: int
    same: int
    before: int
    after: int


def trial(rehearsal_id: uuid.UUID) -> Trial:
    """One rehearsal. Raises NotFound."""
    row = session().execute(select(Rehearsal.id, Rehearsal.pack_id, Rehearsal.since, Rehearsal.until, Rehearsal.document, Rehearsal.status,
                                   Rehearsal.job_id, Rehearsal.started_by)
                            .where(Rehearsal.tenant_id == tenant_id(), Rehearsal.id == rehearsal_id)).one_or_none()
    if row is None:
        raise NotFound
    return Trial(*row)


def totals(rehearsal_id: uuid.UUID, grants: Iterable[GrantFact]) -> list[Totals]:
    """By county of the residence, else of the workplace, by name; members without either come last under "" ."""
    place, county = aliased(Organization), aliased(Organization)
    figures = [func.count().filter(CHANGES[name]) for name in ("gain", "lose", "same")]
    query: Any = select(func.coalesce(county.name, ""), *figures, func.sum(RehearsalRow.before), func.sum(RehearsalRow.after))
    query = (query.select_from(RehearsalRow)
             .join(Member, (Member.tenant_id == RehearsalRow.tenant_id) & (Member.id == RehearsalRow.member_id))
             .outerjoin(place, (place.tenant_id == Member.tenant_id) & (place.id == func.coalesce(Member.residence_id, Member.workplace_id)))
             .outerjoin(county, (county.tenant_id == place.tenant_id) & (county.kind == "county") & (county.path == _first_two(place.path)))
             .where(RehearsalRow.tenant_id == tenant_id(), RehearsalRow.rehearsal_id == rehearsal_id, within_reach(grants))
             .group_by(county.name, county.sort_key).order_by(county.sort_key.is_(None), county.sort_key))
    return [Totals(row[0], *(int(n) for n in row[1:])) for row in session().execute(query)]


def _first_two(path: Any) -> ColumnElement[str]:
    return func.concat(func.split_part(path, "/", 1), "/", func.split_part(path, "/", 2), "/")


def rows(rehearsal_id: uuid.UUID, grants: Iterable[GrantFact], *, change: str | None = None, text: str = "", after: uuid.UUID | None = None,
         limit: int = 50) -> Sequence[Row[Any]]:
    """Members by name, narrowed to those who gain, lose or stay, or to the beginning of a name. Columns: id, member, unit, before,
    after, why. `after`: the member with whom the page before ended.
    """
    query = _rows(rehearsal_id, grants, change, text)
    if after is not None:
        key = select(Member.sort_key).where(Member.tenant_id == tenant_id(), Member.id == after).scalar_subquery()
        query = query.where(tuple_(Member.sort_key, Member.id) > tuple_(key, after))
    return session().execute(query.order_by(Member.sort_key, Member.id).limit(limit)).all()


def batches(rehearsal_id: uuid.UUID, grants: Iterable[GrantFact], *, size: int) -> Iterator[Sequence[Row[Any]]]:
    """All of them without pages, for an export."""
    query = _rows(rehearsal_id, grants, None, "").order_by(Member.sort_key, Member.id)
    return session().execute(query.execution_options(yield_per=size)).partitions(size)


def _rows(rehearsal_id: uuid.UUID, grants: Iterable[GrantFact], change: str | None, text: str) -> Select[Any]:
    unit = aliased(Organization)
    query: Select[Any] = (
        select(Member.id, Member.name.label("member"), unit.name.label("unit"), RehearsalRow.before, RehearsalRow.after, RehearsalRow.why)
        .join(RehearsalRow, (RehearsalRow.tenant_id == Member.tenant_id) & (RehearsalRow.member_id == Member.id))
        .outerjoin(unit, (unit.tenant_id == Member.tenant_id) & (unit.id == Member.unit_id))
        .where(Member.tenant_id == tenant_id(), RehearsalRow.rehearsal_id == rehearsal_id, within_reach(grants)))
    if change in CHANGES:
        query = query.where(CHANGES[change])
    return query.where(named(text)) if text.strip() else query
