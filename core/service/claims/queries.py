"""Reads claims for lists, pages and the work registers: columns only, keyset paging, a fixed number of queries."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, Row, Select, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from core.access.actor import GrantFact
from core.errors import NotFound
from core.members.models import Member
from core.members.queries import named
from core.organizations.models import Organization
from core.service.claims.models import LIVE, Claim, Matter
from core.service.models import GONE, ServiceRecord
from core.service.queries import below_places, below_units
from core.tenancy import session
from core.tenancy.scope import tenant_id

PAGE = 50
VIEWS = {"held": ("held",), "waiting": ("waiting",), "ended": ("done", "released", "lapsed")}


class ClaimRow(NamedTuple):
    """One line of a list. `member` is None for a unit's own claim; `wanted_minutes` is the matter's usual length."""

    id: uuid.UUID
    matter_id: uuid.UUID
    source: str
    title: str
    kind: str
    place: str | None
    recipient_kind: str
    recipient_group: str | None
    wanted_minutes: int | None
    member_id: uuid.UUID | None
    member: str | None
    unit_id: uuid.UUID | None
    unit: str | None
    community_id: uuid.UUID
    community: str
    state: str
    claimed_on: dt.date
    due_on: dt.date | None
    ended_on: dt.date | None
    reason: str | None
    parent_id: uuid.UUID | None
    version: int


class Served(NamedTuple):
    """What came of a claim: records that were not withdrawn, their minutes, those that count, and the minutes of these."""

    records: int = 0
    minutes: int = 0
    counted: int = 0
    counted_minutes: int = 0


@dataclass(frozen=True, slots=True)
class ClaimPage:
    """A page of rows; `next` is the id from which the next page goes on, None at the end."""

    rows: list[ClaimRow]
    next: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """What narrows a list: the plugin whose matters they are, the beginning of a member's name, days on which claims were made."""

    source: str | None = None
    name: str = ""
    since: dt.date | None = None
    until: dt.date | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as conditions on Claim; a name finds the unit's claim under which its member serves."""
        found: list[ColumnElement[bool]] = [_of_somebody(self.name)] if self.name else []
        if self.source:
            found.append(Claim.source == self.source)
        if self.since:
            found.append(Claim.claimed_on >= self.since)
        if self.until:
            found.append(Claim.claimed_on <= self.until)
        return found


ALL = ClaimFilter()


def of_member(member_id: uuid.UUID, *, live: bool, after: uuid.UUID | None = None, limit: int = PAGE) -> ClaimPage:
    """A member's claims: those that go on, the nearest deadline first, or those that have ended, the newest first."""
    query = _rows().where(Claim.member_id == member_id, Claim.state.in_(LIVE) if live else Claim.state.not_in(LIVE))
    return _by_deadline(query, after, limit) if live else _newest_first(query, after, limit)


def of_communities(grants: Iterable[GrantFact], view: str, wanted: ClaimFilter = ALL, *, after: uuid.UUID | None = None,
                   limit: int = PAGE) -> ClaimPage:
    """The community's list: what goes on by deadline, what has ended newest first. `view` is a key of VIEWS.

    A unit's claim is one line; who serves under it stands on its page.
    """
    query = _rows().where(below_places(Claim.community_id, grants), Claim.parent_id.is_(None), Claim.state.in_(VIEWS[view]),
                          *wanted.conditions())
    return _newest_first(query, after, limit) if view == "ended" else _by_deadline(query, after, limit)


def register(side: str, grants: Iterable[GrantFact], wanted: ClaimFilter = ALL, *, after: uuid.UUID | None = None,
             limit: int = PAGE) -> ClaimPage:
    """A page of a work register, newest first: `side` is "community" (R55) or "unit" (R20), two views of the same rows.

    Who serves under a unit's claim stands in its row (`names_under`), so that both registers count the same.
    """
    return _newest_first(_register(side, grants, wanted), after, limit)


def register_batches(side: str, grants: Iterable[GrantFact], wanted: ClaimFilter, *, size: int) -> Iterator[Sequence[Row[Any]]]:
    """The same without pages, for an export: rows with the fields of ClaimRow, `size` at a time."""
    query = _register(side, grants, wanted).order_by(Claim.id.desc())
    return session().execute(query.execution_options(yield_per=size)).partitions(size)


def count_register(side: str, grants: Iterable[GrantFact], wanted: ClaimFilter) -> int:
    """How many rows the register has."""
    return session().scalar(select(func.count()).select_from(_register(side, grants, wanted).subquery())) or 0


def served(claim_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Served]:
    """What came of the claims, in one query; a unit's claim bears what its members did under it."""
    if not claim_ids:
        return {}
    counted = ServiceRecord.status == "counted"
    whose = func.coalesce(case((Claim.parent_id.in_(claim_ids), Claim.parent_id)), Claim.id)
    rows = session().execute(
        select(whose, func.count(), func.sum(ServiceRecord.minutes), func.count().filter(counted),
               func.coalesce(func.sum(ServiceRecord.minutes).filter(counted), 0))
        .join(Claim, (Claim.tenant_id == ServiceRecord.tenant_id) & (Claim.id == ServiceRecord.claim_id))
        .where(ServiceRecord.tenant_id == tenant_id(), ServiceRecord.status.not_in(GONE),
               or_(Claim.id.in_(claim_ids), Claim.parent_id.in_(claim_ids))).group_by(whose))
    return {row[0]: Served(*map(int, row[1:])) for row in rows}


