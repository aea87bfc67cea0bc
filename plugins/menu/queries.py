"""Reads offers, the menu and requests for pages: columns only, keyset paging by id, a fixed number of queries."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, false, or_, select

from core.api import NotFound, in_reach, member_places, session, tenant_id, today
from plugins.menu import contacts
from plugins.menu.models import UNANSWERED, MenuAgreement, MenuBooking, MenuListing, MenuOffer, MenuRequest, MenuStep
from plugins.menu.offers import Owner

PAGE, MENU = 50, 500
OVERDUE, ENDED = "overdue", ("done", "closed")
_OFFER = (MenuOffer.id.label("offer_id"), MenuOffer.member_id, MenuOffer.unit_id, MenuOffer.title, MenuOffer.description, MenuOffer.category,
          MenuOffer.minutes, MenuOffer.times, MenuOffer.times_words, MenuOffer.monthly, MenuOffer.valid_until)
_REQUEST = (MenuRequest.id, MenuRequest.community_id, MenuRequest.title, MenuRequest.category, MenuRequest.state, MenuRequest.answer_by,
            MenuRequest.channel, MenuRequest.wished, MenuRequest.changes, MenuRequest.version, MenuRequest.member_id, MenuRequest.unit_id,
            MenuRequest.offer_id)


def menu(community_id: uuid.UUID) -> Sequence[Row]:
    """A community's menu by category and number: what is listed and still holds; `name` is the member's, None for a unit's."""
    people = member_places()
    query = (select(*_OFFER, MenuListing.number, people.c.name)
             .join(MenuOffer, (MenuOffer.tenant_id == MenuListing.tenant_id) & (MenuOffer.id == MenuListing.offer_id))
             .outerjoin(people, people.c.id == MenuOffer.member_id)
             .where(MenuListing.tenant_id == tenant_id(), MenuListing.community_id == community_id, MenuListing.state == "listed",
                    or_(MenuOffer.valid_until.is_(None), MenuOffer.valid_until >= today()),
                    or_(MenuOffer.member_id.is_(None), people.c.status == "active")))
    found = session().execute(query.order_by(MenuListing.id).limit(MENU)).all()
    return sorted(found, key=lambda row: (row.category, row.number))


def numbered(community_id: uuid.UUID, number: int) -> uuid.UUID:
    """The offer that bears a number of a community's menu. Raises NotFound for one that is not listed."""
    found = session().scalar(select(MenuListing.offer_id).where(
        MenuListing.tenant_id == tenant_id(), MenuListing.community_id == community_id, MenuListing.number == number, MenuListing.state == "listed"))
    if found is None:
        raise NotFound
    return found


def listings(permission: str, state: str, after: uuid.UUID | None = None) -> Sequence[Row]:
    """A page of offers in the menus within reach, with one row more where there is a next page."""
    people = member_places()
    query = (select(*_OFFER, MenuListing.id, MenuListing.community_id, MenuListing.state, MenuListing.number, MenuListing.version,
                    MenuListing.reason, MenuOffer.entered_by, people.c.name)
             .join(MenuOffer, (MenuOffer.tenant_id == MenuListing.tenant_id) & (MenuOffer.id == MenuListing.offer_id))
             .outerjoin(people, people.c.id == MenuOffer.member_id)
             .where(MenuListing.tenant_id == tenant_id(), MenuListing.state == state, in_reach(MenuListing, permission)))
    return _page(query, MenuListing, after)


def requests(permission: str, tab: str, after: uuid.UUID | None = None) -> Sequence[Row]:
    """A page of requests within reach, of one state or overdue; the oldest first, of those that ended the newest."""
    query = select(*_REQUEST).where(MenuRequest.tenant_id == tenant_id(), in_reach(MenuRequest, permission))
    query = query.where(_late() if tab == OVERDUE else MenuRequest.state == tab)
    return _page(query, MenuRequest, after, newest_first=tab in ENDED)


def found(permission: str, text: str) -> Sequence[Row]:
    """Requests within reach of a telephone number, or whose title begins with the text; a page at most."""
    digits = "".join(c for c in text if c.isdecimal())
    which = (MenuRequest.id.in_(contacts.with_phone(text)) if len(digits) >= 7 else MenuRequest.title.bool_op("^@")(text))
    query = select(*_REQUEST).where(MenuRequest.tenant_id == tenant_id(), in_reach(MenuRequest, permission), which)
    return session().execute(query.order_by(MenuRequest.id.desc()).limit(PAGE)).all()


def overdue(permission: str) -> bool:
    """Whether a request within reach waits too long."""
    return session().scalar(select(MenuRequest.id).where(MenuRequest.tenant_id == tenant_id(), in_reach(MenuRequest, permission), _late())
                            .limit(1)) is not None


