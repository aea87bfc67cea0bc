"""Lists of what our members do elsewhere, as their communities there have certified it: report-ins and services, within the grants."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, select

from core.access.actor import GrantFact
from core.exchange.models import ExchangePartner, ExchangeReceipt, ExchangeRecord
from core.exchange.queries import PAGE
from core.members.models import Member
from core.organizations.models import Organization
from core.registration.reach import within
from core.tenancy import session
from core.tenancy.scope import tenant_id


@dataclass(frozen=True, slots=True)
class ServedFilter:
    """Whose: of the units within the grants, of one unit, with one partner; `holds`: what still holds, or what was taken back there."""

    grants: tuple[GrantFact, ...]
    unit_id: uuid.UUID | None = None
    partner_id: uuid.UUID | None = None
    holds: bool | None = None


def receipts(wanted: ServedFilter, after: uuid.UUID | None = None, limit: int = PAGE) -> Sequence[Row]:
    """Report-ins elsewhere, the newest first, one more than `limit`. One query."""
    of = ExchangeReceipt
    return _page(select(of.id, of.member_id, Member.name, Organization.name.label("unit"), ExchangePartner.name.label("partner"), of.community, of.basis,
                        of.reported_on, of.number, of.in_force.label("holds")), of, of.in_force, wanted, after, limit)


def records(wanted: ServedFilter, after: uuid.UUID | None = None, limit: int = PAGE) -> Sequence[Row]:
    """Services elsewhere, the newest first, one more than `limit`; `rating` is null where nobody has judged. One query."""
    of = ExchangeRecord
    return _page(select(of.id, of.member_id, Member.name, Organization.name.label("unit"), ExchangePartner.name.label("partner"), of.community,
                        of.happened_on, of.kind, of.title, of.minutes, of.rating, of.counts.label("holds")), of, of.counts, wanted, after, limit)


def _page(query: Select, of: Any, holds: Any, wanted: ServedFilter, after: uuid.UUID | None, limit: int) -> Sequence[Row]:
    query = (query.join(Member, and_(Member.tenant_id == of.tenant_id, Member.id == of.member_id))
             .join(ExchangePartner, and_(ExchangePartner.tenant_id == of.tenant_id, ExchangePartner.id == of.partner_id))
             .outerjoin(Organization, and_(Organization.tenant_id == of.tenant_id, Organization.id == Member.unit_id))
             .where(of.tenant_id == tenant_id(), within(wanted.grants, unit=Member.unit_id)))
    for column, value in ((Member.unit_id, wanted.unit_id), (of.partner_id, wanted.partner_id), (holds, wanted.holds)):
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        query = query.where(of.id < after)
    return session().execute(query.order_by(of.id.desc()).limit(limit + 1)).all()
