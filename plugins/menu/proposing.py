"""The provider's answer to a request: times to choose from, or no; and a member or unit that picks an open one (R69)."""
from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, select

from core.api import Conflict, Invalid, _, audit, session, settings, tenant_id
from plugins.menu import limits, requesting, times
from plugins.menu.holding import request_locked, step
from plugins.menu.models import UNANSWERED, MenuAgreement, MenuRequest, MenuSlot
from plugins.menu.offers import Owner
from plugins.menu.times import Slot

MOST = 3


def propose(request_id: uuid.UUID, version: int | None, owner: Owner, slots: Sequence[Slot], *, side: str = "provider") -> None:
    """Accept a request, or pick an open one, and offer times; for an agreed one: other times, while the old one stands.

    The caller has authorized it for `owner`. Raises Conflict when somebody else was asked or was faster, Invalid, NotFound.
    """
    row = request_locked(request_id, version)
    picked = row.state == "open"
    if (row.state not in (*UNANSWERED[1:], "proposed", "agreed") or owner == Owner()
            or (not picked and Owner(row.member_id, row.unit_id) != owner)):
        raise Conflict(_("这条点单已经由别人接了，或已经结束。请看看其他点单。"))
    _check(row, slots, owner)
    if picked:
        row.member_id, row.unit_id = owner.member_id, owner.unit_id
        step(row, "picked", side)
    session().execute(delete(MenuSlot).where(MenuSlot.tenant_id == tenant_id(), MenuSlot.request_id == row.id))
    for one in slots:
        session().add(MenuSlot(request_id=row.id, begins_at=one.begins_at, ends_at=one.ends_at, place=one.place))
    row.changes = side if row.state == "agreed" else None
    if row.state != "agreed":
        row.state = "proposed"
    step(row, "proposed", side, row.offer_id)
    audit("menu.proposed", "menu_request", row.id, {"times": len(slots)})


def take(request_id: uuid.UUID, version: int | None, member_id: uuid.UUID) -> None:
    """The officer notes that a member, who came or called, takes an open request; the times are noted next. Raises Conflict, NotFound."""
    row = request_locked(request_id, version)
    if row.state != "open":
        raise Conflict(_("这条点单已经由别人接了，或已经结束。请看看其他点单。"))
    row.member_id, row.state, row.answer_by = member_id, "waiting", requesting.answer_by(row.community_id)
    step(row, "picked", "officer")
    audit("menu.taken", "menu_request", row.id)


def decline(request_id: uuid.UUID, version: int | None, owner: Owner, *, side: str = "provider") -> None:
    """Say no to a request, without a reason; it is open to others again. Raises Conflict, NotFound."""
    row = request_locked(request_id, version)
    if row.state not in ("waiting", "proposed") or Owner(row.member_id, row.unit_id) != owner:
        raise Conflict(_("这条点单已经不在您这里，请刷新页面。"))
    step(row, "declined", side, row.offer_id)
    clear(row)
    requesting.freed(row)
    audit("menu.declined", "menu_request", row.id)


def refuse(request_id: uuid.UUID, version: int | None, *, side: str) -> None:
    """None of the times suits the resident: the provider is asked again; an agreed time stands. Raises Conflict, NotFound."""
    row = request_locked(request_id, version)
    if row.state not in ("proposed", "agreed") or not slots_of(row.id):
        raise Conflict(_("没有等您选择的时间，请刷新页面。"))
    clear(row)
    if row.state == "proposed":
        row.state, row.answer_by = "waiting", requesting.answer_by(row.community_id)
    row.changes = side if row.state == "agreed" else None
    step(row, "refused", side)
    audit("menu.refused", "menu_request", row.id)


def clear(row: MenuRequest) -> None:
    """Take away the times that were proposed."""
    session().execute(delete(MenuSlot).where(MenuSlot.tenant_id == tenant_id(), MenuSlot.request_id == row.id))


def slots_of(request_id: uuid.UUID) -> list[MenuSlot]:
    """The times to choose from, in order."""
    return list(session().scalars(select(MenuSlot).where(MenuSlot.tenant_id == tenant_id(), MenuSlot.request_id == request_id)
                                  .order_by(MenuSlot.begins_at, MenuSlot.id)))


def _check(row: MenuRequest, slots: Sequence[Slot], owner: Owner) -> None:
    if not 1 <= len(slots) <= MOST:
        raise Invalid(_("请提出 1 至 %(count)s 个时间。", count=MOST), {"times": [_("请填写至少一个时间")]})
    longest = settings("service", row.community_id)["longest_minutes"]
    for one in slots:
        times.check(one)
        if one.minutes > longest:
            raise Invalid(_("一次服务最长 %(count)s 分钟，请分几次约定。", count=longest), {"times": [_("太长了")]})
        limits.require_room(row.offer_id, one.begins_at, but=row.id)
        if owner.member_id is not None:
            limits.require_free([owner.member_id], one.begins_at, one.ends_at, but=_agreement_of(row.id))


def _agreement_of(request_id: uuid.UUID) -> uuid.UUID | None:
    return session().scalar(select(MenuAgreement.id).where(MenuAgreement.tenant_id == tenant_id(), MenuAgreement.request_id == request_id,
                                                           MenuAgreement.state == "agreed"))