def offers_of(owners: Sequence[Owner]) -> Sequence[Row]:
    """The owners' offers that have not ended, the newest first."""
    return session().execute(select(*_OFFER, MenuOffer.state, MenuOffer.version).where(
        MenuOffer.tenant_id == tenant_id(), _mine(MenuOffer, owners), MenuOffer.state != "ended").order_by(MenuOffer.id.desc()).limit(PAGE)).all()


def places_of(offer_ids: Sequence[uuid.UUID]) -> Sequence[Row]:
    """Where several offers stand."""
    return session().execute(select(MenuListing.offer_id, MenuListing.community_id, MenuListing.state, MenuListing.number, MenuListing.reason).where(
        MenuListing.tenant_id == tenant_id(), MenuListing.offer_id.in_(offer_ids), MenuListing.state != "ended")
        .order_by(MenuListing.community_id)).all()


def asked_of(owners: Sequence[Owner]) -> Sequence[Row]:
    """Live requests that wait for the owners, or that they have answered, the oldest first."""
    return session().execute(select(*_REQUEST).where(MenuRequest.tenant_id == tenant_id(), _mine(MenuRequest, owners), MenuRequest.state.in_(
        ("waiting", "proposed"))).order_by(MenuRequest.id).limit(PAGE)).all()


def open_in(community_ids: Sequence[uuid.UUID], after: uuid.UUID | None = None) -> Sequence[Row]:
    """Open requests of some communities that anybody there may pick, the oldest first."""
    query = select(*_REQUEST).where(MenuRequest.tenant_id == tenant_id(), MenuRequest.community_id.in_(community_ids), MenuRequest.state == "open")
    return _page(query, MenuRequest, after)


def agreed_of(owners: Sequence[Owner], since: dt.datetime) -> Sequence[Row]:
    """What the owners have agreed on, and what was cancelled of the time since, in order of time; a member's also under the unit."""
    query = (select(MenuAgreement.id, MenuAgreement.request_id, MenuAgreement.begins_at, MenuAgreement.ends_at, MenuAgreement.place,
                    MenuAgreement.state, MenuAgreement.community_id, MenuAgreement.unit_id, MenuRequest.title, MenuRequest.changes)
             .join(MenuRequest, (MenuRequest.tenant_id == MenuAgreement.tenant_id) & (MenuRequest.id == MenuAgreement.request_id))
             .where(MenuAgreement.tenant_id == tenant_id(), MenuAgreement.state != "done",
                    or_(MenuAgreement.state == "agreed", MenuAgreement.begins_at >= since)))
    if any(one.member_id is not None for one in owners):
        query = query.join(MenuBooking, (MenuBooking.tenant_id == MenuAgreement.tenant_id) & (MenuBooking.agreement_id == MenuAgreement.id)
                           ).where(MenuBooking.member_id.in_([one.member_id for one in owners]))
    else:
        query = query.where(_mine(MenuAgreement, owners))
    return session().execute(query.order_by(MenuAgreement.begins_at, MenuAgreement.id).limit(PAGE)).all()


def request(request_id: uuid.UUID) -> MenuRequest:
    """One request. Raises NotFound."""
    return _one(MenuRequest, request_id)


def offer(offer_id: uuid.UUID) -> MenuOffer:
    """One offer. Raises NotFound."""
    return _one(MenuOffer, offer_id)


def listing(listing_id: uuid.UUID) -> MenuListing:
    """One offer's place in one menu. Raises NotFound."""
    return _one(MenuListing, listing_id)


def steps(request_id: uuid.UUID) -> Sequence[Row]:
    """A request's history."""
    return session().execute(select(MenuStep.kind, MenuStep.side, MenuStep.at).where(
        MenuStep.tenant_id == tenant_id(), MenuStep.request_id == request_id).order_by(MenuStep.id)).all()


def _one(model: Any, identity: uuid.UUID) -> Any:
    row = session().scalar(select(model).where(model.tenant_id == tenant_id(), model.id == identity))
    if row is None:
        raise NotFound
    return row


def _late() -> Any:
    return and_(MenuRequest.state.in_(UNANSWERED), MenuRequest.answer_by < today())


def _mine(model: Any, owners: Sequence[Owner]) -> Any:
    """The condition that a row is one of the owners'."""
    members, units = ([one for one in ids if one is not None] for ids in ((o.member_id for o in owners), (o.unit_id for o in owners)))
    return or_(*([model.member_id.in_(members)] if members else []), *([model.unit_id.in_(units)] if units else [])) if owners else false()


def _page(query: Select, model: Any, after: uuid.UUID | None, *, newest_first: bool = False) -> Sequence[Row]:
    if after is not None:
        query = query.where(model.id < after if newest_first else model.id > after)
    return session().execute(query.order_by(model.id.desc() if newest_first else model.id).limit(PAGE + 1)).all()
