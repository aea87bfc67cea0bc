"""Spending points: a member asks (or an officer for one without a phone), an officer hands over, or it is called off and given back."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, select

from core.api import Conflict, NotFound, _, audit, new_id, now, session, tenant_id, today
from plugins.points import exclusions, holding, ledger, spending
from plugins.points.calendar import period_of
from plugins.points.models import PointsItem, PointsRequest


def ask(member_id: uuid.UUID, item_id: uuid.UUID, *, for_other: bool = False, by: uuid.UUID | None, request_id: uuid.UUID | None = None) -> uuid.UUID:
    """Ask for an item: its points are taken and one of the stock is kept back. The caller has authorized it.

    `request_id` is the form's own, so that sending it twice asks once. Raises NotFound, Conflict with what stands in the way.
    """
    held = holding.for_tenant(today())
    terms = held.document["redemption"]
    balance = ledger.hold([member_id])[member_id]
    if request_id is not None and _is_there(request_id, member_id):
        return request_id
    item = _locked_item(item_id)
    period = period_of(today(), held.document["period"])
    _check(member_id, item, terms, period, for_other=for_other)
    cost = balance if terms["spending"] == "clears_all" and balance >= item.price else item.price
    row = PointsRequest(id=request_id or new_id(), member_id=member_id, item_id=item_id, cost=cost, for_other=for_other, period=period, asked_by=by,
                        asked_at=now())
    session().add(row)
    if item.stock is not None:
        item.stock -= 1
    session().flush()
    if cost:
        spending.spend(member_id, balance, cost, kind="redeemed", contra="redeemed", source="request", source_id=row.id, words=f"兑换：{item.title}")
    audit("points.asked", "points_request", row.id, {"item": str(item_id), "points": cost})
    return row.id


def hand_over(request_id: uuid.UUID, *, by: uuid.UUID | None) -> None:
    """The member has got it. Raises NotFound, Conflict."""
    row = _locked_request(request_id)
    row.status, row.closed_by, row.closed_at = "handed_over", by, now()
    audit("points.handed_over", "points_request", row.id)


def cancel(request_id: uuid.UUID, *, by: uuid.UUID | None) -> None:
    """Call it off: the points and the piece go back. Raises NotFound, Conflict."""
    member_id = session().scalar(select(PointsRequest.member_id).where(PointsRequest.tenant_id == tenant_id(), PointsRequest.id == request_id))
    if member_id is None:
        raise NotFound
    ledger.hold([member_id])  # always before the rows of requests and items, so that two never wait for each other
    row = _locked_request(request_id)
    item = _locked_item(row.item_id, closed=True)
    row.status, row.closed_by, row.closed_at = "cancelled", by, now()
    if item.stock is not None:
        item.stock += 1
    session().flush()
    spending.give_back(row.member_id, "request", row.id, f"取消兑换：{item.title}")
    audit("points.request_cancelled", "points_request", row.id)


def open_now(terms: Mapping[str, Any], day: dt.date) -> bool:
    """Whether points can be spent on a day."""
    if not terms["enabled"]:
        return False
    spans = [((w["from_month"], w["from_day"]), (w["to_month"], w["to_day"])) for w in terms["windows"]]
    at = (day.month, day.day)
    return not spans or any(a <= at <= b if a <= b else at >= a or at <= b for a, b in spans)


def _check(member_id: uuid.UUID, item: PointsItem, terms: Mapping[str, Any], period: dt.date, *, for_other: bool) -> None:
    if not open_now(terms, today()):
        raise Conflict(_("现在不是兑换时间。"))
    if not item.active or item.stock == 0:
        raise Conflict(_("“%(item)s”已经兑完。", item=item.title))
    if for_other and not item.for_others:
        raise Conflict(_("“%(item)s”不能为别人兑换。", item=item.title))
    if reason := exclusions.in_force(member_id, today(), "both", "spending"):
        raise Conflict(_("目前不能兑换：%(reason)s。", reason=reason))
    if terms["per_member"] is not None:
        had = session().scalar(select(func.count()).select_from(PointsRequest).where(
            PointsRequest.tenant_id == tenant_id(), PointsRequest.member_id == member_id, PointsRequest.period == period,
            PointsRequest.status != "cancelled")) or 0
        if had >= terms["per_member"]:
            raise Conflict(_("本期已经兑换 %(times)s 次，达到上限。", times=had))


def _is_there(request_id: uuid.UUID, member_id: uuid.UUID) -> bool:
    owner = session().scalar(select(PointsRequest.member_id).where(PointsRequest.tenant_id == tenant_id(), PointsRequest.id == request_id))
    if owner is not None and owner != member_id:
        raise Conflict(_("这张表单已经用过，请重新打开后再提交。"))
    return owner is not None


def _locked_item(item_id: uuid.UUID, *, closed: bool = False) -> PointsItem:
    row = session().scalar(select(PointsItem).where(PointsItem.tenant_id == tenant_id(), PointsItem.id == item_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None or not (row.active or closed):
        raise NotFound
    return row


def _locked_request(request_id: uuid.UUID) -> PointsRequest:
    row = session().scalar(select(PointsRequest).where(PointsRequest.tenant_id == tenant_id(), PointsRequest.id == request_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.status != "asked":
        raise Conflict(_("这件兑换已经处理过，请刷新页面查看最新状态。"))
    return row


def of_member(member_id: uuid.UUID, limit: int = 20) -> Sequence[Row]:
    """A member's latest requests, the newest first."""
    of = PointsRequest
    return session().execute(
        select(of.id, of.status, of.cost, of.for_other, of.asked_at, PointsItem.title)
        .join(PointsItem, (PointsItem.tenant_id == of.tenant_id) & (PointsItem.id == of.item_id))
        .where(of.tenant_id == tenant_id(), of.member_id == member_id).order_by(of.id.desc()).limit(limit)).all()
