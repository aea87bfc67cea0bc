"""What was given under an agreement: entered by either side, counted when the community has confirmed that it came."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select

from core.api import Conflict, Invalid, NotFound, _, audit, now, session, tenant_id, today
from plugins.cobuilding import agreeing
from plugins.cobuilding.models import CobuildingFulfilment


@dataclass(frozen=True, slots=True)
class FulfilmentInput:
    """What was given on a day; whole yuan, whole hours."""

    done_on: dt.date
    what: str
    amount: int | None = None
    hours: int | None = None


def enter(fulfilment_id: uuid.UUID, agreement_id: uuid.UUID, given: FulfilmentInput, *, received: bool, by: uuid.UUID | None) -> uuid.UUID:
    """Write down what was given; `received`: the community itself writes, which confirms it. Sent twice under one id it is one.

    Raises Conflict, Invalid, NotFound.
    """
    agreement = agreeing.locked(agreement_id, None, ("agreed", "ended"))
    known = session().scalar(select(CobuildingFulfilment.agreement_id).where(CobuildingFulfilment.tenant_id == tenant_id(),
                                                                            CobuildingFulfilment.id == fulfilment_id))
    if known is not None:
        if known != agreement_id:
            raise Conflict(_("页面已经过期，请刷新后重新填写。"))
        return fulfilment_id
    if not agreement.since <= given.done_on <= today():
        raise Invalid(_("日期要在协议开始以后、今天以前。"), {"done_on": [_("请重新选择")]})
    row = CobuildingFulfilment(id=fulfilment_id, agreement_id=agreement_id, community_id=agreement.community_id, done_on=given.done_on,
                               what=given.what, amount=given.amount, hours=given.hours, state="waiting", made_by=by, created_at=now())
    if received:
        row.state, row.answered_on, row.answered_by = "confirmed", today(), by
    session().add(row)
    session().flush()
    audit("cobuilding.fulfilled", "cobuilding_fulfilment", row.id, {"confirmed": received})
    return row.id


def answer(fulfilment_id: uuid.UUID, version: int, *, yes: bool, reason: str | None, by: uuid.UUID | None) -> None:
    """The community confirms that it came, or says that it did not, with a reason; either may be put right later. Raises Conflict, Invalid, NotFound."""
    row = session().scalars(select(CobuildingFulfilment).where(CobuildingFulfilment.tenant_id == tenant_id(), CobuildingFulfilment.id == fulfilment_id)
                            .with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    if row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    if not yes and not reason:
        raise Invalid(_("请写明为什么不认可。"), {"answer": [_("请填写")]})
    row.state, row.answer = ("confirmed", None) if yes else ("refused", reason)
    row.answered_on, row.answered_by, row.version = today(), by, row.version + 1
    session().flush()
    audit("cobuilding.answered", "cobuilding_fulfilment", row.id, {"confirmed": yes})
