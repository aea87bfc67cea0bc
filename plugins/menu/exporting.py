"""What is taken along: all requests without the residents, and all that is kept of one member, given out or removed."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, delete, or_, select, update

from core.api import MemberData, _, in_reach, session, tenant_id
from plugins.menu.models import MenuAgreement, MenuBooking, MenuCalendar, MenuListing, MenuOffer, MenuRequest, MenuSlot
from plugins.menu.times import LOCAL

MOST = 20_000


def requests(permission: str) -> Sequence[Row]:
    """All requests within reach with what was agreed, the newest first; nothing of the residents."""
    return session().execute(
        select(MenuRequest.id, MenuRequest.community_id, MenuRequest.title, MenuRequest.category, MenuRequest.channel, MenuRequest.state,
               MenuRequest.wished, MenuRequest.created_at, MenuRequest.member_id, MenuRequest.unit_id, MenuAgreement.begins_at, MenuAgreement.place)
        .outerjoin(MenuAgreement, (MenuAgreement.tenant_id == MenuRequest.tenant_id) & (MenuAgreement.request_id == MenuRequest.id)
                   & (MenuAgreement.state != "cancelled"))
        .where(MenuRequest.tenant_id == tenant_id(), in_reach(MenuRequest, permission)).order_by(MenuRequest.id.desc()).limit(MOST)).all()


def local_day(moment: dt.datetime) -> dt.date:
    """The day of a moment in Asia/Shanghai."""
    return moment.astimezone(LOCAL).date()


def moment(value: dt.datetime | None) -> str | None:
    """A moment as a cell shows it."""
    return None if value is None else f"{value.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def tables(member_id: uuid.UUID) -> list[MemberData]:
    """A member's offers, the requests that he was asked or picked, and what he agreed on, each as a table where there are rows."""
    found = ((_("提供的服务"), _rows(MenuOffer, MenuOffer.member_id == member_id, (
        "title", "description", "category", "minutes", "times", "times_words", "monthly", "valid_until", "state", "created_at"))),
        (_("服务的上架情况"), _rows(MenuListing, MenuListing.offer_id.in_(select(MenuOffer.id).where(
            MenuOffer.tenant_id == tenant_id(), MenuOffer.member_id == member_id)), ("state", "reason", "decided_on"))),
        (_("接到的点单"), _rows(MenuRequest, MenuRequest.member_id == member_id, ("title", "category", "state", "answer_by", "ended_on"))),
        (_("约定"), _agreed(member_id)),
        (_("日历订阅"), _rows(MenuCalendar, MenuCalendar.member_id == member_id, ("issued_on",))))
    return [MemberData(title, rows) for title, given in found if (rows := tuple(given))]


def erase(member_id: uuid.UUID) -> int:
    """Nothing of the member remains: his offers go, requests that he was asked are open to others, and what was agreed names nobody."""
    offers = select(MenuOffer.id).where(MenuOffer.tenant_id == tenant_id(), MenuOffer.member_id == member_id)
    gone = 0
    gone += _count(delete(MenuSlot).where(MenuSlot.tenant_id == tenant_id(), MenuSlot.request_id.in_(
        select(MenuRequest.id).where(MenuRequest.tenant_id == tenant_id(), MenuRequest.member_id == member_id))).returning(MenuSlot.id))
    gone += _count(update(MenuRequest).where(MenuRequest.tenant_id == tenant_id(), MenuRequest.member_id == member_id,
                                             MenuRequest.state.in_(("waiting", "proposed", "agreed"))).values(state="open").returning(MenuRequest.id))
    gone += _count(update(MenuAgreement).where(MenuAgreement.tenant_id == tenant_id(), MenuAgreement.member_id == member_id,
                                               MenuAgreement.state == "agreed").values(state="cancelled").returning(MenuAgreement.id))
    for table in (MenuRequest, MenuAgreement):
        gone += _count(update(table).where(table.tenant_id == tenant_id(), or_(table.member_id == member_id, table.offer_id.in_(offers)))
                       .values(member_id=None, offer_id=None).returning(table.id))
    gone += _count(delete(MenuBooking).where(MenuBooking.tenant_id == tenant_id(), MenuBooking.member_id == member_id).returning(MenuBooking.id))
    gone += _count(delete(MenuCalendar).where(MenuCalendar.tenant_id == tenant_id(), MenuCalendar.member_id == member_id)
                   .returning(MenuCalendar.id))
    gone += _count(delete(MenuListing).where(MenuListing.tenant_id == tenant_id(), MenuListing.offer_id.in_(offers)).returning(MenuListing.id))
    return gone + _count(delete(MenuOffer).where(MenuOffer.tenant_id == tenant_id(), MenuOffer.member_id == member_id).returning(MenuOffer.id))


def _count(statement: Any) -> int:
    return len(session().execute(statement).all())


def _agreed(member_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    query = (select(MenuAgreement.begins_at, MenuAgreement.ends_at, MenuAgreement.place, MenuAgreement.state, MenuRequest.title)
             .join(MenuBooking, (MenuBooking.tenant_id == MenuAgreement.tenant_id) & (MenuBooking.agreement_id == MenuAgreement.id))
             .join(MenuRequest, (MenuRequest.tenant_id == MenuAgreement.tenant_id) & (MenuRequest.id == MenuAgreement.request_id))
             .where(MenuAgreement.tenant_id == tenant_id(), MenuBooking.member_id == member_id))
    for row in session().execute(query.order_by(MenuAgreement.begins_at, MenuAgreement.id)):
        yield {name: _plain(value) for name, value in row._mapping.items()}


def _rows(table: Any, which: Any, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for row in session().execute(select(*(getattr(table, name) for name in names)).where(table.tenant_id == tenant_id(), which).order_by(table.id)):
        yield {name: _plain(value) for name, value in row._mapping.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
