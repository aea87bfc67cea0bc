"""Agreements 共建协议: proposed with a reason, agreed when both sides have said so, ended, and made anew from last year's."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from core.api import Conflict, Invalid, NotFound, _, audit, new_id, now, organization, session, tenant_id, today
from plugins.cobuilding.items import Terms, checked, take
from plugins.cobuilding.models import CobuildingAgreement, CobuildingItem

LONGEST = 10  # years


@dataclass(frozen=True, slots=True)
class AgreementInput:
    """Who gives what to whom, from when until when, and why these two."""

    unit_id: uuid.UUID
    community_id: uuid.UUID
    terms: Terms
    since: dt.date
    until: dt.date
    reason: str
    offer_id: uuid.UUID | None = None
    need_id: uuid.UUID | None = None


def propose(agreement_id: uuid.UUID, given: AgreementInput, sides: Collection[str], *, by: uuid.UUID | None) -> uuid.UUID:
    """Propose an agreement; the side that proposes has said yes by that. Sent twice under one id it is one.

    Who speaks for both sides says yes for neither: two people do. Raises Conflict, Invalid, NotFound.
    """
    if session().scalar(select(CobuildingAgreement.id).where(CobuildingAgreement.tenant_id == tenant_id(), CobuildingAgreement.id == agreement_id)):
        return agreement_id
    if organization(given.unit_id).kind != "unit" or organization(given.community_id).kind != "community":
        raise NotFound
    _open_items(given)
    row = CobuildingAgreement(id=agreement_id, unit_id=given.unit_id, community_id=given.community_id, offer_id=given.offer_id,
                              need_id=given.need_id, reason=given.reason, made_by=by, created_at=now())
    take(row, checked(given.terms))
    _span(row, given.since, given.until)
    if len(sides) == 1:
        _say(row, next(iter(sides)), by)
    session().add(row)
    session().flush()
    audit("cobuilding.proposed", "cobuilding_agreement", row.id)
    return row.id


def change(agreement_id: uuid.UUID, version: int, terms: Terms, since: dt.date, until: dt.date, sides: Collection[str], *,
           by: uuid.UUID | None) -> None:
    """Change what is proposed; what the other side had said no longer holds. Raises Conflict, Invalid, NotFound."""
    row = locked(agreement_id, version, ("proposed",))
    take(row, checked(terms, row.kind))
    _span(row, since, until)
    row.unit_on = row.unit_by = row.community_on = row.community_by = None
    if len(sides) == 1:
        _say(row, next(iter(sides)), by)
    _changed(row)
    audit("cobuilding.changed", "cobuilding_agreement", row.id)


def confirm(agreement_id: uuid.UUID, version: int, sides: Collection[str], *, by: uuid.UUID | None) -> None:
    """Say yes for the side that has not yet said so; with both it is agreed. Nobody says so for both. Raises Conflict, NotFound."""
    row = locked(agreement_id, version, ("proposed",))
    said = {"unit": row.unit_on, "community": row.community_on}
    open_sides = [side for side in ("unit", "community") if side in sides and said[side] is None]
    if not open_sides:
        raise Conflict(_("您这一方已经确认，请等对方确认。"))
    if by is not None and by in (row.unit_by, row.community_by):
        raise Conflict(_("同一个人不能代双方确认，请由对方确认。"))
    _say(row, open_sides[0], by)
    if row.unit_on and row.community_on:
        row.state = "agreed"
    _changed(row)
    audit("cobuilding.confirmed", "cobuilding_agreement", row.id, {"side": open_sides[0], "agreed": row.state == "agreed"})


def decline(agreement_id: uuid.UUID, version: int, reason: str) -> None:
    """One side says no. Raises Conflict, NotFound."""
    _finish(agreement_id, version, ("proposed",), "declined", reason)


def withdraw(agreement_id: uuid.UUID, version: int, reason: str) -> None:
    """The proposal is taken back. Raises Conflict, NotFound."""
    _finish(agreement_id, version, ("proposed",), "withdrawn", reason)


def end(agreement_id: uuid.UUID, version: int, reason: str) -> None:
    """It ends before or on its day, with a reason. Raises Conflict, NotFound."""
    _finish(agreement_id, version, ("agreed",), "ended", reason)


def renew(agreement_id: uuid.UUID, sides: Collection[str], *, by: uuid.UUID | None) -> uuid.UUID:
    """Next year's agreement in one press, from this one; pressed twice it is one. Raises Conflict, NotFound."""
    row = locked(agreement_id, None, ("agreed", "ended"))
    known = session().scalar(select(CobuildingAgreement.id).where(CobuildingAgreement.tenant_id == tenant_id(),
                                                                  CobuildingAgreement.renews_id == agreement_id))
    if known is not None:
        return known
    since = max(row.until + dt.timedelta(days=1), row.since)
    made = CobuildingAgreement(id=new_id(), unit_id=row.unit_id, community_id=row.community_id, offer_id=row.offer_id, need_id=row.need_id,
                               renews_id=row.id, reason=row.reason, since=since, until=since + (row.until - row.since), made_by=by, created_at=now())
    take(made, Terms(row.kind, row.title, row.details, row.amount, row.hours, row.seats))
    if len(sides) == 1:
        _say(made, next(iter(sides)), by)
    session().add(made)
    session().flush()
    audit("cobuilding.renewed", "cobuilding_agreement", made.id)
    return made.id


def locked(agreement_id: uuid.UUID, version: int | None, states: Collection[str]) -> CobuildingAgreement:
    """An agreement under a row lock. Raises NotFound; Conflict when it changed since, or is in no such state."""
    row = session().scalars(select(CobuildingAgreement).where(CobuildingAgreement.tenant_id == tenant_id(), CobuildingAgreement.id == agreement_id)
                            .with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    if row.state not in states:
        raise Conflict(_("这份协议现在不能这样办理，请刷新页面查看最新状态。"))
    return row


def _changed(row: CobuildingAgreement) -> None:
    row.version += 1
    session().flush()


def _finish(agreement_id: uuid.UUID, version: int, states: Collection[str], state: str, reason: str) -> None:
    row = locked(agreement_id, version, states)
    row.state, row.ended_on, row.end_reason = state, today(), reason
    _changed(row)
    audit(f"cobuilding.{state}", "cobuilding_agreement", row.id)


def _say(row: CobuildingAgreement, side: str, by: uuid.UUID | None) -> None:
    if side == "unit":
        row.unit_on, row.unit_by = today(), by
    else:
        row.community_on, row.community_by = today(), by


def _span(row: CobuildingAgreement, since: dt.date, until: dt.date) -> None:
    if until < since:
        raise Invalid(_("结束日期不能早于开始日期。"), {"until": [_("请重新选择")]})
    if not 2000 <= since.year <= today().year + 2 or until.year > since.year + LONGEST:
        raise Invalid(_("协议最长 %(count)s 年，请核对年份。", count=LONGEST), {"until": [_("请重新选择")]})
    row.since, row.until = since, until


def _open_items(given: AgreementInput) -> None:
    for item_id, column, owner in ((given.offer_id, "unit_id", given.unit_id), (given.need_id, "community_id", given.community_id)):
        if item_id is None:
            continue
        row = session().execute(select(CobuildingItem.closed_on, CobuildingItem.unit_id, CobuildingItem.community_id).where(
            CobuildingItem.tenant_id == tenant_id(), CobuildingItem.id == item_id)).one_or_none()
        if row is None or getattr(row, column) != owner:
            raise NotFound
        if row.closed_on is not None:
            raise Conflict(_("这项供给或需求已经关闭，请另选。"))
