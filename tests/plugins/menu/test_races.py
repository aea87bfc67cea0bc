"""Two at once: a member's time is taken once, a month is not overbooked, one form is one order. Each wall has a twin without it."""
from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, func, select

import core.db
from core.tenancy import session
from plugins.menu import agreeing, holding, offers, requesting
from plugins.menu.contacts import Contact
from plugins.menu.models import MenuAgreement, MenuListing, MenuRequest
from plugins.menu.offers import OfferInput, Owner
from plugins.menu.requesting import RequestInput
from tests.plugins.menu.conftest import asked, in_days, offered, proposed
from tests.service.conftest import at_once
from tests.service.test_records import in_scope
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member


@pytest.fixture
def without_locks(database: TestDatabase) -> Iterator[Callable[[str], None]]:
    """`without_locks("menu_calendar")` reads that table's rows without locking them from then on."""
    tables: set[str] = set()

    def strip(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> tuple[str, Any]:
        return (re.sub(r"\s+FOR UPDATE\b", " ", statement) if any(f"FROM {one}" in statement for one in tables) else statement), parameters

    engine = core.db.database.engine
    event.listen(engine, "before_cursor_execute", strip, retval=True)
    yield tables.add
    event.remove(engine, "before_cursor_execute", strip)


def choices(tenant: TestTenant, owners: list[Owner], offer_id: uuid.UUID | None, days: list[int]) -> list[Callable[[], Any]]:
    """Residents who each choose a time of the request of their own."""
    works = []
    for owner, day in zip(owners, days, strict=True):
        request_id = asked(tenant, offer_id) if offer_id else asked(tenant)
        if offer_id is None:
            with tenant.scope():
                requesting.publish(request_id, 2, "需要帮忙", "其他服务")
        slot = proposed(tenant, request_id, owner, in_days(day))[0]
        works.append(in_scope(tenant, lambda r=request_id, s=slot: agreeing.choose(r, None, s, side="resident", by=None)))
    return works


def kinds(outcome: list[Any]) -> list[str]:
    """What came of each, sorted."""
    return sorted(type(one).__name__ for one in outcome)


def agreements(tenant: TestTenant) -> int:
    """How many there are."""
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(MenuAgreement)) or 0


def calendar_made(tenant: TestTenant, owner: Owner) -> None:
    """The row that is the lock stands there before: to make it at once would be a wall of its own."""
    with tenant.scope():
        holding.calendar_locked(owner.member_id, owner.unit_id)


def test_a_members_time_is_taken_once(tenant: TestTenant, member: TestMember) -> None:
    owner = Owner(member_id=member.id)
    calendar_made(tenant, owner)
    assert kinds(at_once(*choices(tenant, [owner] * 3, None, [3] * 3))) == ["Conflict", "Conflict", "UUID"]
    assert agreements(tenant) == 1


def test_twin_without_the_calendars_lock_it_is_taken_twice(tenant: TestTenant, without_locks: Callable[[str], None]) -> None:
    without_locks("menu_calendar")
    for number in range(8):  # a race has to happen once
        owner = Owner(member_id=make_member(tenant, f"李{number}").id)
        calendar_made(tenant, owner)
        before = agreements(tenant)
        at_once(*choices(tenant, [owner] * 3, None, [3] * 3))
        if agreements(tenant) > before + 1:
            return
    pytest.fail("the lock on the calendar is not what holds")


def test_a_months_last_place_goes_once(tenant: TestTenant) -> None:
    owner = Owner(unit_id=tenant.units[0])
    offer_id = offered(tenant, owner, monthly=1)
    works = choices(tenant, [owner] * 3, offer_id, _one_month())
    assert kinds(at_once(*works)) == ["Conflict", "Conflict", "UUID"]
    assert agreements(tenant) == 1


def test_twin_without_the_offers_lock_the_month_is_overbooked(tenant: TestTenant, without_locks: Callable[[str], None]) -> None:
    without_locks("menu_offer")
    owner = Owner(unit_id=tenant.units[0])
    for _attempt in range(8):
        offer_id, before = offered(tenant, owner, monthly=1), agreements(tenant)
        at_once(*choices(tenant, [owner] * 3, offer_id, _one_month()))
        if agreements(tenant) > before + 1:
            return
    pytest.fail("the lock on the offer is not what holds")


def _one_month() -> list[int]:
    """Three days from now that lie in one month."""
    start = next(day for day in (3, 35) if in_days(day).begins_at.month == in_days(day + 2).begins_at.month)
    return [start, start + 1, start + 2]


def test_one_form_sent_thrice_at_once_is_one_order_and_numbers_are_drawn_once(tenant: TestTenant, member: TestMember) -> None:
    request_id = uuid.uuid4()
    given = RequestInput(Contact(wants="要帮忙"), channel="officer")
    works = [in_scope(tenant, lambda: requesting.ask(tenant.communities[0], given, by=None, request_id=request_id))] * 3
    assert at_once(*works) == [request_id] * 3
    at_once(*[lambda n=number: offered(tenant, Owner(member_id=member.id), f"服务{n}") for number in range(4)])
    with tenant.scope():
        assert session().scalars(select(MenuRequest.id)).all() == [request_id]
    offer, place = OfferInput("修水龙头", "家电维修", 60), [tenant.communities[0]]
    assert at_once(*[in_scope(tenant, lambda: offers.add(Owner(member_id=member.id), offer, place, by=None, offer_id=request_id))] * 3) == [request_id] * 3
    with tenant.scope():
        assert session().scalars(select(MenuListing.id).where(MenuListing.offer_id == request_id, MenuListing.state == "proposed")).one() is not None
        assert sorted(session().scalars(select(MenuListing.number).where(MenuListing.number.is_not(None)))) == [1, 2, 3, 4]
