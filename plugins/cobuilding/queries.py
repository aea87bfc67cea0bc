"""Reads offers, needs, agreements and what was given: columns only, keyset paging, a fixed number of queries."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, func, or_, select

from core.api import DataReach, NotFound, column_below, column_in_reach, session, tenant_id
from plugins.cobuilding.items import COLUMNS
from plugins.cobuilding.models import CobuildingAgreement, CobuildingFulfilment, CobuildingItem

PAGE = 50
MOST = 1000
TABS = ("proposed", "agreed", "ended", "other")
ITEM_TABS = ("offer", "need", "own")
_AGREEMENT = (CobuildingAgreement.id, CobuildingAgreement.unit_id, CobuildingAgreement.community_id, CobuildingAgreement.kind,
              CobuildingAgreement.title, CobuildingAgreement.details, CobuildingAgreement.amount, CobuildingAgreement.hours,
              CobuildingAgreement.seats, CobuildingAgreement.since, CobuildingAgreement.until, CobuildingAgreement.reason,
              CobuildingAgreement.state, CobuildingAgreement.unit_on, CobuildingAgreement.community_on, CobuildingAgreement.ended_on,
              CobuildingAgreement.end_reason, CobuildingAgreement.renews_id, CobuildingAgreement.version)


def reach() -> Any:
    """The condition that an agreement is one of the reader's unit or community, or of those below."""
    return or_(column_in_reach(CobuildingAgreement.unit_id, "cobuilding.read"), column_in_reach(CobuildingAgreement.community_id, "cobuilding.read"))


def items(tab: str, kind: str = "", after: uuid.UUID | None = None) -> Sequence[Row]:
    """A page of what is offered, of what is needed, or of one's own, closed ones too; the newest first."""
    query = select(*COLUMNS).where(CobuildingItem.tenant_id == tenant_id())
    if tab == "own":
        query = query.where(or_(column_in_reach(CobuildingItem.unit_id, "cobuilding.offer"), column_in_reach(CobuildingItem.community_id, "cobuilding.need")))
    else:
        query = query.where(CobuildingItem.side == tab, CobuildingItem.closed_on.is_(None))
    if kind:
        query = query.where(CobuildingItem.kind == kind)
    if after is not None:
        query = query.where(CobuildingItem.id < after)
    return session().execute(query.order_by(CobuildingItem.id.desc()).limit(PAGE + 1)).all()


def one_item(item_id: uuid.UUID) -> Row:
    """One offer or need. Raises NotFound."""
    row = session().execute(select(*COLUMNS).where(CobuildingItem.tenant_id == tenant_id(), CobuildingItem.id == item_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def agreements(tab: str, after: uuid.UUID | None = None) -> Sequence[Row]:
    """A page of the agreements within reach, the newest first."""
    states = ("declined", "withdrawn") if tab == "other" else (tab,)
    query = select(*_AGREEMENT).where(CobuildingAgreement.tenant_id == tenant_id(), CobuildingAgreement.state.in_(states), reach())
    if after is not None:
        query = query.where(CobuildingAgreement.id < after)
    return session().execute(query.order_by(CobuildingAgreement.id.desc()).limit(PAGE + 1)).all()


def proposed() -> int:
    """How many proposals within reach wait for a side; 1000 at most."""
    query = select(CobuildingAgreement.id).where(CobuildingAgreement.tenant_id == tenant_id(), CobuildingAgreement.state == "proposed", reach())
    return session().scalar(select(func.count()).select_from(query.limit(MOST).subquery())) or 0


def one_agreement(agreement_id: uuid.UUID) -> Row:
    """One agreement. Raises NotFound."""
    row = session().execute(select(*_AGREEMENT).where(CobuildingAgreement.tenant_id == tenant_id(), CobuildingAgreement.id == agreement_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def successor(agreement_id: uuid.UUID) -> uuid.UUID | None:
    """Next year's agreement made of this one, if there is one."""
    return session().scalar(select(CobuildingAgreement.id).where(CobuildingAgreement.tenant_id == tenant_id(),
                                                                 CobuildingAgreement.renews_id == agreement_id))


def fulfilments(agreement_id: uuid.UUID) -> Sequence[Row]:
    """What was given under an agreement, the latest first."""
    return session().execute(
        select(CobuildingFulfilment.id, CobuildingFulfilment.agreement_id, CobuildingFulfilment.done_on, CobuildingFulfilment.what,
               CobuildingFulfilment.amount, CobuildingFulfilment.hours, CobuildingFulfilment.state, CobuildingFulfilment.answer,
               CobuildingFulfilment.version)
        .where(CobuildingFulfilment.tenant_id == tenant_id(), CobuildingFulfilment.agreement_id == agreement_id)
        .order_by(CobuildingFulfilment.done_on.desc(), CobuildingFulfilment.id.desc()).limit(200)).all()


def one_fulfilment(fulfilment_id: uuid.UUID) -> Row:
    """One thing given. Raises NotFound."""
    row = session().execute(select(CobuildingFulfilment.id, CobuildingFulfilment.what, CobuildingFulfilment.version, CobuildingFulfilment.community_id)
                            .where(CobuildingFulfilment.tenant_id == tenant_id(), CobuildingFulfilment.id == fulfilment_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def yearly(since: dt.date, until: dt.date, places: Sequence[Any] = ()) -> Select:
    """The agreements that held in these days, with what the communities confirmed in them: times, done_amount, done_hours."""
    counted = (CobuildingFulfilment.tenant_id == CobuildingAgreement.tenant_id, CobuildingFulfilment.agreement_id == CobuildingAgreement.id,
               CobuildingFulfilment.state == "confirmed", CobuildingFulfilment.done_on.between(since, until))

    def total(what: Any) -> Any:
        return select(func.coalesce(what, 0)).where(*counted).correlate(CobuildingAgreement).scalar_subquery()
    return (select(*_AGREEMENT, total(func.count()).label("times"), total(func.sum(CobuildingFulfilment.amount)).label("done_amount"),
                   total(func.sum(CobuildingFulfilment.hours)).label("done_hours"))
            .where(CobuildingAgreement.tenant_id == tenant_id(), CobuildingAgreement.state.in_(("agreed", "ended")),
                   CobuildingAgreement.since <= until, CobuildingAgreement.until >= since, *places)
            .order_by(CobuildingAgreement.unit_id, CobuildingAgreement.community_id, CobuildingAgreement.id))


def below(places: tuple[DataReach, ...]) -> Any:
    """The condition that unit or community of an agreement lies below one of these places; for datasets."""
    return or_(column_below(CobuildingAgreement.unit_id, places), column_below(CobuildingAgreement.community_id, places))
