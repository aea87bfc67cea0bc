"""What the menu refuses, with its sentence and without a trace, and the ways back: an offer unticked and ticked, a time that is asked for again."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from icalendar import Calendar
from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.access.actor import load_actor
from core.access.models import Grant
from core.access.tokens import create_token
from core.api import organization_names
from core.audit.models import AuditEntry
from core.errors import BaodaoError, NotFound
from core.extension.dataset import DataReach, DataRequest
from core.service.claims.fulfilling import Service, complete
from core.service.claims.models import Claim
from core.service.models import ServiceRecord
from core.tenancy import now, session, set_clock, today
from plugins.menu import agreeing, calendars, listings, matters, offers, proposing, queries, receipts, requesting, serving, upkeep
from plugins.menu.contacts import Contact
from plugins.menu.models import MenuListing, MenuOffer, MenuRequest
from plugins.menu.offers import OfferInput, Owner
from plugins.menu.reporting import AGREED, OFFERS
from plugins.menu.requesting import RequestInput
from plugins.menu.settings import MenuSettings
from plugins.menu.times import Slot, read_times
from tests.plugins.menu.conftest import (
    HOME,
    NAME,
    OFFICER,
    PHONE,
    WORDS,
    agreed,
    asked,
    in_days,
    later,
    offered,
    proposed,
    request_of,
    state_of,
)
from tests.plugins.menu.test_pages import CODE, ordered, settle
from tests.plugins.quick import Open, said_after
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_account, make_member

DAY = dt.timedelta(days=1)
OFFER = {"title": "修水龙头", "category": "家电维修", "minutes": "60"}


def refusal(work: Callable[[], object]) -> tuple[str, ...]:
    """The sentence of a refusal, then the words beside its fields."""
    with pytest.raises(BaodaoError) as caught:
        work()
    return caught.value.message, *(text for texts in getattr(caught.value, "fields", {}).values() for text in texts)


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
        assert refusal(lambda: offers.resume(form_id)) == ("有效期已过，请先修改“有效到”。", "已过")
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
        assert refusal(lambda: listings.put_up(listing, 3, by=OFFICER)) == ("这项服务已由提供者暂停或结束，不能上架。",)
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


def test_each_act_out_of_its_turn_says_why_and_changes_nothing(tenant: TestTenant, member: TestMember) -> None:
    owner, other = Owner(member_id=member.id), Owner(member_id=make_member(tenant, "李芳").id)
    place, offer_id = tenant.communities[0], offered(tenant, owner)
    elsewhere = offered(tenant, owner, "写春联", communities=[tenant.communities[1]])
    request_id, begins = asked(tenant, offer_id), in_days(3).begins_at

    def refused(*expected: tuple[Callable[[], object], tuple[str, ...]]) -> None:
        with tenant.scope():
            before = queries.request(request_id).version, len(queries.steps(request_id)), len(proposing.slots_of(request_id))
        for work, sentences in expected:
            with tenant.scope():
                assert refusal(work) == sentences
        with tenant.scope():
            assert (queries.request(request_id).version, len(queries.steps(request_id)), len(proposing.slots_of(request_id))) == before

    def propose(*slots: Slot, by: Owner = owner) -> Callable[[], None]:
        return lambda: proposing.propose(request_id, None, by, slots)
    gone, nothing = "这条点单已经由别人接了，或已经结束。请看看其他点单。", "没有等您选择的时间，请刷新页面。"
    refused(
        (propose(), ("请提出 1 至 3 个时间。", "请填写至少一个时间")), (propose(*[in_days(3)] * 4), ("请提出 1 至 3 个时间。", "请填写至少一个时间")),
        (propose(Slot(begins, begins)), ("结束时间应晚于开始时间。", "结束早于开始")), (propose(in_days(-1)), ("时间已经过了，请选以后的时间。", "已经过了")),
        (propose(in_days(400)), ("时间太远了，请选一年以内的。", "太远了")),
        (propose(in_days(3, minutes=1440)), ("一次服务最长 480 分钟，请分几次约定。", "太长了")),
        (propose(in_days(3), by=other), (gone,)), (propose(in_days(3), by=Owner()), (gone,)),
        (lambda: proposing.take(request_id, None, member.id), (gone,)), (lambda: proposing.refuse(request_id, None, side="resident"), (nothing,)),
        (lambda: proposing.decline(request_id, None, other), ("这条点单已经不在您这里，请刷新页面。",)),
        (lambda: agreeing.choose(request_id, None, uuid.uuid4(), side="resident", by=None), ("这个时间已经不能选，请刷新页面看看现在的安排。",)),
        (lambda: agreeing.wish_change(request_id, None, side="resident"), ("还没有约定时间，或已经结束。",)),
        (lambda: agreeing.cancel(request_id, None, side="resident"), ("没有可以取消的约定，请刷新页面。",)),
        (lambda: agreeing.send(request_id, None, [member.id], by=None), ("没有需要安排人员的约定，请刷新页面。",)),
        (lambda: serving.served(request_id, None, by=None), ("没有可以登记的约定，可能已经登记过。请刷新页面。",)),
        (lambda: requesting.publish(request_id, 2, "修水管", "家电维修"), ("这条点单已经有人办理，不能再改标题。",)),
        (lambda: requesting.close(request_id, 1, "officer"), ("刚有别人办理过，您的操作没有保存。请刷新页面，核对后再办。",)),
        (lambda: requesting.match(request_id, 2, elsewhere), (NotFound().message,)),
        (lambda: requesting.close(uuid.uuid4(), None, "officer"), (NotFound().message,)))
    agreed(tenant, request_id, owner)
    refused((lambda: requesting.match(request_id, 4, offer_id), ("这条点单已经有人接了，请刷新页面。",)),
            (lambda: requesting.close(request_id, None, "resident"), ("已经约定时间，请先取消约定。",)),
            (lambda: proposing.refuse(request_id, None, side="resident"), (nothing,)),
            (lambda: agreeing.send(request_id, None, [member.id], by=None), ("没有需要安排人员的约定，请刷新页面。",)))
    proposed(tenant, request_id, owner, in_days(4))
    with tenant.scope():
        proposing.refuse(request_id, None, side="resident")  # the time that stands stays
        assert (proposing.slots_of(request_id), queries.request(request_id).changes, queries.request(request_id).state) == ([], "resident", "agreed")
        agreeing.cancel(request_id, None, side="resident")
    refused((lambda: requesting.close(request_id, None, "resident"), ("这条点单已经结束。",)), (propose(in_days(3)), (gone,)))

    def ask(**given: Any) -> Callable[[], object]:
        return lambda: requesting.ask(place, RequestInput(**{"contact": Contact(wants=WORDS), **given}), by=None)
    with tenant.scope():
        mend = "有几处需要改正，请看标红的项目。"
        assert [refusal(work) for work in (
            ask(channel="public"), ask(contact=Contact(phone=PHONE)), ask(contact=Contact(phone="12", name="长" * 31, wants=WORDS)),
            ask(title="水", category="家电维修"), ask(title="修水管"), ask(offer_id=elsewhere))] == [
            (mend, "请留一个电话，方便联系您"), (mend, "请选一项服务，或写明需要什么"), (mend, "最多 30 个字", "请核对号码，如 13800001234"),
            ("请用 2 至 60 个字写明需要什么。", "请用 2 至 60 个字，不写姓名、电话和门牌号"), ("请选择分类。", "请从列表中选择"), (NotFound().message,)]
        assert session().scalars(select(MenuRequest.id)).all() == [request_id]
    with pytest.raises(IntegrityError), tenant.scope():  # only a form that is sent twice is passed over in silence
        offers.add(Owner(member_id=uuid.uuid4()), OfferInput("修水龙头", "家电维修", 60), [place], by=None)


def test_a_need_that_a_provider_cancels_keeps_its_matter_and_one_done_on_cores_pages_is_closed_by_night(tenant: TestTenant, member: TestMember) -> None:
    owner = Owner(member_id=member.id)
    request_id = asked(tenant, title="修水管", category="家电维修", channel="need", origin="needs", origin_id=uuid.uuid4())
    agreed(tenant, request_id, owner)
    with tenant.scope():
        agreeing.cancel(request_id, None, side="provider")
        assert (matters.state_of(request_id), queries.request(request_id).state) == ("open", "open")
    agreed(tenant, request_id, owner)
    with set_clock(later()), tenant.scope():
        claim = session().scalars(select(Claim).where(Claim.state == "held")).one()
        assert len(complete(claim.id, None, Service(today() - DAY, 60), by=None)) == 1
        assert queries.request(request_id).state == "done"
    with tenant.scope():
        before = matters.state_of(request_id)
        assert (before, upkeep.nightly(None)["closed"], matters.state_of(request_id)) == ("open", 1, "closed")  # type: ignore[arg-type]
        assert upkeep.nightly(None)["closed"] == 0  # type: ignore[arg-type]
    unworded = asked(tenant, channel="need", origin="needs", origin_id=uuid.uuid4())
    with tenant.scope():
        assert matters.state_of(unworded) is None
        requesting.publish(unworded, 2, "换灯泡", "家电维修")
        assert matters.state_of(unworded) == "open"  # worded, nobody makes it again


def test_a_unit_moves_a_time_before_anybody_is_sent_and_reads_its_calendar(quick: Open, tenant: TestTenant, member: TestMember) -> None:
    liaison, own = quick(tenant.accounts["unit_liaison"]), quick(member.account)
    owner, home = Owner(unit_id=tenant.units[0]), "/p/menu/unit/"
    request_id = asked(tenant, title="法律咨询", category="法律咨询")
    page, answer = f"/p/menu/unit/requests/{request_id}", f"/p/menu/unit/requests/{request_id}/answer"
    assert ("接这一单，提出时间" in liaison.get(page).text, quick(tenant.others["community_officer"]).get(page).status_code) == (True, 403)

    def act(what: str, who: Browser = liaison, to: str = answer, **fields: Any) -> Any:
        return who.post(to, home, act=what, version=request_of(tenant, request_id).version, **fields)

    def day(days: int, **changes: Any) -> dict[str, Any]:
        return {"day1": in_days(days).begins_at.date(), "begins1": "09:00", "ends1": "10:30", "place": "单位会议室", **changes}
    for given, sentence in ((day(3, begins1="九点"), "请填写日期、开始和结束时间。"), (day(3, ends1="08:00"), "结束时间应晚于开始时间。"),
                            (day(-3), "时间已经过了，请选以后的时间。"), ({}, "请提出 1 至 3 个时间。")):
        refused = act("propose", **given)
        assert (refused.status_code, sentence in refused.text, state_of(tenant, request_id)) == (422, True, "open")
    assert said_after(liaison, act("propose", **day(3))) == "时间已经提出，等居民选择。"
    assert "这次不能提供吗？点单会转给别人。" in act("decline").text
    assert (said_after(liaison, act("fly")), state_of(tenant, request_id)) == ("", "proposed")
    assert said_after(liaison, act("decline", confirmed="yes")) == "已转给别人，不用说明原因。"
    assert state_of(tenant, request_id) == "open"
    agreement = agreed(tenant, request_id, owner)
    chosen = proposed(tenant, request_id, owner, in_days(4, 14, 60, "单位会议室"))[0]
    with tenant.scope():
        assert agreeing.choose(request_id, None, chosen, side="resident", by=None) == agreement
        token = calendars.renew(owner)
    feed = quick().get(f"/t/{tenant.slug}/p/menu/calendar/{token}.ics")
    assert [(str(one["summary"]), one.decoded("dtstart"), int(one["sequence"])) for one in Calendar.from_ical(feed.data).walk("VEVENT")] == [
        ("法律咨询", in_days(4, 14).begins_at, 1)]
    namesake = make_member(tenant, member.name)
    assert said_after(liaison, act("send", people=member.id)) == "人员已安排。"
    shown = liaison.get(page).text
    assert [f'value="{one.id}" checked disabled' in shown for one in (member, namesake)] == [True, False]
    mine = f"/p/menu/me/requests/{request_id}/answer"
    with set_clock(later() + DAY):
        own, liaison = quick(member.account), quick(tenant.accounts["unit_liaison"])
        for what in ("cancel", "served", "send"):  # whoever is sent sees where to go, and the unit answers for it
            assert said_after(own, act(what, own, mine, confirmed="yes")) == "这条点单由别人办理。"
        assert state_of(tenant, request_id) == "agreed"
        assert said_after(liaison, act("served", liaison, minutes="一小时")) == "请填整数。（请填整数）"
        assert said_after(liaison, act("served", liaison)) == "已登记，等社区查验、居民评价。"
    with tenant.scope():
        assert session().execute(select(ServiceRecord.member_id, ServiceRecord.minutes, ServiceRecord.happened_on)).all() == [
            (member.id, 60, in_days(4).begins_at.date())]
    second = asked(tenant, offered(tenant, owner, "法律咨询日"))
    agreed(tenant, second, owner)
    confirmed = {"act": "cancel", "confirmed": "yes", "version": request_of(tenant, second).version}
    assert said_after(liaison, liaison.post(f"/p/menu/unit/requests/{second}/answer", home, **confirmed)) == "约定已取消，居民会看到。"
    assert (state_of(tenant, second), request_of(tenant, second).unit_id) == ("open", None)
    with tenant.scope():
        nowhere = make_account(tenant, "unit_liaison", tenant.communities[0])
    assert [quick(nowhere).get(f"/p/menu/unit/{one}").status_code for one in ("", "offers/new", "calendar")] == [200, 404, 404]


def test_who_once_served_sees_no_resident_of_another_provider(quick: Open, tenant: TestTenant, member: TestMember) -> None:
    """A time that is cancelled opens nothing any more: neither to the member whose it was nor to those whom a unit had sent."""
    sent, later_one = make_member(tenant, "李芳", account=True), make_member(tenant, "赵强", account=True)
    request_id = asked(tenant, title="修水管", category="家电维修")
    page = f"/p/menu/me/requests/{request_id}"
    own, went, serves = (quick(one.account) for one in (member, sent, later_one))
    for owner in (Owner(member_id=member.id), Owner(unit_id=tenant.units[0])):
        agreed(tenant, request_id, owner)
        with tenant.scope():
            if owner.unit_id is not None:
                agreeing.send(request_id, None, [sent.id], by=None)
            agreeing.cancel(request_id, None, side="provider")
    assert ([one.get(page).status_code for one in (own, went)], "已取消" in own.get("/p/menu/me/").text) == ([200, 200], True)  # it is open to all there
    agreed(tenant, request_id, Owner(member_id=later_one.id), in_days(4))
    for one in (own, went):
        assert (one.get(page).status_code, one.post(f"{page}/contact").status_code, str(request_id) in one.get("/p/menu/me/").text) == (404, 404, False)
    assert PHONE in serves.post(f"{page}/contact").text
    with tenant.scope():
        assert session().scalars(select(AuditEntry.actor_id).where(AuditEntry.action == "menu.contact_seen")).all() == [
            later_one.account.id if later_one.account else None]


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
