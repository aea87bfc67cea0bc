"""Offers of units and needs of communities (R17): put up, put right, closed with a reason, and what fits what."""
from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from core.api import Conflict, Invalid, NotFound, _, audit, now, organization, session, tenant_id, today
from plugins.cobuilding.models import CobuildingItem
from plugins.cobuilding.words import kinds

MOST = 50


@dataclass(frozen=True, slots=True)
class Terms:
    """What is offered, needed or agreed: of which kind, and how much, where that can be counted."""

    kind: str
    title: str
    details: str | None = None
    amount: int | None = None
    hours: int | None = None
    seats: int | None = None


def checked(given: Terms, kept: str = "") -> Terms:
    """The terms as they may be kept: of a known kind (or the one that was there), funds with their amount. Raises Invalid."""
    if given.kind not in kinds() and given.kind != kept:
        raise Invalid(_("请选择资源种类。"), {"kind": [_("请选择")]})
    if given.kind == "funds" and not given.amount:
        raise Invalid(_("资金请写明金额。资金只作登记，不经过本系统支付。"), {"amount": [_("请填写")]})
    return given


def put_up(item_id: uuid.UUID, side: str, owner: uuid.UUID, given: Terms, *, by: uuid.UUID | None) -> uuid.UUID:
    """Put up an offer of the unit or a need of the community `owner`; sent twice under one id it is one. Raises Invalid, NotFound."""
    if session().scalar(select(CobuildingItem.id).where(CobuildingItem.tenant_id == tenant_id(), CobuildingItem.id == item_id)):
        return item_id
    if organization(owner).kind != ("unit" if side == "offer" else "community"):
        raise NotFound
    row = CobuildingItem(id=item_id, side=side, made_by=by, created_at=now(), **{"unit_id" if side == "offer" else "community_id": owner})
    take(row, checked(given))
    session().add(row)
    session().flush()
    audit("cobuilding.put_up", "cobuilding_item", row.id, {"side": side})
    return row.id


def change(item_id: uuid.UUID, version: int, given: Terms) -> None:
    """Put it right. Raises Conflict, Invalid, NotFound."""
    row = _open(item_id, version)
    take(row, checked(given, row.kind))
    session().flush()
    audit("cobuilding.item_changed", "cobuilding_item", row.id)


def close(item_id: uuid.UUID, version: int, reason: str) -> None:
    """Take it down; agreements made of it stay. Raises Conflict, NotFound."""
    row = _open(item_id, version)
    row.closed_on, row.close_reason = today(), reason
    session().flush()
    audit("cobuilding.item_closed", "cobuilding_item", row.id)


def fitting(item: Row) -> list[Row]:
    """Open items of the other side of the same kind, the newest first; a proposal only, somebody decides."""
    other = "need" if item.side == "offer" else "offer"
    return list(session().execute(select(*COLUMNS).where(
        CobuildingItem.tenant_id == tenant_id(), CobuildingItem.side == other, CobuildingItem.kind == item.kind, CobuildingItem.closed_on.is_(None))
        .order_by(CobuildingItem.id.desc()).limit(MOST)))


COLUMNS = (CobuildingItem.id, CobuildingItem.side, CobuildingItem.unit_id, CobuildingItem.community_id, CobuildingItem.kind, CobuildingItem.title,
           CobuildingItem.details, CobuildingItem.amount, CobuildingItem.hours, CobuildingItem.seats, CobuildingItem.closed_on,
           CobuildingItem.close_reason, CobuildingItem.version)


def _open(item_id: uuid.UUID, version: int) -> CobuildingItem:
    row = session().scalars(select(CobuildingItem).where(CobuildingItem.tenant_id == tenant_id(), CobuildingItem.id == item_id)
                            .with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    if row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    if row.closed_on is not None:
        raise Conflict(_("已经关闭，请刷新页面。"))
    row.version += 1
    return row


def take(row: Any, given: Terms) -> None:
    """Write the terms into an item or an agreement."""
    row.kind, row.title, row.details = given.kind, given.title, given.details
    row.amount, row.hours, row.seats = given.amount, given.hours, given.seats

