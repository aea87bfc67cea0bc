"""What may not be exceeded: an offer's services a month, and a member's time, which cannot be taken twice."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import func, select

from core.api import Conflict, _, session, tenant_id
from plugins.menu.models import MenuAgreement, MenuBooking, MenuOffer
from plugins.menu.times import month_of


def require_room(offer_id: uuid.UUID | None, begins_at: dt.datetime, *, but: uuid.UUID | None = None) -> None:
    """Raise Conflict when an offer is booked up in the month of `begins_at`; `but` is a request that does not count.

    It holds for good only where the caller holds the offer's lock.
    """
    most = None if offer_id is None else session().scalar(select(MenuOffer.monthly).where(MenuOffer.tenant_id == tenant_id(),
                                                                                          MenuOffer.id == offer_id))
    if offer_id is None or most is None:
        return
    first, following = month_of(begins_at)
    taken = session().scalar(select(func.count()).select_from(MenuAgreement).where(
        MenuAgreement.tenant_id == tenant_id(), MenuAgreement.offer_id == offer_id, MenuAgreement.state != "cancelled",
        MenuAgreement.begins_at >= first, MenuAgreement.begins_at < following,
        MenuAgreement.request_id.is_distinct_from(but))) or 0
    if taken >= most:
        raise Conflict(_("这项服务 %(month)s 月已约满（每月最多 %(count)s 次），请选别的月份或别的服务。", month=first.month, count=most))


def require_free(member_ids: Sequence[uuid.UUID], begins_at: dt.datetime, ends_at: dt.datetime, *, but: uuid.UUID | None = None) -> None:
    """Raise Conflict when one of the members has agreed on something else at that time; `but` is an agreement that does not count.

    It holds for good only where the caller holds the members' calendars.
    """
    if not member_ids:
        return
    taken = session().scalar(select(MenuBooking.id).where(
        MenuBooking.tenant_id == tenant_id(), MenuBooking.member_id.in_(member_ids), MenuBooking.live, MenuBooking.begins_at < ends_at,
        MenuBooking.ends_at > begins_at, MenuBooking.agreement_id.is_distinct_from(but)).limit(1))
    if taken is not None:
        raise Conflict(_("这个时间服务的人已经约了别的服务，请另选时间。"))
