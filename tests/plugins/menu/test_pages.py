"""Pages: residents order without an account, members and liaisons answer, officers do all for somebody without a phone."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

from icalendar import Calendar
from sqlalchemy import delete, select

from core.access.tokens import create_token
from core.audit.models import AuditEntry
from core.extension.models import Setting
from core.service.claims.models import Matter
from core.tenancy import now, session, set_clock, today
from plugins.menu import agreeing, calendars, contacts, proposing, queries, requesting
from plugins.menu.models import MenuListing, MenuOffer, MenuRequest
from plugins.menu.offers import Owner
from plugins.needs.writing import Contact as NeedContact, NeedInput, receive
from tenants.activation import disable, enable
from tests.plugins.menu.conftest import HOME, NAME, PHONE, WORDS, agreed, asked, in_days, later, offered, proposed, request_of, state_of
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

Open = Callable[..., Browser]
CODE = re.compile(r"\b(\d{4} \d{4} \d{4})\b")


def settle(tenant: TestTenant, **values: Any) -> None:
    """Set the tenant's settings of the menu."""
    with tenant.scope():
        session().execute(delete(Setting).where(Setting.namespace == "menu"))
        session().add(Setting(namespace="menu", values=values, locked=[], version=1, changed_at=now()))


def ordered(browser: Browser, place: str, **fields: Any) -> Any:
    """Send the public form as a resident does, some seconds after it was opened."""
    page = browser.get(f"{place}/new").get_data(as_text=True)
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)
    assert ticket is not None
    given = {"ticket": ticket[1], "name": NAME, "phone": PHONE, "address": HOME, "wants": WORDS, **fields}
    return sent(browser, place, given), given


