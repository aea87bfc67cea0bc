"""Offering a service, changing it, pausing and ending it (R69): by the member or unit itself, or entered by the community for a member."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from core.api import Conflict, Invalid, _, audit, new_id, now, session, settings, tenant_id, today
from plugins.menu import listings
from plugins.menu.holding import added, offer_locked
from plugins.menu.models import MenuListing, MenuOffer
from plugins.menu.settings import pairs


@dataclass(frozen=True, slots=True)
class OfferInput:
    """What somebody offers; `minutes` is the usual length, `monthly` the most a calendar month, None: as many as there are."""

    title: str
    category: str
    minutes: int
    description: str | None = None
    times: list[dict[str, Any]] = field(default_factory=list)
    times_words: str | None = None
    monthly: int | None = None
    valid_until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose offer it is: a member's or a unit's."""

    member_id: uuid.UUID | None = None
    unit_id: uuid.UUID | None = None


def add(owner: Owner, given: OfferInput, community_ids: Sequence[uuid.UUID], *, by: uuid.UUID | None, offer_id: uuid.UUID | None = None,
        listed_by: uuid.UUID | None = None) -> uuid.UUID:
    """Offer something to communities, who list it; the caller has authorized it for the owner.

    `offer_id` is the id that the form bears, so that sent twice it is one offer. `listed_by`: an officer of all these communities enters
    it and lists it at once. Raises Invalid.
    """
    if offer_id is not None and session().get(MenuOffer, (tenant_id(), offer_id)) is not None:
        return offer_id
    _check(given, community_ids)
    row = MenuOffer(id=offer_id or new_id(), member_id=owner.member_id, unit_id=owner.unit_id, state="open", entered_by=by, version=1,
                    created_at=now())
    _fill(row, given)
    if not added(row):
        return row.id
    audit("menu.offered", "menu_offer", row.id, {"communities": len(set(community_ids))})
    listings.place(row, community_ids, listed_by=listed_by)
    return row.id


def change(offer_id: uuid.UUID, version: int, given: OfferInput, community_ids: Sequence[uuid.UUID]) -> None:
    """Change an offer and where it stands; what was listed stays listed. Raises Conflict, Invalid, NotFound."""
    row = offer_locked(offer_id, version)
    _not_ended(row)
    _check(given, community_ids)
    _fill(row, given)
    row.version += 1
    audit("menu.offer_changed", "menu_offer", row.id)
    listings.place(row, community_ids)


def pause(offer_id: uuid.UUID, version: int | None = None) -> None:
    """Take an offer out of the menu for a while; what is agreed stays agreed. Raises Conflict, NotFound."""
    _move(offer_id, version, "paused", ("open",))


def resume(offer_id: uuid.UUID, version: int | None = None) -> None:
    """Put a paused offer back where it was listed. Raises Conflict, Invalid when its time is over, NotFound."""
    row = offer_locked(offer_id, version)
    if row.valid_until is not None and row.valid_until < today():
        raise Invalid(_("有效期已过，请先修改“有效到”。"), {"valid_until": [_("已过")]})
    _move(offer_id, version, "open", ("paused",))


def end(offer_id: uuid.UUID, version: int | None = None) -> None:
    """End an offer for good; requests that wait for it go on without it. Raises Conflict, NotFound."""
    _move(offer_id, version, "ended", ("open", "paused"))


def end_overdue() -> int:
    """End the offers whose time is over; answers how many."""
    ids = session().scalars(select(MenuOffer.id).where(MenuOffer.tenant_id == tenant_id(), MenuOffer.state != "ended",
                                                       MenuOffer.valid_until < today()).order_by(MenuOffer.valid_until, MenuOffer.id)).all()
    for offer_id in ids:
        end(offer_id)
    return len(ids)


def communities_of(offer_id: uuid.UUID) -> list[uuid.UUID]:
    """Where an offer stands or wants to stand."""
    return list(session().scalars(select(MenuListing.community_id).where(MenuListing.tenant_id == tenant_id(), MenuListing.offer_id == offer_id,
                                                                         MenuListing.state != "ended")))


def _move(offer_id: uuid.UUID, version: int | None, state: str, allowed: Iterable[str]) -> None:
    row = offer_locked(offer_id, version)
    if row.state == state:
        return
    if row.state not in allowed:
        raise Conflict(_("这项服务已经不在这个状态，请刷新页面。"))
    row.state = state
    row.version += 1
    audit({"paused": "menu.offer_paused", "open": "menu.offer_resumed", "ended": "menu.offer_ended"}[state], "menu_offer", row.id)
    listings.follow(row)


def _not_ended(row: MenuOffer) -> None:
    if row.state == "ended":
        raise Conflict(_("这项服务已经结束，不能再修改。可以另外新增一项。"))


def _fill(row: MenuOffer, given: OfferInput) -> None:
    row.title, row.category, row.minutes = given.title.strip(), given.category, given.minutes
    row.description, row.times_words = (given.description or "").strip() or None, (given.times_words or "").strip() or None
    row.times, row.monthly, row.valid_until = given.times, given.monthly, given.valid_until


def _check(given: OfferInput, community_ids: Sequence[uuid.UUID]) -> None:
    wrong: dict[str, list[str]] = {}
    if not community_ids:
        wrong["communities"] = [_("请至少选择一个社区")]
    elif any(given.category not in pairs(settings("menu", one)["categories"]) for one in community_ids[:1]):
        wrong["category"] = [_("请从列表中选择")]
    if not 2 <= len(given.title.strip()) <= 60:
        wrong["title"] = [_("请用 2 至 60 个字写明提供什么服务")]
    if not 1 <= given.minutes <= 1440:
        wrong["minutes"] = [_("请填写 1 至 1440 分钟")]
    if given.monthly is not None and not 1 <= given.monthly <= 1000:
        wrong["monthly"] = [_("请填写 1 以上的次数，不限请留空")]
    if given.valid_until is not None and given.valid_until < today():
        wrong["valid_until"] = [_("早于今天")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
