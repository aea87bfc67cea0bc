"""An offer's whole life on its owner's pages, unticked and ticked again too, and how an officer lists it."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import NotFound
from core.service.models import ServiceRecord
from core.tenancy import session, set_clock, today
from plugins.menu import listings, offers, queries
from plugins.menu.models import MenuListing, MenuOffer
from plugins.menu.offers import OfferInput, Owner
from tests.plugins.menu.conftest import (
    OFFICER,
    agreed,
    asked,
    later,
    request_of,
)
from tests.plugins.quick import Open, said_after
from tests.service.conftest import Browser
from tests.support.factories import TestTenant, make_account, make_member
from tests.support.refusals import sentences

DAY = dt.timedelta(days=1)
OFFER = {"title": "修水龙头", "category": "家电维修", "minutes": "60"}


def test_an_offers_whole_life_on_its_owners_pages(quick: Open, tenant: TestTenant) -> None:
    member = make_member(tenant, workplace=1, account=True)
    own, near, far = quick(member.account), tenant.communities[:2], tenant.communities[-1]
    new, home = "/p/menu/me/offers/new", "/p/menu/me/"
    for changes, sentence in (
            ({"communities": ""}, "请至少选择一个社区"), ({"communities": far}, "请至少选择一个社区"), ({"category": "没有这一类"}, "请从列表中选择"),
            ({"title": "水"}, "请用 2 至 60 个字写明提供什么服务"), ({"minutes": "0"}, "请填写 1 至 1440 分钟"), ({"minutes": "两小时"}, "请填整数"),
            ({"monthly": "1001"}, "请填写 1 以上的次数，不限请留空"), ({"valid_until": today() - DAY}, "早于今天"),
            ({"times": "周六 9:00-10:00;" * 15}, "时间最多写 14 行"), ({"times": "周六 9:00-25:00"}, "请按“周六 9:00-11:30”填写")):
        answer = own.post(new, home, **{**OFFER, "communities": near[0], **changes})
        assert (answer.status_code, sentence in answer.text) == (422, True), sentence
    with tenant.scope():
        assert session().scalars(select(MenuOffer.id)).all() == []
    page = own.get(new).text
    assert [f'value="{one}"' in page for one in (*near, far)] == [True, True, False]
    form_id = uuid.uuid4()
    for _time in range(2):
        answer = own.post(new, home, **OFFER, communities=near[0], valid_until=today() + 2 * DAY, form_id=form_id)
        assert said_after(own, answer) == "已提交，社区上架后居民就能点单。"

    def standing() -> list[tuple[str, int | None]]:
        with tenant.scope():
            rows = session().scalars(select(MenuListing).where(MenuListing.offer_id == form_id)).all()
            return [(row.state, row.number) for row in sorted(rows, key=lambda row: row.community_id)]

    def version() -> int:
        with tenant.scope():
            return queries.offer(form_id).version

    def move(to: str, **more: Any) -> Any:
        return own.post(f"/p/menu/me/offers/{form_id}/move", home, to=to, **{"version": version(), **more})

    def change(*communities: uuid.UUID, **more: Any) -> Any:
        return own.post(f"/p/menu/me/offers/{form_id}", home, **{**OFFER, "communities": [str(one) for one in communities], "version": version(), **more})

    def list_it(community: uuid.UUID) -> None:
        with tenant.scope():
            row = session().scalars(select(MenuListing).where(MenuListing.offer_id == form_id, MenuListing.community_id == community)).one()
            listings.put_up(row.id, row.version, by=OFFICER)
    assert standing() == [("proposed", None)]
    assert 'value="修水龙头"' in own.get(f"/p/menu/me/offers/{form_id}").text
    assert said_after(own, change(*near, title="修水龙头和水管", valid_until=today() + 2 * DAY)) == "已保存。"
    list_it(near[1])
    assert standing() == [("proposed", None), ("listed", 1)]
    answer = change(near[0], version=1)
    assert (answer.status_code, "刚有别人改过，您的改动没有保存。" in answer.text) == (409, True)
    change(near[0], valid_until=today() + 2 * DAY)
    assert standing() == [("proposed", None), ("ended", 1)]
    change(*near, valid_until=today() + 2 * DAY)
    assert standing() == [("proposed", None), ("proposed", 1)]  # who comes back waits for the officer again, under the old number
    list_it(near[1])
    assert [said_after(own, move("pause")), said_after(own, move("pause"))] == ["已暂停，菜单上不再显示；已约好的照常。"] * 2
    assert standing() == [("paused", None), ("paused", 1)]
    with set_clock(today() + 3 * DAY), tenant.scope():
        assert sentences(lambda: offers.resume(form_id)) == ("有效期已过，请先修改“有效到”。", "已过")
    assert said_after(own, move("fly")) == ""
    assert "刚有别人改过" in said_after(own, move("resume", version=1))
    assert standing() == [("paused", None), ("paused", 1)]
    assert said_after(own, move("resume")) == "已恢复。"
    assert standing() == [("proposed", None), ("listed", 1)]
    assert "确定结束这项服务吗？" in move("end").text
    assert standing() == [("proposed", None), ("listed", 1)]
    assert said_after(own, move("end", confirmed="yes")) == "已结束。"
    assert said_after(own, move("pause")) == "这项服务已经不在这个状态，请刷新页面。"
    answer = change(*near)
    assert (answer.status_code, "这项服务已经结束，不能再修改。" in answer.text, standing()) == (409, True, [("ended", None), ("ended", 1)])
    stranger = quick(make_member(tenant, "李芳", account=True).account)
    assert [stranger.get(f"/p/menu/me/offers/{form_id}").status_code, stranger.post(f"/p/menu/me/offers/{form_id}/move", home, to="end").status_code,
            quick(tenant.accounts["unit_liaison"]).get(f"/p/menu/unit/offers/{form_id}").status_code] == [404] * 3
    own.post("/p/menu/me/calendar", home, act="renew")
    assert "正在使用" in own.get("/p/menu/me/calendar").text
    assert said_after(own, own.post("/p/menu/me/calendar", home, act="revoke")) == "订阅地址已停用。"
    assert "还没有订阅地址" in own.get("/p/menu/me/calendar").text


def test_an_officer_lists_once_and_nobody_lists_or_vouches_for_himself(quick: Open, tenant: TestTenant) -> None:
    served_by = make_member(tenant, "周办事")
    own = Owner(member_id=served_by.id)
    with tenant.scope():
        himself = make_account(tenant, "community_officer", tenant.communities[0], member_id=served_by.id)
        offer_id = offers.add(own, OfferInput("量血压", "健康咨询", 30), [tenant.communities[0]], by=None)
        listing = session().scalars(select(MenuListing.id)).one()
    officer, his = quick(tenant.accounts["community_officer"]), quick(himself)

    def decide(who: Browser, version: int, **fields: Any) -> Any:
        return who.post(f"/p/menu/listings/{listing}/decide", "/p/menu/", version=version, **fields)

    def row() -> tuple[str, int | None, str | None, int]:
        with tenant.scope():
            found = queries.listing(listing)
            return found.state, found.number, found.reason, found.version
    assert ("这是您自己提供的，请由别的经办人上架。" in his.get("/p/menu/offers/").text, decide(his, 1, act="list").status_code, row()) == (
        True, 403, ("proposed", None, None, 1))
    assert said_after(officer, decide(officer, 1, act="list")) == "已上架，居民可以点单。"
    assert said_after(officer, decide(officer, 1, act="list")) == "刚有别人处理过，请刷新页面，核对后再办。"
    assert said_after(officer, decide(officer, 2, act="list")) == "这项服务已经处理过，或已由提供者暂停、结束。"
    assert "确定不上架（或下架）这项服务吗？" in decide(officer, 2, reason="材料不全").text
    assert row() == ("listed", 1, None, 2)
    assert said_after(officer, decide(officer, 2, reason="材料不全", confirmed="yes")) == "已处理。"
    assert said_after(officer, decide(officer, 3, reason="再来", confirmed="yes")) == "这项服务已经处理过，请刷新页面。"
    assert (row(), "原因：材料不全" in officer.get("/p/menu/offers/?tab=removed").text) == (("removed", 1, "材料不全", 3), True)
    with tenant.scope():
        offers.pause(offer_id)
        assert sentences(lambda: listings.put_up(listing, 3, by=OFFICER)) == ("这项服务已由提供者暂停或结束，不能上架。",)
        with pytest.raises(NotFound):
            listings.put_up(uuid.uuid4(), 1, by=OFFICER)
        with pytest.raises(NotFound):
            offers.pause(uuid.uuid4())
        offers.resume(offer_id)
    assert row() == ("removed", 1, "材料不全", 3)  # what the officer took down does not come back with its owner
    decide(officer, 3, act="list")
    request_id = asked(tenant, offer_id)
    agreed(tenant, request_id, own)
    with set_clock(later()):
        answer = quick(himself).post(f"/p/menu/requests/{request_id}/act", "/p/menu/", act="served", version=request_of(tenant, request_id).version)
    with tenant.scope():
        assert (answer.status_code, session().scalars(select(ServiceRecord.id)).all(), queries.request(request_id).state) == (403, [], "agreed")
