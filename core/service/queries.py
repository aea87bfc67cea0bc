"""Reads service records for lists and pages: columns only, keyset paging, a fixed number of queries."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, false, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from core.access.actor import GrantFact
from core.members.models import Member
from core.members.queries import named
from core.organizations.models import Organization
from core.service.models import ServiceRecord
from core.tenancy import session
from core.tenancy.scope import tenant_id

PAGE = 50
FILED = ("verified", "counted")
WAITING = frozenset({"submitted", "verified"})  # worked off from the oldest; the other lists begin with the newest


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """What narrows a list; a field left out does not. `name` is the beginning of a member's name, pinyin or initials, `title` a
    part of what was done, `since` and `until` days of the service, both included.
    """

    name: str = ""
    title: str = ""
    kind: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None

    @property
    def typed(self) -> bool:
        """Whether it holds what somebody typed, which may name a person: then it belongs in no address and no job."""
        return bool(self.name or self.title)

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as conditions on Member and ServiceRecord."""
        found: list[ColumnElement[bool]] = []
        if self.name:
            found.append(named(self.name))
        if self.title:
            found.append(func.strpos(func.lower(ServiceRecord.title), self.title.lower()) > 0)
        if self.kind:
            found.append(ServiceRecord.kind == self.kind)
        if self.since:
            found.append(ServiceRecord.happened_on >= self.since)
        if self.until:
            found.append(ServiceRecord.happened_on <= self.until)
        return found


ALL = RecordFilter()


class RecordRow(NamedTuple):
    """One line of a list; `minutes` is the length."""

    id: uuid.UUID
    member_id: uuid.UUID
    member: str
    unit: str | None
    community: str
    kind: str
    title: str
    happened_on: dt.date
    minutes: int
    recipient_kind: str
    status: str
    returned_reason: str | None
    version: int
    hours_source: str


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of rows; `next` is the id from which the next page goes on, None at the end."""

    rows: list[RecordRow]
    next: uuid.UUID | None = None


def of_member(member_id: uuid.UUID, *, after: uuid.UUID | None = None, limit: int = PAGE) -> RecordPage:
    """A member's own records, newest first: one query, one more from the second page on. Of a corrected one only what it has become."""
    return _page(_rows().where(ServiceRecord.member_id == member_id, ServiceRecord.status != "corrected"), after, limit, oldest_first=False)


def of_communities(grants: Iterable[GrantFact], status: str, wanted: RecordFilter = ALL, *, after: uuid.UUID | None = None,
                   limit: int = PAGE) -> RecordPage:
    """The community's list by status: what waits from the oldest on, the rest newest first."""
    query = _rows().where(within_communities(grants), ServiceRecord.status == status, *wanted.conditions())
    return _page(query, after, limit, oldest_first=status in WAITING)


def of_units(grants: Iterable[GrantFact], wanted: RecordFilter = ALL, *, after: uuid.UUID | None = None,
             limit: int = PAGE) -> RecordPage:
    """Records filed with the unit (R22): verified ones and those that count, newest first."""
    return _page(_filed(grants, wanted), after, limit, oldest_first=False)


def filed_batches(grants: Iterable[GrantFact], wanted: RecordFilter, *, size: int) -> Iterator[Sequence[Row[Any]]]:
    """The same without pages, for an export: rows with the fields of RecordRow, `size` at a time, so that memory stays flat."""
    query = _filed(grants, wanted).order_by(ServiceRecord.happened_on.desc(), ServiceRecord.id.desc())
    return session().execute(query.execution_options(yield_per=size)).partitions(size)


def count_filed(grants: Iterable[GrantFact], wanted: RecordFilter) -> int:
    """How many there are."""
    return session().scalar(select(func.count()).select_from(_filed(grants, wanted).subquery())) or 0


def _filed(grants: Iterable[GrantFact], wanted: RecordFilter) -> Select[Any]:
    return _rows().where(within_units(grants), ServiceRecord.status.in_(FILED), *wanted.conditions())


def by_ids(grants: Iterable[GrantFact], ids: Iterable[uuid.UUID]) -> list[RecordRow]:
    """Those of the records that lie in the reach of community grants; for work on several at once. Others are left out."""
    query = _rows().where(within_communities(grants), ServiceRecord.id.in_(list(ids)))
    return [RecordRow(*r) for r in session().execute(query.order_by(ServiceRecord.happened_on, ServiceRecord.id))]


def _rows() -> Select[Any]:
    community, unit = aliased(Organization), aliased(Organization)
    query: Any = select(  # a long row: its type says nothing more
        ServiceRecord.id, ServiceRecord.member_id, Member.name.label("member"), unit.name.label("unit"),
        community.name.label("community"), ServiceRecord.kind, ServiceRecord.title, ServiceRecord.happened_on, ServiceRecord.minutes,
        ServiceRecord.recipient_kind, ServiceRecord.status, ServiceRecord.returned_reason, ServiceRecord.version, ServiceRecord.hours_source)
    return (query.join(Member, (Member.tenant_id == ServiceRecord.tenant_id) & (Member.id == ServiceRecord.member_id))
            .join(community, (community.tenant_id == ServiceRecord.tenant_id) & (community.id == ServiceRecord.community_id))
            .outerjoin(unit, (unit.tenant_id == ServiceRecord.tenant_id) & (unit.id == ServiceRecord.unit_id))
            .where(ServiceRecord.tenant_id == tenant_id()))


def _page(query: Select[Any], after: uuid.UUID | None, limit: int, *, oldest_first: bool) -> RecordPage:
    place = tuple_(ServiceRecord.happened_on, ServiceRecord.id)
    if after is not None:
        key = session().execute(select(ServiceRecord.happened_on, ServiceRecord.id).where(
            ServiceRecord.tenant_id == tenant_id(), ServiceRecord.id == after)).one_or_none()
        if key is not None:
            query = query.where(place > tuple_(*key) if oldest_first else place < tuple_(*key))
    order = (ServiceRecord.happened_on, ServiceRecord.id)
    found = session().execute(query.order_by(*(order if oldest_first else (c.desc() for c in order))).limit(limit + 1)).all()
    rows = [RecordRow(*r) for r in found[:limit]]
    return RecordPage(rows, rows[-1].id if len(found) > limit else None)


def within_communities(grants: Iterable[GrantFact]) -> ColumnElement[bool]:
    """The condition: in a community that the grants reach."""
    return below_places(ServiceRecord.community_id, grants)


def within_units(grants: Iterable[GrantFact]) -> ColumnElement[bool]:
    """The condition: of a member of a unit that the grants reach."""
    return below_units(ServiceRecord.unit_id, grants)


def below_places(column: Any, grants: Iterable[GrantFact]) -> ColumnElement[bool]:
    """The condition that `column` is a community that the grants reach."""
    return _within(column, grants, ("committee", "county", "street", "community"))


def below_units(column: Any, grants: Iterable[GrantFact]) -> ColumnElement[bool]:
    """The condition that `column` is a unit that the grants reach."""
    return _within(column, grants, ("committee", "county", "sector", "unit"))


def _within(column: Any, grants: Iterable[GrantFact], kinds: tuple[str, ...]) -> ColumnElement[bool]:
    """The condition that grants of these kinds allow; a single community or unit by id, so that its list is read in order."""
    parts = [column == g.organization_id if g.kind in ("community", "unit") else column.in_(select(Organization.id).where(
        Organization.tenant_id == tenant_id(), Organization.path.bool_op("^@")(g.path))) for g in grants if g.kind in kinds]
    return or_(*parts) if parts else false()
