"""Who has moved here and still stands in the external unit: the list of those whose present unit is to be entered (R27, R29)."""
from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from core.access.actor import GrantFact
from core.exchange.models import ExchangeMember, ExchangePartner, ExchangeUnit
from core.exchange.queries import PAGE
from core.members.models import Member
from core.organizations.models import Organization
from core.registration.reach import within
from core.tenancy import session
from core.tenancy.scope import tenant_id


def movers(grants: tuple[GrantFact, ...], after: uuid.UUID | None = None, limit: int = PAGE) -> Sequence[Row]:
    """Those within the grants, by where they live or work, the newest first, one more than `limit`. One query."""
    place = aliased(Organization)
    query = (_standing(grants, select(ExchangeMember.id, Member.id.label("member_id"), Member.name, Organization.name.label("unit"),
                                      place.name.label("community"), ExchangePartner.name.label("partner"), Member.created_at))
             .join(ExchangePartner, and_(ExchangePartner.tenant_id == ExchangeMember.tenant_id, ExchangePartner.id == ExchangeMember.partner_id))
             .join(Organization, and_(Organization.tenant_id == Member.tenant_id, Organization.id == Member.unit_id))
             .outerjoin(place, and_(place.tenant_id == Member.tenant_id, place.id == func.coalesce(Member.residence_id, Member.workplace_id))))
    if after is not None:
        query = query.where(ExchangeMember.id < after)
    return session().execute(query.order_by(ExchangeMember.id.desc()).limit(limit + 1)).all()


def movers_count(grants: tuple[GrantFact, ...]) -> int:
    """How many."""
    return session().scalar(_standing(grants, select(func.count()))) or 0


def is_waiting(member_id: uuid.UUID) -> bool:
    """Whether somebody has moved here and still stands in the external unit."""
    return session().scalar(_standing(None, select(ExchangeMember.id)).where(Member.id == member_id)) is not None


def _standing(grants: tuple[GrantFact, ...] | None, query: Select) -> Select:
    reach = () if grants is None else (or_(within(grants, community=Member.residence_id), within(grants, community=Member.workplace_id)),)
    return (query.select_from(ExchangeMember)
            .join(Member, and_(Member.tenant_id == ExchangeMember.tenant_id, Member.id == ExchangeMember.member_id))
            .join(ExchangeUnit, and_(ExchangeUnit.tenant_id == Member.tenant_id, ExchangeUnit.organization_id == Member.unit_id))
            .where(ExchangeMember.tenant_id == tenant_id(), ExchangeMember.moved, Member.status == "active", *reach))
