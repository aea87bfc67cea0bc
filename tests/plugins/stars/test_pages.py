"""Pages and API: what each person sees and may do, at which level; on here and off there; and what lists cost."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.access.models import Grant
from core.access.tokens import create_token
from core.jobs.running import run_due
from core.rules import packs
from core.rules.queries import packs_in_force
from core.service import records
from core.service.models import ServiceRecord
from core.tenancy import now, session, set_clock, today
from plugins.stars import cases, doubts, explaining, granting, publishing, reviewing, rounds
from plugins.stars.models import Star, StarCase, StarNotice, StarRound
from tests.plugins.stars.conftest import case_of, hours, level, scheme, serve, simple
from tests.plugins.stars.test_flow import ONE, act, given
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_account, make_member, make_tenant
from tests.support.plugins import make_record

Open = Callable[..., Browser]
LADDER = simple(10, 20) | {"levels": [level(1, hours(10), steps=["unit", "county"]), level(2, hours(20), steps=["street", "city"])]}


def computed(tenant: TestTenant, document: Any = LADDER, **more: Any) -> uuid.UUID:
    """A round of today."""
    with tenant.scope():
        round_id = rounds.open_round(scheme(document, **more), today(), by=None)
    run_due(tenant.id)
    return round_id


def entered(tenant: TestTenant, member: TestMember, document: Any = LADDER) -> Any:
    """A case that waits for its first approval."""
    serve(tenant, member, 10, today())
    computed(tenant, {**document, "entry": "automatic"})
    return case_of(tenant, member)


def status(browser: Browser, address: str, **fields: Any) -> int:
    """What a form is answered with."""
    return browser.post(address, "/p/stars/me" if browser.get("/p/stars/").status_code == 403 else "/p/stars/", **fields).status_code


def test_only_the_level_whose_turn_it_is_or_one_above_it_approves(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    found = entered(tenant, member)
    address = f"/p/stars/cases/{found.id}/approve"
    with tenant.scope():
        sector = make_account(tenant, "county_officer", tenant.sectors[0])
        stranger = make_account(tenant, "unit_liaison", tenant.units[1])
    for account, expected in ((tenant.accounts["community_officer"], 403), (tenant.accounts["street_officer"], 403), (stranger, 404),
                              (tenant.others["county_officer"], 404), (tenant.others["community_officer"], 404), (sector, 404),
                              (member.account, 403), (tenant.accounts["auditor"], 403)):
        assert (account.role, status(browser(account), address, version=1)) == (account.role, expected)
    assert case_of(tenant, member).step == 0
    assert status(browser(tenant.accounts["unit_liaison"]), address, version=1) == 303
    assert (case_of(tenant, member).step, case_of(tenant, member).step_level) == (1, "county")
    assert status(browser(tenant.accounts["unit_liaison"]), address, version=2) == 403
    assert status(browser(tenant.accounts["county_officer"]), address, version=2) == 303
    assert case_of(tenant, member).state == "approved"


def test_a_higher_level_stands_in_but_nobody_for_themselves(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    found = entered(tenant, member)
    assert member.account is not None
    with tenant.scope():
        session().add(Grant(account_id=member.account.id, organization_id=tenant.units[0], role="unit_liaison", created_at=now()))
    himself = member.account
    assert status(browser(himself), f"/p/stars/cases/{found.id}/approve", version=1) == 403
    assert "王小明" not in browser(himself).get("/p/stars/?tab=mine").text.partition('id="main"')[2]
    assert status(browser(tenant.accounts["city_administrator"]), f"/p/stars/cases/{found.id}/approve", version=1) == 303


def test_the_whole_way_through_the_pages(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, today())
    with tenant.scope():
        pack = scheme(LADDER)
    admin, liaison, county, own = (browser(account) for account in (
        tenant.accounts["city_administrator"], tenant.accounts["unit_liaison"], tenant.accounts["county_officer"], member.account))
    assert "1 星的条件已经达到" in own.get("/p/stars/me").text
    admin.post("/p/stars/rounds/open", "/p/stars/rounds/", scheme=pack.id, cut_off=today().isoformat())
    run_due(tenant.id)
    with tenant.scope():
        round_id = session().scalars(select(StarRound.id)).one()
    assert "王小明" in admin.get(f"/p/stars/rounds/{round_id}").text
    own.post("/p/stars/me/apply", "/p/stars/me", scheme="scheme")
    case_id = case_of(tenant, member).id
    assert "审批中" in own.get(f"/p/stars/me/cases/{case_id}").text
    assert "王小明" in liaison.get("/p/stars/").text
    liaison.post("/p/stars/approve", "/p/stars/", case=f"{case_id}:2")
    county.post(f"/p/stars/cases/{case_id}/approve", "/p/stars/", version=3, note="同意")
    assert "公示后名单对全体党员可见" in admin.post(f"/p/stars/rounds/{round_id}/publish", "/p/stars/").text  # where no script has asked
    admin.post(f"/p/stars/rounds/{round_id}/publish", "/p/stars/", confirmed="yes")
    with tenant.scope():
        notice_id = session().scalars(select(StarNotice.id)).one()
    seen = own.get(f"/p/stars/me/notices/{notice_id}").text
    assert ("王＊明" in seen, "王小明" in seen.partition('id="main"')[2]) == (True, False)
    assert admin.get(f"/p/stars/notices/{notice_id}/pdf").data.startswith(b"%PDF")
    assert status(admin, f"/p/stars/notices/{notice_id}/grant", confirmed="yes") == 303
    assert given(tenant, member) == []
    with set_clock(today() + dt.timedelta(days=3)):
        browser(tenant.accounts["city_administrator"]).post(f"/p/stars/notices/{notice_id}/grant", "/p/stars/", confirmed="yes")
    with tenant.scope():
        star_id = session().scalars(select(Star.id)).one()
    assert own.get(f"/p/stars/me/held/{star_id}/certificate").data.startswith(b"%PDF")
    assert "XJ-" in liaison.get("/p/stars/held/").text
    assert "依据服务记录 2 条" in liaison.get(f"/p/stars/held/{star_id}").text
    assert [b.get(f"/p/stars/held/{star_id}").status_code for b in (own, browser(tenant.others["county_officer"]))] == [403, 404]


def test_an_officer_does_everything_for_a_member_without_a_phone(browser: Open, tenant: TestTenant) -> None:
    member = make_member(tenant, "赵无机")
    serve(tenant, member, 10, today())
    with tenant.scope():
        scheme(LADDER)
    officer = browser(tenant.accounts["community_officer"])
    assert "代为申请1 星" in officer.get(f"/p/stars/members/{member.id}").text
    officer.post(f"/p/stars/members/{member.id}/enter", "/p/stars/", scheme="scheme", note="本人口头申请")
    found = case_of(tenant, member)
    act(tenant, cases.refuse, found.id, found.version, "材料不全")
    officer.post(f"/p/stars/cases/{found.id}/appeal", "/p/stars/", says="材料已补")
    assert "材料已补" in officer.get(f"/p/stars/cases/{found.id}").text
    assert browser(tenant.others["community_officer"]).get(f"/p/stars/members/{member.id}").status_code == 404


def test_nobody_puts_oneself_forward_where_organizations_nominate(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, today())
    with tenant.scope():
        scheme({**LADDER, "entry": "nomination", "nominators": ["unit"]})
    own = browser(member.account)
    assert "本人不能自荐" in own.client.get(own.post("/p/stars/me/apply", "/p/stars/me", scheme="scheme").location).text
    assert status(browser(tenant.accounts["community_officer"]), f"/p/stars/members/{member.id}/enter", scheme="scheme") == 403
    assert case_of(tenant, member) is None
    assert status(browser(tenant.accounts["unit_liaison"]), f"/p/stars/members/{member.id}/enter", scheme="scheme") == 303
    assert case_of(tenant, member).state == "pending"


def test_a_member_sees_what_lacks_and_withdraws_and_appeals(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 4.5, today())
    with tenant.scope():
        pack = scheme(LADDER)
    own = browser(member.account)
    assert "还差 5.5 小时" in own.get("/p/stars/me").text
    serve(tenant, member, 6, today())
    act(tenant, cases.enter_now, member.id, pack)
    found = case_of(tenant, member)
    own.post(f"/p/stars/me/cases/{found.id}/withdraw", "/p/stars/me", version=found.version)
    assert case_of(tenant, member).state == "withdrawn"
    act(tenant, cases.enter_now, member.id, pack)
    again = case_of(tenant, member)
    act(tenant, cases.refuse, again.id, again.version, "时长待核实")
    own.post(f"/p/stars/me/cases/{again.id}/appeal", "/p/stars/me", says="都有签到")
    assert "都有签到" in own.get(f"/p/stars/me/cases/{again.id}").text
    other = make_member(tenant, "李四", account=True)
    assert browser(other.account).get(f"/p/stars/me/cases/{again.id}").status_code == 404


def test_a_case_whose_records_were_withdrawn_says_so(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    found = entered(tenant, member)
    county = browser(tenant.accounts["county_officer"])
    pages = [county.get(f"/p/stars/cases/{found.id}").text]
    with tenant.scope():
        records.withdraw(session().scalars(select(ServiceRecord.id).limit(1)).one(), 1)
    pages.append(county.get(f"/p/stars/cases/{found.id}").text)
    assert ["已不再达到条件" in page for page in pages] == [False, True]


def test_where_days_are_fixed_nothing_is_to_be_done_before(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, dt.date(2026, 8, 1))
    with set_clock(dt.date(2026, 8, 2)):
        with tenant.scope():
            scheme({**simple(10), "cycle": "dates", "cut_offs": ["06-30", "11-30"]})
        seen = browser(member.account).get("/p/stars/me").text
    assert ("2026年11月30日 截止以后统一评定" in seen, "申请1 星" in seen) == (True, False)


def test_what_cannot_be_done_is_said_and_leaves_nothing(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    found = entered(tenant, member)
    liaison = browser(tenant.accounts["unit_liaison"])
    answer = liaison.post(f"/p/stars/cases/{found.id}/refuse", "/p/stars/", version=1, reason=" ")
    assert "请写明理由" in liaison.client.get(answer.location).text
    answer = liaison.post("/p/stars/approve", "/p/stars/", case=[f"{found.id}:9", "x", f"{uuid.uuid4()}:1"])
    assert "没有通过任何一项" in liaison.client.get(answer.location).text
    assert (case_of(tenant, member).state, case_of(tenant, member).version) == ("pending", 1)


def test_reviews_and_doubts_are_the_managers(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, dt.date(2026, 6, 1))
    with set_clock(dt.date(2026, 6, 2)), tenant.scope():
        pack = scheme({**simple(10), "entry": "automatic", "publication_days": 0, "review": {"after": "lapse", "on": "12-31",
                                                                                             "conditions": [hours(5, window="year")]}})
        rounds.open_round(pack, today(), by=None)
    with set_clock(dt.date(2026, 6, 2)):
        run_due(tenant.id)
        act(tenant, cases.approve, case_of(tenant, member).id, 1)
    with set_clock(dt.date(2028, 1, 2)):
        with tenant.scope():
            reviewing.propose(pack, dt.date(2027, 12, 31))
            star = session().scalars(select(Star)).one()
            doubts.record_gone(make_record(member_id=member.id, record_id=star.records[0]))
        admin, county = browser(tenant.accounts["city_administrator"]), browser(tenant.accounts["county_officer"])
        assert ("还差 5 小时" in admin.get("/p/stars/reviews/").text, "王小明" in county.get("/p/stars/reviews/").text) == (True, False)
        review_id = re.findall(r'name="review" value="([^"]+)"', admin.get("/p/stars/reviews/").text)[0]
        assert status(county, f"/p/stars/reviews/{review_id}/decide", decision="lapse") == 404
        county.post("/p/stars/reviews/confirm", "/p/stars/", review=review_id)
        assert given(tenant, member) == [(1, "held")]
        page = admin.get(f"/p/stars/held/{star.id}").text
        doubt = re.findall(r"/p/stars/doubts/([^/]+)/settle", page)[0]
        assert status(county, f"/p/stars/doubts/{doubt}/settle", answer="已核对") == 404
        admin.post(f"/p/stars/doubts/{doubt}/settle", "/p/stars/", answer="仍超过 10 小时")
        assert "仍超过 10 小时" in admin.get(f"/p/stars/held/{star.id}").text
        admin.post("/p/stars/reviews/confirm", "/p/stars/", review=review_id)
    assert given(tenant, member) == [(1, "lapsed")]


def test_a_countys_notice_is_not_another_countys(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, today())
    stranger = make_member(tenant, "李四", unit=1, residence=-1, account=True)
    round_id = computed(tenant, {**simple(10), "entry": "automatic"}, place=tenant.counties[0])
    act(tenant, cases.approve, case_of(tenant, member).id, 1)
    assert status(browser(tenant.others["county_officer"]), f"/p/stars/rounds/{round_id}/publish") == 404
    notice_id = act(tenant, publishing.publish, round_id)
    seen = {name: browser(account).get(f"/p/stars/{way}{notice_id}").status_code for name, account, way in (
        ("county", tenant.accounts["county_officer"], "notices/"), ("community", tenant.accounts["community_officer"], "notices/"),
        ("other county", tenant.others["county_officer"], "notices/"), ("own", member.account, "me/notices/"),
        ("stranger", stranger.account, "me/notices/"))}
    assert seen == {"county": 200, "community": 200, "other county": 404, "own": 200, "stranger": 404}


def test_on_here_and_off_there(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    enshi = make_tenant("4228", name="恩施州")
    there = make_member(enshi, "向梅", account=True)
    answers = [[browser(one.accounts["county_officer"]).get("/p/stars/").status_code, browser(who.account).get("/p/stars/me").status_code]
               for one, who in ((tenant, member), (enshi, there))]
    assert answers == [[200, 200], [404, 404]]


def test_the_api_reads_and_decides(app: Flask, tenant: TestTenant, member: TestMember) -> None:
    found = entered(tenant, member)
    tokens = {}
    with tenant.scope():
        for role in ("unit_liaison", "community_officer"):
            tokens[role] = create_token(tenant.actor(role), "test", ["stars.read", "stars.approve"], 30)
    client = app.test_client()

    def ask(role: str, address: str, **body: Any) -> Any:
        return client.open(f"/api/v1/p/stars/{address}", method="POST" if body else "GET", json=body or None,
                           headers={"Authorization": f"Bearer {tokens[role]}"})
    seen = ask("unit_liaison", f"members/{member.id}").get_json()
    assert (seen["stars"], [(one["scheme"], one["due"], one["ways"][0]["conditions"][0]["met"]) for one in seen["schemes"]]) == (
        [], [("scheme", 1, True)])
    assert ask("community_officer", f"cases/{found.id}").get_json()["step_level"] == "unit"
    assert ask("community_officer", f"cases/{found.id}/approve", version=1).status_code == 403
    assert ask("unit_liaison", f"cases/{found.id}/approve", version=9).status_code == 409
    assert ask("unit_liaison", f"cases/{found.id}/approve", version=1).get_json()["step_level"] == "county"
    assert ask("unit_liaison", f"cases/{found.id}/refuse", version=2, note="不妥").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_at_one_row_and_three(browser: Open, tenant: TestTenant, member: TestMember, statements: list[str], rows: int) -> None:
    people = [member, *(make_member(tenant, f"李{n}") for n in range(rows - 1))]
    waiting = [make_member(tenant, f"张{n}") for n in range(rows)]
    for person in (*people, *waiting):
        serve(tenant, person, 10, today())
    round_id = computed(tenant, {**simple(10), "entry": "automatic", "publication_days": 0})
    for person in people:
        act(tenant, cases.approve, case_of(tenant, person).id, 1)
    counts = []
    for account, address in ((tenant.accounts["community_officer"], "/p/stars/?tab=mine"), (tenant.accounts["community_officer"], "/p/stars/held/"),
                             (tenant.accounts["city_administrator"], f"/p/stars/rounds/{round_id}"),
                             (tenant.accounts["city_administrator"], "/p/stars/rounds/"), (tenant.accounts["city_administrator"], "/p/stars/reviews/"),
                             (member.account, "/p/stars/me")):
        one = browser(account)
        statements.clear()
        assert one.get(address).status_code == 200
        counts.append(len(statements))
    assert counts == [6, 5, 9, 5, 8, 11]


def test_a_search_finds_those_of_ones_own_reach_and_lists_page_by_name(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    hidden = make_member(tenant, "王小虎", unit=-1, residence=-1)
    shown = make_member(tenant, "李四")
    for person in (member, hidden, shown):
        serve(tenant, person, 10, today())
    computed(tenant, {**simple(10), "entry": "automatic", "publication_days": 0})
    officer = browser(tenant.accounts["community_officer"])

    def names(address: str, **form: Any) -> list[str]:
        return re.findall(r'<a href="/p/stars/(?:cases|held)/[0-9a-f-]{36}">([^<]+)</a>', officer.post(address, "/p/stars/", **form).text)
    assert names("/p/stars/search", q="wx", tab="pending") == ["王小明"]
    assert names("/p/stars/search", q="李", tab="mine") == ["李四"]
    for person in (member, hidden, shown):
        with tenant.scope():
            granting.grant([case_of_id(person)], by=ONE)
    for person in (member, shown):
        act(tenant, cases.approve, case_of(tenant, person).id, 1)
    assert (names("/p/stars/held/search", q="王"), names("/p/stars/held/search", q="ls", scheme="scheme")) == (["王小明"], ["李四"])


def case_of_id(member: TestMember) -> uuid.UUID:
    """The member's case, inside a scope."""
    return session().scalars(select(StarCase.id).where(StarCase.member_id == member.id)).one()