def claim_row(claim_id: uuid.UUID) -> ClaimRow:
    """One claim. Raises NotFound. Whether the actor may see it is the caller's question."""
    row = session().execute(_rows().where(Claim.id == claim_id)).one_or_none()
    if row is None:
        raise NotFound
    return ClaimRow(*row)


def records_of(claim_id: uuid.UUID) -> Sequence[tuple[Any, ...]]:
    """The records of a claim and, for a unit's, of those who served under it: id, member, happened_on, minutes, status; newest first."""
    return session().execute(
        select(ServiceRecord.id, Member.name.label("member"), ServiceRecord.happened_on, ServiceRecord.minutes, ServiceRecord.status)
        .join(Claim, (Claim.tenant_id == ServiceRecord.tenant_id) & (Claim.id == ServiceRecord.claim_id))
        .join(Member, (Member.tenant_id == ServiceRecord.tenant_id) & (Member.id == ServiceRecord.member_id))
        .where(ServiceRecord.tenant_id == tenant_id(), or_(Claim.id == claim_id, Claim.parent_id == claim_id))
        .order_by(ServiceRecord.happened_on.desc(), ServiceRecord.id.desc()).limit(PAGE)).all()


def names_under(claim_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """Names of those who serve, served, or wait to, under units' claims, by claim."""
    found: dict[uuid.UUID, list[str]] = {}
    rows = session().execute(
        select(Claim.parent_id, Member.name).join(Member, (Member.tenant_id == Claim.tenant_id) & (Member.id == Claim.member_id))
        .where(Claim.tenant_id == tenant_id(), Claim.parent_id.in_(claim_ids), Claim.state.in_(("waiting", "held", "done")))
        .order_by(Member.sort_key, Member.id)) if claim_ids else ()
    for parent_id, name in rows:
        if parent_id is not None:
            found.setdefault(parent_id, []).append(name)
    return found


def claims_under(claim_id: uuid.UUID) -> Sequence[Row]:
    """Who serves, or served, under a unit's claim: the claim's id, member, unit, state; by name."""
    return session().execute(
        select(Claim.id, Member.name.label("member"), Organization.name.label("unit"), Claim.state)
        .join(Member, (Member.tenant_id == Claim.tenant_id) & (Member.id == Claim.member_id))
        .outerjoin(Organization, (Organization.tenant_id == Claim.tenant_id) & (Organization.id == Claim.unit_id))
        .where(Claim.tenant_id == tenant_id(), Claim.parent_id == claim_id).order_by(Member.sort_key, Claim.id)).all()


def _register(side: str, grants: Iterable[GrantFact], wanted: ClaimFilter) -> Select[Any]:
    within = below_places(Claim.community_id, grants) if side == "community" else below_units(Claim.unit_id, grants)
    return _rows().where(within, Claim.parent_id.is_(None), *wanted.conditions())


def _of_somebody(name: str) -> ColumnElement[bool]:
    """The condition: a claim of a member of that name, or the unit's under which one serves; read from the index of names."""
    one = aliased(Claim)
    found = (select(func.coalesce(one.parent_id, one.id)).join(Member, (Member.tenant_id == one.tenant_id) & (Member.id == one.member_id))
             .where(one.tenant_id == tenant_id(), named(name)))
    return Claim.id.in_(found.correlate(None))


def _rows() -> Select[Any]:
    community, unit = aliased(Organization), aliased(Organization)
    query: Any = select(
        Claim.id, Claim.matter_id, Claim.source, Matter.title, Matter.kind, Matter.place, Matter.recipient_kind, Matter.recipient_group,
        Matter.minutes, Claim.member_id, Member.name.label("member"), Claim.unit_id, unit.name.label("unit"),
        Claim.community_id, community.name.label("community"),
        Claim.state, Claim.claimed_on, Claim.due_on, Claim.ended_on, Claim.reason, Claim.parent_id, Claim.version)
    return (query.join(Matter, (Matter.tenant_id == Claim.tenant_id) & (Matter.id == Claim.matter_id))
            .outerjoin(Member, (Member.tenant_id == Claim.tenant_id) & (Member.id == Claim.member_id))
            .join(community, (community.tenant_id == Claim.tenant_id) & (community.id == Claim.community_id))
            .outerjoin(unit, (unit.tenant_id == Claim.tenant_id) & (unit.id == Claim.unit_id))
            .where(Claim.tenant_id == tenant_id()))


def _newest_first(query: Select[Any], after: uuid.UUID | None, limit: int) -> ClaimPage:
    if after is not None:
        query = query.where(Claim.id < after)
    return _page(query.order_by(Claim.id.desc()), limit)


def _by_deadline(query: Select[Any], after: uuid.UUID | None, limit: int) -> ClaimPage:
    """In the order of the index: those without a deadline come last, as nulls do."""
    if after is not None and (key := session().execute(select(Claim.due_on, Claim.id).where(
            Claim.tenant_id == tenant_id(), Claim.id == after)).one_or_none()) is not None:
        later = (and_(Claim.due_on.is_(None), Claim.id > key.id) if key.due_on is None else
                 or_(tuple_(Claim.due_on, Claim.id) > tuple_(literal(key.due_on, Date), key.id), Claim.due_on.is_(None)))
        query = query.where(later)
    return _page(query.order_by(Claim.due_on, Claim.id), limit)


def _page(query: Select[Any], limit: int) -> ClaimPage:
    found = session().execute(query.limit(limit + 1)).all()
    rows = [ClaimRow(*row) for row in found[:limit]]
    return ClaimPage(rows, rows[-1].id if len(found) > limit else None)
