"""Acts of the menu out of their turn: refused with their sentence and without a trace; and the ways back, as a time that is moved."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.audit.models import AuditEntry
from core.errors import NotFound
from core.service.claims.fulfilling import Service, complete
from core.service.claims.models import Claim
from core.service.models import ServiceRecord
from core.tenancy import session, set_clock, today
from plugins.menu import agreeing, calendars, matters, offers, proposing, queries, requesting, serving, upkeep
from plugins.menu.contacts import Contact
from plugins.menu.models import MenuRequest
from plugins.menu.offers import OfferInput, Owner
from plugins.menu.requesting import RequestInput
from plugins.menu.times import Slot
from tests.plugins.menu.conftest import (
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
from tests.plugins.quick import Open, said_after
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_account, make_member
from tests.support.refusals import sentences

DAY = dt.timedelta(days=1)
OFFER = {"title": "修水龙头", "category": "家电维修", "minutes": "60"}


def test_each_act_out_of_its_turn_says_why_and_changes_nothing(tenant: TestTenant, member: TestMember) -> None:
    owner, other = Owner(member_id=member.id), Owner(member_id=make_member(tenant, "李芳").id)
    place, offer_id = tenant.communities[0], offered(tenant, owner)
    elsewhere = offered(tenant, owner, "写春联", communities=[tenant.communities[1]])
    request_id, begins = asked(tenant, offer_id), in_days(3).begins_at

    def refused(*expected: tuple[Callable[[], object], tuple[str, ...]]) -> None:
        with tenant.scope():
            before = queries.request(request_id).version, len(queries.steps(request_id)), len(proposing.slots_of(request_id))
        for work, told in expected:
            with tenant.scope():
                assert sentences(work) == told
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
        assert [sentences(work) for work in (
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
