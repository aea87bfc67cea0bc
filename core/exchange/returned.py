"""Moves that came back: the member has left the register at home and nobody elsewhere has taken the member in (R27, R29)."""
from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, and_, exists, select
from sqlalchemy.orm import aliased

from core.access.actor import GrantFact
from core.exchange import canonical
from core.exchange.models import ExchangeOutgoing, ExchangePartner
from core.members.models import Affiliation, Member
from core.organizations.models import Organization
from core.privacy import keyring
from core.registration.reach import within
from core.tenancy import session
from core.tenancy.scope import tenant_id

MOST = 200


def returned(grants: tuple[GrantFact, ...]) -> Sequence[Row]:
    """Those of the units within the grants, the newest first, until the member is in the register again or was certified anew. One query.

    Whether a certificate was a move's stands only in its envelope; so those of members who left are opened, 200 at most.
    """
    of, later = ExchangeOutgoing, aliased(ExchangeOutgoing)
    rows = session().execute(
        select(of.id, of.envelope, of.member_id, of.reason, of.settled_at, Member.name, Organization.name.label("unit"),
               ExchangePartner.name.label("partner"))
        .join(Member, and_(Member.tenant_id == of.tenant_id, Member.id == of.member_id, Member.status == "left"))
        .join(ExchangePartner, and_(ExchangePartner.tenant_id == of.tenant_id, ExchangePartner.id == of.partner_id))
        .outerjoin(Organization, and_(Organization.tenant_id == of.tenant_id, Organization.id == of.unit_id))
        .where(of.tenant_id == tenant_id(), of.kind == "certificate", of.state == "refused", of.envelope.is_not(None),
               within(grants, unit=of.unit_id),
               ~exists().where(later.tenant_id == of.tenant_id, later.member_id == of.member_id, later.kind == "certificate", later.id > of.id),
               # Entered again since, whatever became of the member afterwards.
               ~exists().where(Affiliation.tenant_id == of.tenant_id, Affiliation.member_id == of.member_id, Affiliation.id > of.id))
        .order_by(of.id.desc()).limit(MOST)).all()
    texts = keyring.for_tenant(tenant_id()).decrypt_many("exchange_outgoing", "envelope", [(row.id, row.envelope) for row in rows])
    return [row for row, text in zip(rows, texts, strict=True) if text and canonical.parse(text.encode())["body"]["moves_on"]]