def sent(browser: Browser, place: str, given: dict[str, Any]) -> Any:
    """The filled-in form, ten seconds after it was shown."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', browser.get(place).get_data(as_text=True))
    assert token is not None
    with set_clock(now() + dt.timedelta(seconds=10)):
        return browser.client.post(f"{place}/new", data={"csrf_token": token[1], **given})


def test_a_resident_orders_chooses_and_cancels_without_an_account(browser: Open, tenant: TestTenant, member: TestMember, place: str) -> None:
    offered(tenant, Owner(member_id=member.id), description="自带工具")
    resident, own = browser(), browser(member.account)
    assert ["王同志" in (page := resident.get(place).text), "王小明" in page, "自带工具" in page] == [True, False, True]
    answer, given = ordered(resident, place, number="1", days=["6", "7"], parts="morning")
    code = CODE.search(answer.text)
    assert (answer.status_code, code is not None) == (200, True)
    code = CODE.search(sent(resident, place, given).text)  # sent twice: one request, and the newest code counts
    assert code is not None
    with tenant.scope():
        row = session().scalars(select(MenuRequest)).one()
        assert (row.state, row.wished, row.channel) == ("waiting", {"days": [6, 7], "parts": ["morning"]}, "public")
    assert own.post(f"/p/menu/me/requests/{row.id}/answer", "/p/menu/me/", act="propose", version=row.version, day1=in_days(3).begins_at.date(),
                    begins1="09:00", ends1="10:30", place="居民家中").status_code == 303
    base = f"/t/{tenant.slug}/p/menu/request"
    assert resident.post(base, base, code="000000000000").status_code == 422
    seen = resident.post(base, base, code=code[1]).text
    assert ("09:00-10:30" in seen, *(text in seen for text in (NAME, PHONE, HOME, WORDS, "王小明"))) == (True, *[False] * 5)
    with tenant.scope():
        slot = proposing.slots_of(row.id)[0].id
    version = request_of(tenant, row.id).version
    done = resident.post(f"{base}/answer", base, code=code[1], act="choose", slot=slot, version=version)
    assert (done.status_code, "时间已经约好" in done.text) == (200, True)
    event = Calendar.from_ical(resident.post(f"{base}/event", base, code=code[1]).data).walk("VEVENT")
    assert [str(one["summary"]) for one in event] == ["修水龙头"]
    version = request_of(tenant, row.id).version
    assert "确定取消这次约定吗" in resident.post(f"{base}/answer", base, code=code[1], act="cancel", version=version).text
    resident.post(f"{base}/answer", base, code=code[1], act="cancel", version=version, confirmed="yes")
    assert state_of(tenant, row.id) == "closed"
    assert "已取消" in own.get("/p/menu/me/").text


def test_the_form_says_what_to_mend_and_keeps_what_was_typed(browser: Open, tenant: TestTenant, place: str) -> None:
    answer, _given = ordered(browser(), place, phone="12", wants="", name="张大爷")
    assert (answer.status_code, "张大爷" in answer.text, "请核对号码" in answer.text or "请选一项服务" in answer.text) == (422, True, True)
    with tenant.scope():
        assert session().scalars(select(MenuRequest.id)).all() == []


def test_the_settings_shut_the_form_or_ask_for_the_communitys_code(browser: Open, tenant: TestTenant, member: TestMember, place: str) -> None:
    offered(tenant, Owner(member_id=member.id))
    settle(tenant, public_form="code", name_display="full", phone="027-8888")
    officer = browser(tenant.accounts["community_officer"])
    assert "王小明" in browser().get(place).text
    page = officer.post(f"/p/menu/communities/{tenant.communities[0]}/code", "/p/menu/").text
    code = re.search(r"\b(\d{4} \d{4})\b", page)
    assert code is not None
    assert ordered(browser(), place, number="1", form_code="1234 5678")[0].status_code == 422
    assert ordered(browser(), place, number="1", form_code=code[1])[0].status_code == 200
    settle(tenant, public_form="off")
    assert [browser().get(f"{place}{more}").status_code for more in ("", "/new")] == [200, 404]


def test_an_officer_does_everything_for_a_resident_and_a_member_without_a_phone(browser: Open, tenant: TestTenant) -> None:
    member = make_member(tenant, "赵无机")
    officer = browser(tenant.accounts["community_officer"])
    assert "赵无机" in officer.post("/p/menu/offers/enter", "/p/menu/", q="赵无").text
    fields = {"title": "理发", "category": "上门帮扶", "minutes": "30", "times": "周六 9:00-11:00", "communities": str(tenant.communities[0])}
    assert officer.post("/p/menu/offers/enter", "/p/menu/", member=member.id, **{**fields, "times": "随便"}).status_code == 422
    assert officer.post("/p/menu/offers/enter", "/p/menu/", member=member.id, **fields).status_code == 303
    page = officer.get(f"/p/menu/communities/{tenant.communities[0]}").text
    assert ("1　理发" in page, officer.get(f"/p/menu/communities/{tenant.communities[0]}/pdf").data[:4]) == (True, b"%PDF")
    assert "没有第 12 号" in officer.post("/p/menu/requests/new", "/p/menu/", number="12").text
    entered = officer.post("/p/menu/requests/new", "/p/menu/", number="1", name=NAME, wants=WORDS, form_id=uuid.uuid4())
    assert CODE.search(entered.text) is not None
    with tenant.scope():
        request_id = session().scalars(select(MenuRequest.id)).one()

    def act(what: str, **more: Any) -> Any:
        return officer.post(f"/p/menu/requests/{request_id}/act", "/p/menu/", act=what, version=request_of(tenant, request_id).version, **more)
    assert act("propose", day1=today() - dt.timedelta(days=2), begins1="09:00", ends1="10:00").status_code == 422
    act("propose", day1=in_days(3).begins_at.date(), begins1="09:00", ends1="10:00", place="居民家中")
    with tenant.scope():
        slot = proposing.slots_of(request_id)[0].id
    act("choose", slot=slot)
    shown = officer.get(f"/p/menu/requests/{request_id}").text
    assert ("09:00-10:00" in shown, NAME in shown, WORDS in shown) == (True, False, False)
    assert NAME in officer.post(f"/p/menu/requests/{request_id}/contact", "/p/menu/").text
    with set_clock(later()):
        officer = browser(tenant.accounts["community_officer"])
        act("served", minutes="60")
    assert state_of(tenant, request_id) == "done"
    with tenant.scope():
        assert session().scalars(select(AuditEntry.object_id).where(AuditEntry.action == "menu.contact_seen")).all() == [request_id]


def test_nobody_sees_a_resident_before_a_time_is_agreed_and_then_only_who_serves(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    owner = Owner(member_id=member.id)
    request_id = asked(tenant, offered(tenant, owner))
    other = make_member(tenant, "李芳", account=True)
    own, officer = browser(member.account), browser(tenant.accounts["community_officer"])
    contact = f"/p/menu/me/requests/{request_id}/contact"
    for page in (own.get(f"/p/menu/me/requests/{request_id}").text, own.get("/p/menu/me/").text, officer.get(f"/p/menu/requests/{request_id}").text,
                 officer.get("/p/menu/?tab=waiting").text, officer.get(f"/p/members/{member.id}").text):
        assert [text in page for text in (NAME, PHONE, HOME, WORDS, "家里有狗")] == [False] * 5
    assert [b.post(contact, "/p/menu/me/").status_code for b in (own, browser(other.account))] == [404, 404]
    agreed(tenant, request_id, owner)
    seen = own.post(contact, "/p/menu/me/").text
    assert [text in seen for text in (NAME, PHONE, HOME, WORDS)] == [True] * 4
    assert [browser(other.account).post(contact, "/p/menu/me/").status_code,
            officer.post(contact, "/p/menu/").status_code] == [404, 403]
    taken = officer.get("/p/menu/export").data
    assert [text.encode() in taken for text in (NAME, PHONE)] == [False, False]


def test_another_community_or_city_finds_nothing(browser: Open, tenant: TestTenant, member: TestMember, place: str) -> None:
    offer_id = offered(tenant, Owner(member_id=member.id))
    request_id = asked(tenant, offer_id)
    with tenant.scope():
        listing = session().scalars(select(MenuListing.id)).one()
    stranger, county = browser(tenant.others["community_officer"]), browser(tenant.others["county_officer"])
    for one in (stranger, county):
        assert one.get(f"/p/menu/requests/{request_id}").status_code == 404
        assert "修水龙头" not in one.get("/p/menu/?tab=waiting").text + one.get("/p/menu/offers/?tab=listed").text
        assert one.get(f"/p/menu/communities/{tenant.communities[0]}").status_code == 404
    assert stranger.post(f"/p/menu/listings/{listing}/decide", "/p/menu/", act="list", version=1).status_code == 404
    assert stranger.post("/p/menu/search", "/p/menu/", q=PHONE).text.count("修水龙头") == 0
    assert browser(tenant.accounts["community_officer"]).post("/p/menu/search", "/p/menu/", q=PHONE).text.count("修水龙头") > 0
    far = make_member(tenant, "远方", residence=3, unit=1, account=True)
    assert browser(far.account).get(f"/p/menu/me/requests/{request_id}").status_code == 404
    assert browser(tenant.accounts["unit_liaison"]).get(f"/p/menu/unit/requests/{request_id}").status_code == 404
    city = make_tenant("4203", plugins=("menu",))
    assert "修水龙头" not in browser().get(place.replace(tenant.slug, city.slug)).text


def test_off_and_on_again_everything_is_there(browser: Open, tenant: TestTenant, member: TestMember, place: str) -> None:
    offered(tenant, Owner(member_id=member.id))
    with tenant.scope():
        token = calendars.renew(Owner(member_id=member.id))
        disable("menu")
    feed = f"/t/{tenant.slug}/p/menu/calendar/{token}.ics"
    addresses = (place, f"{place}/new", f"/t/{tenant.slug}/p/menu/request", feed)
    assert [browser().get(one).status_code for one in addresses] == [404] * 4
    assert browser(member.account).get("/p/menu/me/").status_code == 404
    with tenant.scope():
        enable("menu")
    assert [browser().get(one).status_code for one in addresses] == [200] * 4


def test_the_feed_has_what_was_agreed_and_nobody(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    owner = Owner(member_id=member.id)
    requests = [asked(tenant, offered(tenant, owner, title)) for title in ("修水龙头", "量血压")]
    for request_id, day in zip(requests, (3, 4), strict=True):
        agreed(tenant, request_id, owner, in_days(day))
    own = browser(member.account)
    address = re.search(r'value="(http[^"]+\.ics)"', own.post("/p/menu/me/calendar", "/p/menu/me/", act="renew").text)
    assert address is not None
    path = address[1].partition("//")[2].partition("/")[2]

    def events() -> list[tuple[object, ...]]:
        answer = browser().get(f"/{path}")
        assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
        assert [text in answer.text for text in (NAME, PHONE, HOME, WORDS, "王小明")] == [False] * 5
        read = Calendar.from_ical(answer.data)
        assert [str(one["tzid"]) for one in read.walk("VTIMEZONE")] == ["Asia/Shanghai"]
        return [(str(one["uid"]), str(one["summary"]), one.decoded("dtstart"), int(one["sequence"]), str(one["status"])) for one in read.walk("VEVENT")]
    first = events()
    assert [one[1:] for one in first] == [("修水龙头", in_days(3).begins_at, 0, "CONFIRMED"), ("量血压", in_days(4).begins_at, 0, "CONFIRMED")]
    proposed(tenant, requests[0], owner, in_days(5))
    with tenant.scope():
        agreeing.choose(requests[0], None, proposing.slots_of(requests[0])[0].id, side="resident", by=None)
        agreeing.cancel(requests[1], None, side="resident")
    second = events()
    assert {one[0] for one in second} == {one[0] for one in first}
    assert [one[1:] for one in second] == [("量血压（已取消）", in_days(4).begins_at, 1, "CANCELLED"), ("修水龙头", in_days(5).begins_at, 1, "CONFIRMED")]
    other = make_tenant("4204", plugins=("menu",))
    assert browser().get(f"/{path}".replace(f"/t/{tenant.slug}/", f"/t/{other.slug}/")).status_code == 404
    own.post("/p/menu/me/calendar", "/p/menu/me/", act="renew")
    assert browser().get(f"/{path}").status_code == 404
    with tenant.scope():
        token = calendars.renew(owner)
        calendars.revoke(owner)
    assert browser().get(f"/t/{tenant.slug}/p/menu/calendar/{token}.ics").status_code == 404


def test_a_liaison_offers_for_the_county_and_sends_who_goes(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    liaison, officer = browser(tenant.accounts["unit_liaison"]), browser(tenant.accounts["community_officer"])
    fields = {"title": "法律咨询日", "category": "法律咨询", "minutes": "60", "everywhere": "true"}
    assert liaison.post("/p/menu/unit/offers/new", "/p/menu/unit/", **fields).status_code == 303
    with tenant.scope():
        rows = session().scalars(select(MenuListing).order_by(MenuListing.community_id)).all()
        assert ({row.community_id for row in rows}, {row.state for row in rows}) == (set(tenant.communities[:4]), {"proposed"})
        mine = next(row for row in rows if row.community_id == tenant.communities[0])
        offer_id = session().scalars(select(MenuOffer.id)).one()
    officer.post(f"/p/menu/listings/{mine.id}/decide", "/p/menu/", act="list", version=mine.version)
    request_id = asked(tenant, offer_id)
    assert "法律咨询日" in liaison.get("/p/menu/unit/").text
    agreed(tenant, request_id, Owner(unit_id=tenant.units[0]))
    assert "王小明" in liaison.get(f"/p/menu/unit/requests/{request_id}").text
    liaison.post(f"/p/menu/unit/requests/{request_id}/answer", "/p/menu/unit/", act="send", people=member.id,
                 version=request_of(tenant, request_id).version)
    assert "法律咨询日" in browser(member.account).get("/p/menu/me/").text  # the member sees where to go
    liaison.post(f"/p/menu/unit/offers/{offer_id}/move", "/p/menu/unit/", to="pause", version=1)
    with tenant.scope():
        assert queries.menu(tenant.communities[0]) == []


def test_lists_cost_as_much_for_three_as_for_one(browser: Open, tenant: TestTenant, member: TestMember, place: str,
                                                 statements: list[str]) -> None:
    owner = Owner(member_id=member.id)
    own, officer, liaison = browser(member.account), browser(tenant.accounts["community_officer"]), browser(tenant.accounts["unit_liaison"])

    def one_more(number: int) -> None:
        request_id = asked(tenant, offered(tenant, owner, f"服务{number}"))
        agreed(tenant, asked(tenant, offered(tenant, owner, f"约定{number}")), owner, in_days(3 + number))
        opened = asked(tenant)
        with tenant.scope():
            requesting.publish(opened, 2, f"需要{number}", "家电维修")
        assert request_id is not None

    def counts() -> list[int]:
        found = []
        for who, address in ((officer, "/p/menu/?tab=waiting"), (officer, "/p/menu/offers/?tab=listed"), (own, "/p/menu/me/"), (liaison, "/p/menu/unit/"),
                             (officer, f"/p/menu/communities/{tenant.communities[0]}"), (browser(), place)):
            statements.clear()
            assert who.get(address).status_code == 200
            found.append(len(statements))
        return found
    one_more(1)
    counts()
    one = counts()
    one_more(2)
    one_more(3)
    assert counts() == one


def test_the_api_shows_the_menu_and_takes_requests(app: Any, tenant: TestTenant, member: TestMember) -> None:
    offered(tenant, Owner(member_id=member.id))
    with tenant.scope():
        token = create_token(tenant.actor("community_officer"), "program", ["menu.read", "menu.enter"], 30)
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    base = f"/api/v1/p/menu/communities/{tenant.communities[0]}"
    assert [one["title"] for one in client.get(f"{base}/menu", headers=headers).json] == ["修水龙头"]
    given = {"id": str(uuid.uuid4()), "number": 1, "name": NAME, "phone": PHONE}
    answers = [client.post(f"{base}/requests", json=given, headers=headers) for _time in range(2)]
    assert [(one.status_code, one.json["id"], one.json["state"]) for one in answers] == [(201, given["id"], "waiting")] * 2
    assert NAME not in answers[0].text


def test_a_need_stands_in_the_form_and_becomes_an_order(browser: Open, tenant: TestTenant) -> None:
    with tenant.scope():
        enable("needs")
        need = receive(NeedInput(tenant.communities[0], "楼道灯坏了，请帮忙换一下", contact=NeedContact(name=NAME, phone=PHONE)), by=None)
    officer = browser(tenant.accounts["community_officer"])
    page = officer.get(f"/p/menu/requests/new?origin=needs&origin_id={need}").text
    assert ("楼道灯坏了" in page, "由意见需求转来" in page) == (True, True)
    officer.post("/p/menu/requests/new", "/p/menu/", title="换楼道灯", category="家电维修", origin="needs", origin_id=need, form_id=uuid.uuid4())
    with tenant.scope():
        row = session().scalars(select(MenuRequest)).one()
        assert (row.channel, row.origin, row.origin_id, row.state, row.title) == ("need", "needs", need, "open", "换楼道灯")
        assert contacts.opened(row).phone == PHONE
        assert session().scalars(select(Matter.origin_id)).all() == [need]
    stranger = browser(tenant.others["community_officer"])
    assert "楼道灯坏了" not in stranger.get(f"/p/menu/requests/new?origin=needs&origin_id={need}").text
