"""A tenant in which the menu is on, a member who offers something, and a resident who asks for it."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from core.tenancy import now, session, today
from core.tenancy.clock import LOCAL
from plugins.menu import agreeing, listings, offers, proposing, queries, requesting
from plugins.menu.contacts import Contact
from plugins.menu.models import MenuListing, MenuRequest
from plugins.menu.offers import OfferInput, Owner
from plugins.menu.requesting import RequestInput
from plugins.menu.times import Slot
from tests.plugins.quick import quick
from tests.service.conftest import app, browser, statements
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

__all__ = ["app", "browser", "quick", "statements"]
NAME, PHONE, HOME, WORDS = "孙桂兰", "13971234567", "沿江大道七号二单元", "水管漏到楼下了"
OFFICER = uuid.UUID(int=1)


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with the menu switched on."""
    return make_tenant(plugins=("menu",))


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """Lives in the first community, belongs to the first unit, has a phone."""
    return make_member(tenant, account=True)


@pytest.fixture
def place(tenant: TestTenant) -> str:
    """The address of the first community's public menu."""
    code = tenant.paths[tenant.communities[0]].rstrip("/").rpartition("/")[2]
    return f"/t/{tenant.slug}/p/menu/{code}"


def in_days(days: int, hour: int = 9, minutes: int = 90, place: str | None = "居民家中") -> Slot:
    """A stretch of time some days from now."""
    begins = dt.datetime.combine(today() + dt.timedelta(days=days), dt.time(hour), LOCAL)
    return Slot(begins, begins + dt.timedelta(minutes=minutes), place)


def offered(tenant: TestTenant, owner: Owner, title: str = "修水龙头", communities: Sequence[uuid.UUID] = (), **changes: Any) -> uuid.UUID:
    """An offer that is listed in the first community, or in several."""
    places = list(communities) or [tenant.communities[0]]
    with tenant.scope():
        given = OfferInput(**{"title": title, "category": "家电维修", "minutes": 60, **changes})
        offer_id = offers.add(owner, given, places, by=None)
        for row in session().scalars(select(MenuListing).where(MenuListing.offer_id == offer_id)).all():
            listings.put_up(row.id, row.version, by=OFFICER)
    return offer_id


def asked(tenant: TestTenant, offer_id: uuid.UUID | None = None, community: int = 0, **changes: Any) -> uuid.UUID:
    """A resident's request with everything that could leak."""
    given = {"contact": Contact(NAME, PHONE, HOME, WORDS, "家里有狗"), "offer_id": offer_id, "channel": "public", **changes}
    with tenant.scope():
        return requesting.ask(tenant.communities[community], RequestInput(**given), by=None)


def proposed(tenant: TestTenant, request_id: uuid.UUID, owner: Owner, *slots: Slot) -> list[uuid.UUID]:
    """Times from which the resident may choose."""
    with tenant.scope():
        proposing.propose(request_id, None, owner, slots or (in_days(3),))
        return [one.id for one in proposing.slots_of(request_id)]


def agreed(tenant: TestTenant, request_id: uuid.UUID, owner: Owner, slot: Slot | None = None) -> uuid.UUID:
    """An agreement on one time."""
    chosen = proposed(tenant, request_id, owner, slot or in_days(3))[0]
    with tenant.scope():
        return agreeing.choose(request_id, None, chosen, side="resident", by=None)


def state_of(tenant: TestTenant, request_id: uuid.UUID) -> Any:
    """A request's state, who was asked, and how many agreements there are by state."""
    with tenant.scope():
        row = session().execute(select(MenuRequest.state, MenuRequest.member_id).where(MenuRequest.id == request_id)).one()
    return row.state


def request_of(tenant: TestTenant, request_id: uuid.UUID) -> Any:
    """The request's row."""
    with tenant.scope():
        return queries.request(request_id)


def later(moment: dt.datetime | None = None) -> dt.datetime:
    """A moment after every time that `in_days(3)` makes."""
    return (moment or now()) + dt.timedelta(days=5)
