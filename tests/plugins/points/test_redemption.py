"""Spending: price or all, windows, limits, for others, given back; the last piece goes to one of twenty; cards."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, func, select

import core.db
from core import approvals
from core.errors import Conflict, Forbidden
from core.tenancy import session, set_clock, today
from plugins.points import corrections, exclusions, items, ledger, redemption
from plugins.points.models import PointsAccount, PointsCorrection, PointsEntry, PointsItem, PointsRequest
from tenants.settings import save
from tests.plugins.points.packs import publish, scheme, serve
from tests.service.conftest import at_once
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member

ITEM = {"key": "soap", "title": "肥皂", "price": 2, "stock": 1}


def shop(tenant: TestTenant, member: TestMember, hours: int = 5, **terms: Any) -> uuid.UUID:
    """A pack with one item, and a member with points; answers the item."""
    with tenant.scope():
        publish(scheme(redemption={"enabled": True, "items": [ITEM], **terms}))
        ledger.earn(serve(tenant, member, hours * 60, today()))
        return items.listed()[0].id


def state(member: TestMember) -> tuple[int, int | None, list[str]]:
    """Balance, stock and requests."""
    return (ledger.balance(member.id), session().scalar(select(PointsItem.stock)), sorted(
            session().scalars(select(PointsRequest.status).where(PointsRequest.member_id == member.id))))


def test_asked_handed_over_or_called_off(tenant: TestTenant, member: TestMember) -> None:
    item = shop(tenant, member)
    form = uuid.uuid4()
    with tenant.scope():
        request = redemption.ask(member.id, item, by=None, request_id=form)
        assert redemption.ask(member.id, item, by=None, request_id=form) == request == form
        assert state(member) == (300, 0, ["asked"])
    with tenant.scope():
        redemption.cancel(request, by=None)
        assert state(member) == (500, 1, ["cancelled"])
        again = redemption.ask(member.id, item, by=None)
        redemption.hand_over(again, by=None)
        assert state(member) == (300, 0, ["cancelled", "handed_over"])
        with pytest.raises(Conflict, match="处理过"):
            redemption.cancel(again, by=None)
        with pytest.raises(Conflict, match="兑完"):
            redemption.ask(member.id, item, by=None)
        total = session().scalar(select(func.sum(PointsEntry.points)).where(PointsEntry.member_id == member.id))
        assert total == 300


@pytest.mark.parametrize(("terms", "hours", "why"), [
    ({"enabled": True, "windows": [{"from_month": 12, "to_month": 1}]}, 5, "不是兑换时间"), ({}, 1, "积分不够"), ({"per_member": 1}, 5, "已经兑换 1 次")])
def test_what_stands_in_the_way(tenant: TestTenant, member: TestMember, terms: dict[str, Any], hours: int, why: str) -> None:
    with set_clock(dt.date(2026, 6, 1)):
        item = shop(tenant, member, hours, **{**terms, "items": [{**ITEM, "stock": 5}]})
        with pytest.raises(Conflict, match=why), tenant.scope():
            redemption.ask(member.id, item, by=None)
            redemption.ask(member.id, item, by=None)
    with tenant.scope():
        assert state(member) == (hours * 100, 5, [])


def test_what_cannot_be_given_away_is_not(tenant: TestTenant, member: TestMember) -> None:
    item = shop(tenant, member)
    with pytest.raises(Conflict, match="不能为别人"), tenant.scope():
        redemption.ask(member.id, item, for_other=True, by=None)


def test_spending_that_clears_all(tenant: TestTenant, member: TestMember) -> None:
    item = shop(tenant, member, spending="clears_all")
    with tenant.scope():
        request = redemption.ask(member.id, item, by=None)
        assert state(member)[0] == 0
        redemption.cancel(request, by=None)
        assert state(member)[0] == 500


def last_piece(tenant: TestTenant, people: list[TestMember], item: uuid.UUID) -> list[int | None]:
    """How many requests twenty get through who ask at once, and what is left of the stock."""
    def ask(member: TestMember) -> None:
        with tenant.scope():
            redemption.ask(member.id, item, by=None)

    at_once(*(lambda m=m: ask(m) for m in people))
    with tenant.scope():
        return [session().scalar(select(func.count()).select_from(PointsRequest)), session().scalar(select(PointsItem.stock))]


@pytest.fixture
def crowd(tenant: TestTenant) -> list[TestMember]:
    """Twenty with enough points."""
    people = [make_member(tenant, f"王{n}") for n in range(20)]
    with tenant.scope():
        for one in people:
            ledger.earn(serve(tenant, one, 120, today()))
    return people


def test_the_last_piece_goes_to_one_of_twenty(tenant: TestTenant, member: TestMember, crowd: list[TestMember]) -> None:
    assert last_piece(tenant, crowd, shop(tenant, member)) == [1, 0]


@pytest.fixture
def without_locks(database: TestDatabase) -> Iterator[None]:
    """Takes the row lock of items away."""
    def strip(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> tuple[str, Any]:
        return re.sub(r"\s+FOR UPDATE\b", " ", statement) if "points_item" in statement else statement, parameters

    event.listen(core.db.database.engine, "before_cursor_execute", strip, retval=True)
    yield
    event.remove(core.db.database.engine, "before_cursor_execute", strip)


def test_twin_without_the_lock_it_goes_to_several(tenant: TestTenant, member: TestMember, crowd: list[TestMember], without_locks: None) -> None:
    item = shop(tenant, member)
    for _attempt in range(5):
        if last_piece(tenant, crowd, item)[0] > 1:  # type: ignore[operator]
            return
        with tenant.scope():
            session().execute(PointsItem.__table__.update().values(stock=1))  # type: ignore[attr-defined]
    pytest.fail("the lock is not what holds")


def test_an_exclusion_stops_spending_and_earning_and_its_end_restores_both(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        publish(scheme(redemption={"enabled": True, "items": [ITEM]}, period={"ceiling": 6},
                       exclusions=[{"key": "review", "title": "正在接受审查"}]))
        item = items.listed()[0].id
        for hours in (4, 1):
            ledger.earn(serve(tenant, member, hours * 60, today()))
        out = exclusions.exclude(member.id, exclusions.ExclusionInput("review", today(), None, "组织通知"), by=None)
        assert ledger.balance(member.id) == 0
        ledger.earn(serve(tenant, member, 180, today()))
        assert ledger.balance(member.id) == 0
        with pytest.raises(Conflict, match="正在接受审查"):
            redemption.ask(member.id, item, by=None)
    with tenant.scope():
        exclusions.lift(out, 1, today() - dt.timedelta(days=1), by=None)
        assert [(e.kind, e.points) for e in reversed(ledger.entries(member.id))] == [
            ("earned", 400), ("earned", 100), ("settled", -500), ("earned", 0), ("settled", 600)]


def test_a_correction_needs_two(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        one, other = tenant.actor("community_officer"), tenant.actor("county_officer")
        proposed = corrections.propose(member.id, -150, "把李四的服务记到了王五名下", by=one).id
        with pytest.raises(Forbidden):
            approvals.confirm(proposed, by=one)
        assert ledger.balance(member.id) == 0
        approvals.confirm(proposed, by=other)
        with pytest.raises(Conflict):
            approvals.confirm(proposed, by=other)
        assert (ledger.balance(member.id), [(e.kind, e.note) for e in ledger.entries(member.id)]) == (-150, [("corrected", "把李四的服务记到了王五名下")])
        assert session().scalar(select(PointsAccount.balance).where(PointsAccount.member_id == member.id)) == -150
        refused = corrections.propose(member.id, 100, "漏记了一次入户走访", by=one).id
        approvals.refuse(refused, "没有找到签到表", by=other)
        save("approvals", {"points_correction": False}, version=0)
        assert corrections.propose(member.id, 50, "漏记了半次服务", by=one).status == "confirmed"
        assert (session().get_one(PointsCorrection, (tenant.id, refused)).status, ledger.balance(member.id)) == ("refused", -100)
