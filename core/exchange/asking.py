"""A member's way elsewhere: the wish, by phone or entered by an officer, and what the unit or county makes of it."""
from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core import audit
from core.db import new_id
from core.errors import Conflict, Invalid, NotFound
from core.exchange import certifying, guests
from core.exchange.certifying import Destination
from core.exchange.models import ExchangeRequest
from core.i18n import _
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

TABLE = "exchange_request"


def ask(member_id: uuid.UUID, to: Destination, *, by: uuid.UUID | None) -> uuid.UUID:
    """Note the wish; one is open at a time. Raises NotFound, Conflict, Invalid by field."""
    partner, community = certifying.check(to)
    member = guests.require_own(member_id)
    row = ExchangeRequest(id=new_id(), member_id=member_id, unit_id=member.unit_id, partner_id=partner.id, community_code=to.community_code,
                          community=community, basis=to.basis, moves_on=to.moves_on, share_phone=to.share_phone,
                          carry=to.carry and to.moves_on is not None, asked_by=by, asked_at=now())
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError as error:
        raise Conflict(_("您已有一项申请在办理中，不必重复提交。")) from error
    audit.record("exchange.asked", TABLE, row.id, {"partner": partner.code, "phone": to.share_phone, "carry": row.carry})
    return row.id


def take_back(request_id: uuid.UUID, version: int) -> None:
    """The member thinks again. Raises NotFound, Conflict."""
    row = _open(request_id, version)
    row.state, row.version = "taken_back", row.version + 1
    audit.record("exchange.request_taken_back", TABLE, request_id)


def refuse(request_id: uuid.UUID, version: int, reason: str) -> None:
    """The unit or county says no, and why; the member reads it. Raises NotFound, Conflict, Invalid."""
    row = _open(request_id, version)
    if not reason.strip():
        raise Invalid(_("请写明不予办理的原因，党员会看到。"), {"reason": [_("请填写")]})
    row.state, row.reason, row.version = "refused", reason.strip()[:300], row.version + 1
    audit.record("exchange.request_refused", TABLE, request_id)


def fulfil(request_id: uuid.UUID, version: int, *, by: uuid.UUID | None) -> uuid.UUID:
    """Certify as asked; answers the envelope's id. Raises NotFound, Conflict, Invalid."""
    row = _open(request_id, version)
    to = Destination(row.partner_id, row.community_code, row.basis, row.moves_on, row.share_phone, row.carry)
    row.state, row.version = "sent", row.version + 1
    return certifying.send(row.member_id, to, channel="self" if row.asked_by != by else "unit", by=by)


def _open(request_id: uuid.UUID, version: int) -> ExchangeRequest:
    row = session().scalar(select(ExchangeRequest).where(ExchangeRequest.tenant_id == tenant_id(), ExchangeRequest.id == request_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.version != version or row.state != "open":
        raise Conflict(_("这项申请已经有人办理过，请刷新页面查看最新状态。"))
    return row
