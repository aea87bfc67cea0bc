"""Each step of the menu at the desk and on the residents' page, with the sentence of what cannot be done, and what is read of it within reach."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from marshmallow import ValidationError
from sqlalchemy import select

from core.access.actor import load_actor
from core.access.models import Grant
from core.access.tokens import create_token
from core.api import organization_names
from core.extension.dataset import DataReach, DataRequest
from core.tenancy import now, session, today
from plugins.menu import agreeing, offers, proposing, queries, receipts
from plugins.menu.models import MenuRequest
from plugins.menu.offers import Owner
from plugins.menu.reporting import AGREED, OFFERS
from plugins.menu.settings import MenuSettings
from plugins.menu.times import read_times
from tests.plugins.menu.conftest import (
    HOME,
    NAME,
    PHONE,
    WORDS,
    agreed,
    asked,
    in_days,
    offered,
    proposed,
    request_of,
    state_of,
)
from tests.plugins.menu.test_pages import CODE, ordered, settle
from tests.plugins.quick import Open, said_after
from tests.support.factories import TestMember, TestTenant, make_account, make_member

DAY = dt.timedelta(days=1)
OFFER = {"title": "修水龙头", "category": "家电维修", "minutes": "60"}


def test_the_desk_does_every_step_and_asks_before_it_ends_something(quick: Open, tenant: TestTenant, member: TestMember) -> None:
    officer, owner, far = quick(tenant.accounts["community_officer"]), Owner(member_id=member.id), make_member(tenant, "王远方", residence=7, unit=1)
    offer_id, request_id = offered(tenant, owner), asked(tenant)
    page, address = f"/p/menu/requests/{request_id}", f"/p/menu/requests/{request_id}/act"

    def act(what: str, **fields: Any) -> Any:
        return officer.post(address, "/p/menu/", act=what, version=request_of(tenant, request_id).version, **fields)

    def done(what: str, **fields: Any) -> tuple[str, str]:
        return said_after(officer, act(what, **fields)), state_of(tenant, request_id)
    assert done("fly") == ("", "new")
    assert done("publish", title="修水管", category="没有这一类") == ("请选择分类。（请从列表中选择）", "new")
    assert done("publish", title="修水管", category="家电维修") == ("已发布，党员和单位可以接单。", "open")
    assert done("match") == ("请先选择一项。", "open")
    found = act("find", q="王").text
    assert ("王小明" in found, "王远方" in found, "没有找到这名党员" in act("find", q="张").text) == (True, False, True)
    assert (act("take", member=far.id).status_code, state_of(tenant, request_id)) == (404, "open")
    assert done("take", member=member.id) == ("已登记由这名党员接单，请接着登记时间。", "waiting")
    assert done("decline") == ("已登记，点单转给别人。", "open")
    assert done("match", offer=offer_id) == ("已推荐，等对方答复。", "waiting")
    day = {"day1": in_days(3).begins_at.date(), "begins1": "09:00", "ends1": "10:30"}
    assert done("propose", **day) == ("时间已经登记，请转告居民选择。", "proposed")
    assert done("refuse") == ("已登记，请服务方另提时间。", "waiting")
    done("propose", **day)
    with tenant.scope():
        slot = proposing.slots_of(request_id)[0].id
    assert done("choose") == ("请先选择一项。", "proposed")
    assert done("choose", slot=slot) == ("时间已经约定。", "agreed")
    assert done("wish_change") == ("已登记，请服务方另提时间。", "agreed")
    assert ("居民希望改时间，等服务方另提。" in officer.get(page).text, "确定取消这次约定吗？双方都会看到。" in act("cancel").text) == (True, True)
    assert done("cancel", whose="provider", confirmed="yes") == ("约定已取消。", "open")
    codes = [CODE.search(act("reissue").text) for _time in range(2)]
    base = f"/t/{tenant.slug}/p/menu/request"
    assert [quick().post(base, base, code=one[1]).status_code for one in codes if one is not None] == [422, 200]
    assert "确定结束这条点单吗？不能恢复。" in act("close").text
    assert done("close", confirmed="yes") == ("点单已结束。", "closed")
    with tenant.scope():
        assert [(one.kind, one.side) for one in queries.steps(request_id)] == [
            ("asked", "resident"), ("published", "officer"), ("picked", "officer"), ("declined", "officer"), ("matched", "officer"),
            ("proposed", "officer"), ("refused", "officer"), ("proposed", "officer"), ("agreed", "officer"), ("wishes_change", "officer"),
            ("cancelled", "provider"), ("reissued", "officer"), ("reissued", "officer"), ("closed", "officer")]


def test_who_has_no_community_enters_nothing_and_who_has_two_chooses(quick: Open, tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        street = make_account(tenant, "community_officer", tenant.streets[0])
    assert [quick(street).get(f"/p/menu/{one}").status_code for one in ("requests/new", "offers/enter")] == [404, 404]
    officer = quick(tenant.accounts["community_officer"])
    form = officer.get(f"/p/menu/offers/enter?member={member.id}").text
    assert ("为 王小明 登记。" in form, f'value="{tenant.communities[0]}"' in form, f'value="{tenant.communities[1]}"' in form) == (True, True, False)
    assert [officer.get(f"/p/menu/communities/{one}").status_code for one in (tenant.streets[0], uuid.uuid4())] == [404, 404]
    with tenant.scope():
        session().add(Grant(account_id=tenant.accounts["community_officer"].id, organization_id=tenant.communities[1], role="community_officer",
                            granted_by=None, created_at=now()))
    both = quick(tenant.accounts["community_officer"])
    page = both.get("/p/menu/requests/new?number=12").text
    assert ([f'<option value="{one}"' in page for one in tenant.communities[:3]], 'value="12"' in page) == ([True, True, False], True)
    both.post("/p/menu/requests/new", "/p/menu/", community=tenant.communities[1], title="修水管", category="家电维修", wants=WORDS)
    assert both.post("/p/menu/requests/new", "/p/menu/", community=tenant.communities[2], wants=WORDS).status_code == 404
    with tenant.scope():
        assert session().execute(select(MenuRequest.community_id, MenuRequest.title, MenuRequest.channel)).all() == [
            (tenant.communities[1], "修水管", "officer")]


def test_a_resident_is_told_what_cannot_be_done_and_the_request_stays(quick: Open, tenant: TestTenant, member: TestMember, place: str) -> None:
    owner, resident = Owner(member_id=member.id), quick()
    offer_id = offered(tenant, owner)
    code = CODE.search(ordered(resident, place, number="1", days="9" * 5000)[0].text)
    with tenant.scope():
        request_id = session().scalars(select(MenuRequest.id)).one()
        assert queries.request(request_id).wished == {"days": [], "parts": []}
    assert code is not None
    base = f"/t/{tenant.slug}/p/menu/request"

    def act(what: str, **fields: Any) -> Any:
        return resident.post(f"{base}/answer", base, **{"code": code[1], "act": what, "version": request_of(tenant, request_id).version, **fields})
    assert (act("fly").status_code, state_of(tenant, request_id)) == (303, "waiting")
    for what, status, sentence in (("choose", 409, "这个时间已经不能选，请刷新页面看看现在的安排。"), ("refuse", 409, "没有等您选择的时间，请刷新页面。"),
                                   ("wish_change", 409, "还没有约定时间，或已经结束。")):
        answer = act(what)
        assert (answer.status_code, sentence in answer.text, state_of(tenant, request_id)) == (status, True, "waiting")
    assert [resident.post(f"{base}/{one}", base, code="0000 0000 0000", act="close", confirmed="yes").status_code for one in ("answer", "event")] == [422, 422]
    assert resident.post(f"{base}/event", base, code=code[1]).status_code == 422  # nothing is agreed yet
    proposed(tenant, request_id, owner)
    assert "已转告，请等对方另提时间。" in act("refuse").text
    agreed(tenant, request_id, owner)
    assert "已转告。在您选定新时间以前，原来的时间仍然有效。" in act("wish_change").text
    answer = act("close", confirmed="yes")
    assert (answer.status_code, "已经约定时间，请先取消约定。" in answer.text, state_of(tenant, request_id)) == (409, True, "agreed")
    with tenant.scope():
        agreeing.cancel(request_id, None, side="provider")
    assert "对方取消了约定，社区会再帮您找人。" in resident.post(base, base, code=code[1]).text
    assert "已撤回，不用说明原因。" in act("close", confirmed="yes").text
    county = tenant.paths[tenant.counties[0]].rstrip("/").rpartition("/")[2]
    assert [resident.get(f"/t/{tenant.slug}/p/menu/{one}").status_code for one in (county, "000000000000")] == [404, 404]
    with tenant.scope():
        offers.pause(offer_id)
        foreign = receipts.issue_form_code(tenant.communities[1])
    answer = ordered(resident, place, number="1")[0]
    assert (answer.status_code, "这项服务刚刚下架，请选别的服务。" in answer.text) == (422, True)
    settle(tenant, public_form="code", name_display="none", phone="027-8888")
    answer = ordered(resident, place, form_code=foreign)[0]
    assert (answer.status_code, "点单码不对。" in answer.text) == (422, True)
    with tenant.scope():
        assert session().scalars(select(MenuRequest.id)).all() == [request_id]
        offers.resume(offer_id)
    page, officer = resident.get(place).text, quick(tenant.accounts["community_officer"])
    assert ("在职党员　时间面议" in page, "王" in page.partition("<main")[2]) == (True, False)
    assert officer.get(f"/p/menu/communities/{tenant.communities[0]}/pdf").data[:4] == b"%PDF"
    settle(tenant, public_form="off")
    assert officer.get(f"/p/menu/communities/{tenant.communities[0]}/pdf").data[:4] == b"%PDF"
    assert ["修水龙头" in officer.get(f"/p/menu/?tab=closed{after}").text for after in ("", f"&after={request_id}")] == [True, False]


def test_the_datasets_and_the_api_read_within_reach_and_name_no_resident(app: Any, tenant: TestTenant, member: TestMember) -> None:
    owner, unit = Owner(member_id=member.id), Owner(unit_id=tenant.units[0])
    request_id = asked(tenant, offered(tenant, owner, times=read_times("周六 9:00-11:30"), valid_until=in_days(30).begins_at.date()))
    agreed(tenant, request_id, owner)
    agreed(tenant, asked(tenant, offered(tenant, unit, "法律咨询日", category="法律咨询", communities=[tenant.communities[1]]), 1), unit, in_days(4, 14, 60, None))
    with tenant.scope():
        names = organization_names([*tenant.communities[:2], tenant.units[0]])
        first, second = (names[one] for one in tenant.communities[:2])
        reach = {kind: DataReach(place, kind, tenant.paths[place]) for kind, place in (
            ("community", tenant.communities[0]), ("county", tenant.counties[0]), ("other", tenant.communities[-1]))}

        def read(dataset: Any, kind: str, until: int, place: DataReach | None = None) -> list[tuple[Any, ...]]:
            request = DataRequest((reach[kind],), today(), today() + until * DAY, place)
            rows = [row for batch in dataset.read(request) for row in batch]
            assert dataset.count(request) == len(rows)
            return rows
        mine = (first, 1, "家电维修", "修水龙头", "王小明", 60, "周六 09:00-11:30", in_days(30).begins_at.date())
        theirs = (second, 1, "法律咨询", "法律咨询日", names[tenant.units[0]], 60, "时间面议", None)
        assert [read(OFFERS, kind, 0) for kind in reach] == [[mine], [mine, theirs], []]
        assert [read(OFFERS, "county", 0, reach[kind]) for kind in reach] == [[mine], [mine, theirs], []]
        days = [in_days(number).begins_at.date() for number in (3, 4)]
        served = [(first, "修水龙头", "家电维修", "王小明", days[0], f"{days[0]} 09:00", 1.5, "居民家中", "居民自己点单", "已约定"),
                  (second, "法律咨询日", "法律咨询", names[tenant.units[0]], days[1], f"{days[1]} 14:00", 1.0, None, "居民自己点单", "已约定")]
        assert [read(AGREED, "county", until) for until in (2, 3, 4)] == [[], served[:1], served]
        assert [read(AGREED, kind, 4) for kind in ("community", "other")] == [served[:1], []]
        tokens = [create_token(tenant.actor("community_officer"), "program", ["menu.read", "menu.enter"], 30)]
        stranger = load_actor(tenant.others["community_officer"].id)
        assert stranger is not None
        tokens.append(create_token(stranger, "program", ["menu.read"], 30))
    client = app.test_client()

    def ask(token: str, address: str, **given: Any) -> Any:
        return client.open(f"/api/v1/p/menu{address}", method="POST" if given else "GET", json=given or None, headers={"Authorization": f"Bearer {token}"})
    answer = ask(tokens[0], f"/requests/{request_id}")
    assert (answer.status_code, answer.json["state"], answer.json["begins_at"], answer.json["place"]) == (
        200, "agreed", in_days(3).begins_at.astimezone(dt.UTC).isoformat(), "居民家中")
    assert [text in answer.text for text in (NAME, PHONE, HOME, WORDS)] == [False] * 4
    place = tenant.communities[0]
    assert [ask(token, address).status_code for token, address in (
        (tokens[1], f"/requests/{request_id}"), (tokens[1], f"/communities/{place}/menu"), (tokens[0], f"/communities/{tenant.counties[0]}/menu"),
        (tokens[0], f"/requests/{uuid.uuid4()}"))] == [404] * 4
    assert [ask(tokens[0], f"/communities/{place}/requests", **given).status_code for given in ({"number": 9}, {"title": "修水管"}, {"name": NAME})] == [
        404, 422, 422]
    with tenant.scope():
        assert len(session().scalars(select(MenuRequest.id)).all()) == 2


def test_categories_are_named_once() -> None:
    for lines in (["家电维修", "家电维修=其他"], ["=其他"]):
        with pytest.raises(ValidationError) as caught:
            MenuSettings().load({"categories": lines})
        assert caught.value.messages == {"categories": ["分类的名称不能空，也不能重复。"]}
    assert MenuSettings().load({"categories": ["家电维修=其他", "其他"]})["categories"] == ["家电维修=其他", "其他"]
