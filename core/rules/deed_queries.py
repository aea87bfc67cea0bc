"""Reads deeds for lists and pages: columns only, within the reader's reach, keyset paging by id."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import aliased

from core.access.actor import GrantFact
from core.errors import NotFound
from core.members.models import Member
from core.members.queries import named
from core.members.reach import within_reach
from core.organizations.models import Organization
from core.rules.models import Deed
from core.tenancy import session
from core.tenancy.scope import tenant_id

PAGE = 50


class DeedRow(NamedTuple):
    """A deed with the names that go with it; `member` is None for a unit's own."""

    id: uuid.UUID
    member_id: uuid.UUID | None
    unit_id: uuid.UUID | None
    member: str | None
    unit: str | None
    kind: str
    level: str | None
    quantity: int
    happened_on: dt.date
    evidence: str
    status: str
    reason: str | None
    entered_by: uuid.UUID | None
    decided_by: uuid.UUID | None
    approved_on: dt.date | None
    version: int
    created_at: dt.datetime


def deeds_within(grants: Iterable[GrantFact], status: str, *, kind: str | None = None, text: str = "", after: uuid.UUID | None = None,
                 limit: int = PAGE) -> Sequence[DeedRow]:
    """Deeds of members, and of units, in the grants' reach, the newest first; `text` begins a member's name."""
    query = _rows().where(Deed.status == status, _reached(list(grants)))
    if kind:
        query = query.where(Deed.kind == kind)
    if text.strip():
        query = query.where(named(text))
    return _paged(query, after, limit)


def own_deeds(member_id: uuid.UUID, *, after: uuid.UUID | None = None, limit: int = PAGE) -> Sequence[DeedRow]:
    """A member's, the newest first."""
    return _paged(_rows().where(Deed.member_id == member_id), after, limit)


def deed_view(deed_id: uuid.UUID) -> DeedRow:
    """One deed. Raises NotFound."""
    row = session().execute(_rows().where(Deed.id == deed_id)).one_or_none()
    if row is None:
        raise NotFound
    return DeedRow(*row)


def _paged(query: Select[Any], after: uuid.UUID | None, limit: int) -> Sequence[DeedRow]:
    if after is not None:
        query = query.where(Deed.id < after)
    return [DeedRow(*row) for row in session().execute(query.order_by(Deed.id.desc()).limit(limit))]


def _reached(grants: list[GrantFact]) -> ColumnElement[bool]:
    units = [Organization.path.bool_op("^@")(g.path) for g in grants]
    places = select(Organization.id).where(Organization.tenant_id == tenant_id(), or_(*units))
    return or_(and_(Deed.member_id.is_not(None), within_reach(grants)), and_(Deed.member_id.is_(None), Deed.unit_id.in_(places)))


def _rows() -> Select[Any]:
    unit = aliased(Organization)
    query: Any = select(Deed.id, Deed.member_id, Deed.unit_id, Member.name.label("member"), unit.name.label("unit"), Deed.kind, Deed.level,
                        Deed.quantity, Deed.happened_on, Deed.evidence, Deed.status, Deed.reason, Deed.entered_by, Deed.decided_by,
                        Deed.approved_on, Deed.version, Deed.created_at)
    return (query.outerjoin(Member, (Member.tenant_id == Deed.tenant_id) & (Member.id == Deed.member_id))
            .outerjoin(unit, (unit.tenant_id == Deed.tenant_id) & (unit.id == Deed.unit_id)).where(Deed.tenant_id == tenant_id()))
