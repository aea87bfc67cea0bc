"""Asking for a service (R76): of an offer in the menu, or in one's own words, which the community puts into a title before members see it."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from core.api import Conflict, Invalid, NotFound, _, audit, member_places, new_id, now, session, settings, tenant_id, today
from plugins.menu import contacts, matters
from plugins.menu.contacts import Contact
from plugins.menu.holding import added, offer_locked, request_locked, step
from plugins.menu.models import LIVE, UNANSWERED, MenuListing, MenuOffer, MenuRequest
from plugins.menu.settings import pairs
from plugins.menu.words import DAYS, GROUPS, PARTS


@dataclass(frozen=True, slots=True)
class RequestInput:
    """What is asked for. Without `offer_id` and `title` the community words it first. `wished`: days (1 Monday) and parts of the day."""

    contact: Contact
    offer_id: uuid.UUID | None = None
    title: str | None = None
    category: str | None = None
    wished: Mapping[str, Any] = field(default_factory=dict)
    recipient_group: str | None = None
    channel: str = "officer"
    origin: str | None = None
    origin_id: uuid.UUID | None = None


def ask(community_id: uuid.UUID, given: RequestInput, *, by: uuid.UUID | None, request_id: uuid.UUID | None = None) -> uuid.UUID:
    """Write a request down; `request_id` is the form's, so that sent twice it is one. Answers its id.

    Made of something else (`origin`), it is a matter at once, so that nobody makes it again. Raises Conflict for an offer that is not
    in the community's menu, Invalid.
    """
    if request_id is not None and session().get(MenuRequest, (tenant_id(), request_id)) is not None:
        return request_id
    row = MenuRequest(id=request_id or new_id(), community_id=community_id, offer_id=None, member_id=None, unit_id=None, title=None, category=None,
                      wished=_wished(given.wished), recipient_group=given.recipient_group if given.recipient_group in GROUPS else None,
                      channel=given.channel, origin=given.origin, origin_id=given.origin_id, state="new", answer_by=answer_by(community_id), changes=None,
                      ended_by=None, ended_on=None, entered_by=by, version=1, created_at=now())
    _check(given)
    contacts.put(row, given.contact)
    if given.offer_id is not None:
        _of_offer(row, _listed(given.offer_id, community_id))
    elif given.title:
        _worded(row, given.title, given.category)
    if not added(row):
        return row.id
    step(row, "asked", "resident" if given.channel == "public" else "officer", row.offer_id)
    audit("menu.asked", "menu_request", row.id, {"channel": row.channel})
    if row.origin is not None and row.title is not None:
        matters.open_for(row, by=by)
    return row.id


def publish(request_id: uuid.UUID, version: int, title: str, category: str) -> None:
    """Put a resident's own words into a title that names nobody, so that members may pick it. Raises Conflict, Invalid, NotFound."""
    row = request_locked(request_id, version)
    if row.state not in ("new", "open"):
        raise Conflict(_("这条点单已经有人办理，不能再改标题。"))
    _worded(row, title, category)
    step(row, "published", "officer")
    audit("menu.published", "menu_request", row.id)
    if row.origin is not None:
        matters.open_for(row, by=None)


def match(request_id: uuid.UUID, version: int, offer_id: uuid.UUID) -> None:
    """Ask the owner of an offer that the officer thinks fits; the owner may decline. Raises Conflict, NotFound."""
    row = request_locked(request_id, version)
    if row.state not in UNANSWERED:
        raise Conflict(_("这条点单已经有人接了，请刷新页面。"))
    offer, worded = _listed(offer_id, row.community_id), row.title
    _of_offer(row, offer)
    row.title, row.answer_by = worded or row.title, answer_by(row.community_id)
    step(row, "matched", "officer", offer_id)
    audit("menu.matched", "menu_request", row.id)


def close(request_id: uuid.UUID, version: int | None, side: str) -> None:
    """End a request from which nothing was agreed; nobody owes a reason. Raises Conflict once a time is agreed or it has ended, NotFound."""
    row = request_locked(request_id, version)
    if row.state not in LIVE:
        raise Conflict(_("这条点单已经结束。"))
    if row.state == "agreed":
        raise Conflict(_("已经约定时间，请先取消约定。"))
    ended(row, side)
    step(row, "closed", side)
    audit("menu.closed", "menu_request", row.id, {"by": side})


def ended(row: MenuRequest, side: str) -> None:
    """A locked request that has come to nothing: its matter goes with it."""
    row.state, row.ended_by, row.ended_on = "closed", side, today()
    matters.close_for(row)


def freed(row: MenuRequest) -> None:
    """A locked request whose provider is gone: members may pick it again, or the community words it first."""
    row.offer_id = row.member_id = row.unit_id = None
    row.state, row.answer_by = "open" if row.title else "new", answer_by(row.community_id)


def answer_by(community_id: uuid.UUID) -> dt.date:
    """The day by which whoever is asked now should have answered."""
    return today() + dt.timedelta(days=settings("menu", community_id)["answer_days"])


def _of_offer(row: MenuRequest, offer: MenuOffer) -> None:
    row.offer_id, row.member_id, row.unit_id = offer.id, offer.member_id, offer.unit_id
    row.title, row.category, row.state = offer.title, offer.category, "waiting"


def _listed(offer_id: uuid.UUID, community_id: uuid.UUID) -> MenuOffer:
    offer = offer_locked(offer_id)
    state = session().scalar(select(MenuListing.state).where(MenuListing.tenant_id == tenant_id(), MenuListing.offer_id == offer_id,
                                                             MenuListing.community_id == community_id))
    if state is None:
        raise NotFound
    over = offer.valid_until is not None and offer.valid_until < today()
    if state != "listed" or over or (offer.member_id is not None and not _active(offer.member_id)):
        raise Conflict(_("这项服务刚刚下架或暂停，请选别的服务。"))
    return offer


def _active(member_id: uuid.UUID) -> bool:
    people = member_places(member_id)
    return session().scalar(select(people.c.status)) == "active"


def _worded(row: MenuRequest, title: str, category: str | None) -> None:
    if not 2 <= len(title.strip()) <= 60:
        raise Invalid(_("请用 2 至 60 个字写明需要什么。"), {"title": [_("请用 2 至 60 个字，不写姓名、电话和门牌号")]})
    if category not in pairs(settings("menu", row.community_id)["categories"]):
        raise Invalid(_("请选择分类。"), {"category": [_("请从列表中选择")]})
    row.title, row.category, row.state = title.strip(), category, "open"


def _wished(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"days": sorted(day for day in set(given.get("days", ())) if day in DAYS),
            "parts": [part for part in PARTS if part in set(given.get("parts", ()))]}


def _check(given: RequestInput) -> None:
    wrong: dict[str, list[str]] = {}
    if given.channel == "public" and not (given.contact.phone or "").strip():
        wrong["phone"] = [_("请留一个电话，方便联系您")]
    if given.offer_id is None and not given.title and not (given.contact.wants or "").strip():
        wrong["wants"] = [_("请选一项服务，或写明需要什么")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