def test_a_scheme_is_made_by_forms_alone(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    admin = browser(tenant.accounts["city_administrator"])
    pack_id = admin.post("/rules/stars/drafts", "/rules/", title="社区星级").location.rpartition("/")[2]

    def save(at: str, **fields: Any) -> None:
        page = admin.get(f"/rules/packs/{pack_id}/edit?at={at}").text
        edited = re.findall(r'name="edited" value="(\d+)"', page)[0]
        answer = admin.post(f"/rules/packs/{pack_id}/edit?at={at}", "/rules/", edited=edited, **fields)
        assert answer.status_code == 303, (at, re.findall(r"field-error[^>]*>.*?<span>([^<]+)", answer.text, re.DOTALL))
    level_two = {"number": 2, "name": "二星级", "steps": ["community", "county"]}
    save("levels/new", **level_two)
    save("levels/1/ways/0/conditions/0", **{"needs": "amount", "quantity.of": "times", "window": "year", "at_least": 3, "since": "report_in",
                                             "period": "month"})
    save("levels/1/ways/new", title="获得表彰的")
    save("deeds/new", key="award", title="获得表彰", counted_in="次", approver="county_officer")
    save("levels/1/ways/1/conditions/0", **{"needs": "amount", "quantity.of": "deeds", "quantity.deed_kinds": "award", "window": "ever",
                                             "at_least": 1, "since": "report_in", "period": "month"})
    with tenant.scope():
        packs.publish(uuid.UUID(pack_id), today())
    with tenant.scope():
        (pack,) = packs_in_force("stars", today())
        assert explaining.describe(pack.document)[:2] == [
            "一星级：服务时长不少于 100 小时；由县（市、区）或行业系统审批。",
            "二星级：评定当年服务次数不少于 3 次，或者获得表彰不少于 1 次；由社区、县（市、区）或行业系统审批。"]


def test_a_round_computed_again_finds_who_was_entered_late(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    late = make_member(tenant, "李四")
    serve(tenant, member, 10, today())
    round_id = computed(tenant)
    serve(tenant, late, 10, today())
    admin = browser(tenant.accounts["city_administrator"])
    admin.post(f"/p/stars/rounds/{round_id}/compute", "/p/stars/", confirmed="yes")
    assert "正在计算" in admin.get(f"/p/stars/rounds/{round_id}").text
    run_due(tenant.id)
    assert [case_of(tenant, one).state for one in (member, late)] == ["candidate", "candidate"]
    assert browser(tenant.accounts["county_officer"]).post(f"/p/stars/rounds/{round_id}/compute", "/p/stars/", confirmed="yes").status_code == 404
