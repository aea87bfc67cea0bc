"""Both sides have chosen: the time is taken, the matter is put up and claimed, all under the locks that keep limits and calendars true."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import select, update

from core.api import (
    Conflict,
    NotFound,
    _,
    audit,
    claim_for_unit,
    close_matter,
    join_claim,
    now,
    release_claim,
    session,
    take_claim,
    tenant_id,
    today,
)
from plugins.menu import limits, matters, proposing, requesting, times
from plugins.menu.holding import members_locked, offer_locked, request_locked, step
from plugins.menu.models import MenuAgreement, MenuBooking, MenuRequest, MenuSlot
from plugins.menu.offers import Owner
from plugins.menu.times import Slot


def choose(request_id: uuid.UUID, version: int | None, slot_id: uuid.UUID, *, side: str, by: uuid.UUID | None) -> uuid.UUID:
    """The resident chooses a proposed time, or the officer writes down which; answers the agreement, the same when sent twice.

    Raises Conflict when the time was taken or the month is booked up meanwhile, Invalid when it has passed, NotFound.
    """
    row = request_locked(request_id, version)
    chosen = session().scalar(select(MenuSlot).where(MenuSlot.tenant_id == tenant_id(), MenuSlot.request_id == row.id, MenuSlot.id == slot_id))
    live = agreement_of(row.id)
    if chosen is None or row.state not in ("proposed", "agreed"):
        raise Conflict(_("这个时间已经不能选，请刷新页面看看现在的安排。"))
    slot = Slot(chosen.begins_at, chosen.ends_at, chosen.place)
    times.check(slot)
    if live is not None:
        _move(row, live, slot)
    else:
        live = _agree(row, slot, by)
    proposing.clear(row)
    row.state, row.changes = "agreed", None
    step(row, "agreed" if live.sequence == 0 else "moved", side, row.offer_id)
    audit("menu.agreed", "menu_request", row.id, {"agreement": str(live.id), "sequence": live.sequence})
    return live.id


def wish_change(request_id: uuid.UUID, version: int | None, *, side: str) -> None:
    """The resident would like another time; the provider sees it and proposes some, the old one stands until then. Raises Conflict, NotFound."""
    row = request_locked(request_id, version)
    if row.state != "agreed":
        raise Conflict(_("还没有约定时间，或已经结束。"))
    row.changes = side
    step(row, "wishes_change", side)
    audit("menu.change_wished", "menu_request", row.id)


def cancel(request_id: uuid.UUID, version: int | None, *, side: str) -> None:
    """Cancel what was agreed, without a reason. The resident's no ends the request; the provider's opens it to others.

    Raises Conflict, NotFound.
    """
    row = request_locked(request_id, version)
    live = agreement_of(row.id)
    if row.state != "agreed" or live is None:
        raise Conflict(_("没有可以取消的约定，请刷新页面。"))
    call_off(row, live, side)
    with suppress(Conflict, NotFound):  # it has ended by another way
        release_claim(live.claim_id, None, _("约定已取消"))
    if matters.state_of(row.id) == "open" and (row.state == "closed" or row.origin is None):
        close_matter(row.id, None, _("约定已取消"))


def call_off(row: MenuRequest, live: MenuAgreement, side: str) -> None:
    """A locked request's agreement is cancelled: the times are free, the request is over or open to others."""
    live.state, live.sequence, live.changed_at = "cancelled", live.sequence + 1, now()
    session().execute(update(MenuBooking).where(MenuBooking.tenant_id == tenant_id(), MenuBooking.agreement_id == live.id).values(live=False))
    proposing.clear(row)
    step(row, "cancelled", side, row.offer_id)
    if side == "provider":
        requesting.freed(row)
        row.changes = "provider"
    else:
        row.state, row.ended_by, row.ended_on, row.changes = "closed", side, today(), "resident"
    session().flush()
    audit("menu.cancelled", "menu_request", row.id, {"by": side})


def send(request_id: uuid.UUID, version: int | None, member_ids: Sequence[uuid.UUID], *, by: uuid.UUID | None) -> None:
    """A unit says which of its members go; each must be free then. Raises Conflict, Invalid for somebody of another unit, NotFound."""
    row = request_locked(request_id, version)
    live = agreement_of(row.id)
    if row.state != "agreed" or live is None or row.unit_id is None:
        raise Conflict(_("没有需要安排人员的约定，请刷新页面。"))
    known = set(going(live.id))
    fresh = sorted(set(member_ids) - known)
    _book(live, fresh)
    join_claim(live.claim_id, fresh, by=by)
    row.version += 1
    audit("menu.sent", "menu_request", row.id, {"members": len(fresh)})


def agreement_of(request_id: uuid.UUID) -> MenuAgreement | None:
    """The agreement that stands for a request."""
    return session().scalar(select(MenuAgreement).where(MenuAgreement.tenant_id == tenant_id(), MenuAgreement.request_id == request_id,
                                                        MenuAgreement.state == "agreed").execution_options(populate_existing=True))


def going(agreement_id: uuid.UUID) -> list[uuid.UUID]:
    """The members whose time an agreement takes."""
    return list(session().scalars(select(MenuBooking.member_id).where(MenuBooking.tenant_id == tenant_id(),
                                                                      MenuBooking.agreement_id == agreement_id)))


def _agree(row: MenuRequest, slot: Slot, by: uuid.UUID | None) -> MenuAgreement:
    owner = Owner(row.member_id, row.unit_id)
    _require_room(row, slot)
    matters.open_for(row, by=by, agreed=slot)
    claimed = (take_claim(row.id, owner.member_id, by=by) if owner.member_id is not None
               else claim_for_unit(row.id, _unit(owner), [], by=by))
    live = MenuAgreement(request_id=row.id, community_id=row.community_id, offer_id=row.offer_id, member_id=owner.member_id, unit_id=owner.unit_id,
                         claim_id=claimed.id, begins_at=slot.begins_at, ends_at=slot.ends_at, place=slot.place, state="agreed", sequence=0,
                         changed_at=now())
    session().add(live)
    session().flush()
    if owner.member_id is not None:
        _book(live, [owner.member_id])
    return live


def _move(row: MenuRequest, live: MenuAgreement, slot: Slot) -> None:
    """Another time for what is agreed already."""
    _require_room(row, slot)
    members = going(live.id)
    members_locked(members)
    limits.require_free(members, slot.begins_at, slot.ends_at, but=live.id)
    live.begins_at, live.ends_at, live.place = slot
    live.sequence, live.changed_at = live.sequence + 1, now()
    session().execute(update(MenuBooking).where(MenuBooking.tenant_id == tenant_id(), MenuBooking.agreement_id == live.id)
                      .values(begins_at=slot.begins_at, ends_at=slot.ends_at))
    matters.open_for(row, by=None, agreed=live)


def _require_room(row: MenuRequest, slot: Slot) -> None:
    if row.offer_id is not None:
        offer_locked(row.offer_id)
    limits.require_room(row.offer_id, slot.begins_at, but=row.id)


def _book(live: MenuAgreement, member_ids: Sequence[uuid.UUID]) -> None:
    members_locked(member_ids)
    limits.require_free(member_ids, live.begins_at, live.ends_at, but=live.id)
    for member_id in member_ids:
        session().add(MenuBooking(member_id=member_id, agreement_id=live.id, begins_at=live.begins_at, ends_at=live.ends_at, live=True))
    session().flush()


def _unit(owner: Owner) -> uuid.UUID:
    if owner.unit_id is None:
        raise Conflict(_("还没有人接这条点单。"))
    return owner.unit_id
