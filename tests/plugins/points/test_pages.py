"""On in one tenant, off in the other: pages, API, menu, jobs; and switched without a restart."""
from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from core.access.tokens import create_token
from core.jobs import enqueue
from core.jobs.models import Job
from core.jobs.registry import runnable_kinds
from core.jobs.running import run_due
from core.tenancy import session
from plugins.points import ledger
from plugins.points.pages import showing as pages
from tenants.activation import disable, enable
from tests.plugins.points.test_ledger import hour
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant
from web.app import create_app

Open = Callable[..., Browser]


@pytest.fixture
def enshi(tenant: TestTenant) -> TestTenant:
    """恩施州, without points."""
    return make_tenant("4228", name="恩施州")


def seen(browser: Open, tenant: TestTenant, member: TestMember) -> dict[str, int]:
    """What each address of the plugin answers, to the right person."""
    officer, own = browser(tenant.accounts["community_officer"]), browser(member.account)
    return {"list": officer.get("/p/points/").status_code, "member": officer.get(f"/p/points/members/{member.id}").status_code,
            "own": own.get("/p/points/me").status_code}


def test_on_here_and_off_there(browser: Open, tenant: TestTenant, member: TestMember, enshi: TestTenant) -> None:
    there = make_member(enshi, "向梅", account=True)
    assert seen(browser, tenant, member) == {"list": 200, "member": 200, "own": 200}
    assert seen(browser, enshi, there) == {"list": 404, "member": 404, "own": 404}
    menus = {t.slug: "积分" in browser(m.account).get("/records/").get_data(as_text=True) for t, m in ((tenant, member), (enshi, there))}
    assert menus == {tenant.slug: True, enshi.slug: False}


def test_switching_reaches_every_process_at_its_next_request(app: Flask, tenant: TestTenant, enshi: TestTenant) -> None:
    there = make_member(enshi, "向梅", account=True)
    browsers = [Browser(one, there.account) for one in (app, create_app(app.config["BAODAO"]))]
    states = []
    for switch in (None, enable, disable, enable):
        if switch is not None:
            with enshi.scope():
                switch("points")
        states.append([b.get("/p/points/me").status_code for b in browsers])
    assert states == [[404, 404], [200, 200], [404, 404], [200, 200]]


def test_off_and_on_again_keeps_the_points(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        ledger.earn(hour(member, minutes=120))
    for switch in (disable, enable):
        with tenant.scope():
            switch("points")
    assert "+2" in browser(member.account).get("/p/points/me").get_data(as_text=True)


def test_jobs_are_held_where_it_is_off(tenant: TestTenant, enshi: TestTenant) -> None:
    kinds = {}
    for one in (tenant, enshi):
        with one.scope():
            kinds[one.slug] = "points.check" in runnable_kinds()
            enqueue("points.check")
    assert kinds == {tenant.slug: True, enshi.slug: False}
    run_due()
    assert [status(one) for one in (tenant, enshi)] == [["done"], ["due"]]
    with enshi.scope():
        enable("points")
    run_due()
    assert status(enshi) == ["done"]


def status(tenant: TestTenant) -> list[str]:
    """The states of the tenant's nightly checks."""
    with tenant.scope():
        return list(session().scalars(select(Job.status).where(Job.kind == "points.check")))


def test_the_api_tells_the_ledger_where_it_is_on(app: Flask, tenant: TestTenant, member: TestMember, enshi: TestTenant) -> None:
    there = make_member(enshi, "向梅")
    with tenant.scope():
        ledger.earn(hour(member))
    answers = []
    for one, who in ((tenant, member), (enshi, there)):
        with one.scope():
            token = create_token(one.actor("community_officer"), "test", ["points.read"], 30)
        answers.append(app.test_client().get(f"/api/v1/p/points/members/{who.id}", headers={"Authorization": f"Bearer {token}"}))
    assert [a.status_code for a in answers] == [200, 404]
    body = answers[0].get_json()
    assert (body["member_id"], body["balance"], [(e["kind"], e["points"]) for e in body["entries"]]) == (str(member.id), 1, [("earned", 1)])


def test_out_of_reach_is_as_good_as_absent(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    stranger = browser(tenant.others["community_officer"])
    assert [stranger.get(f"/p/points/members/{i}").status_code for i in (member.id, uuid.uuid4())] == [404, 404]
    assert browser(member.account).get("/p/points/").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_cost_the_same_at_one_row_and_three(browser: Open, tenant: TestTenant, member: TestMember, statements: list[str],
                                                  rows: int) -> None:
    for number in range(rows):
        with tenant.scope():
            ledger.earn(hour(member))
            ledger.earn(hour(member))
        if number:
            make_member(tenant, f"李{number}")
    counts = []
    for account, address in ((tenant.accounts["community_officer"], "/p/points/"), (member.account, "/p/points/me")):
        one = browser(account)
        statements.clear()
        assert one.get(address).status_code == 200
        counts.append(len(statements))
    assert counts == [4, 4]


def test_the_list_is_by_name_and_pages_by_id(tenant: TestTenant, browser: Open) -> None:
    for number in range(pages.PAGE + 2):
        make_member(tenant, f"王{'甲乙丙丁'[number % 4]}")
    officer = browser(tenant.accounts["community_officer"])
    first = officer.get("/p/points/").get_data(as_text=True)
    after = first.partition("?after=")[2][:36]
    second = officer.get(f"/p/points/?after={uuid.UUID(after)}").get_data(as_text=True)
    assert (first.count("/p/points/members/"), second.count("/p/points/members/")) == (pages.PAGE, 2)


SEARCHES = [("王", ["王芳", "王小明"]), ("王小", ["王小明"]), ("wangf", ["王芳"]), ("wxm", ["王小明"]), ("ls", ["李四"]), ("小明", []), ("%", []),
            ("欧阳", [])]


def names(answer: TestResponse) -> list[str]:
    """Who is listed, in order."""
    assert answer.status_code == 200, answer.text
    return re.findall(r'/p/points/members/[^"]+">([^<]+)</a>', answer.text)


@pytest.mark.parametrize(("text", "expected"), SEARCHES)
def test_a_search_by_name_finds_those_of_ones_own_reach(tenant: TestTenant, browser: Open, text: str, expected: list[str]) -> None:
    other = make_tenant("4228", name="恩施州", plugins=("points",))
    for place, at, people in ((tenant, 0, ("王小明", "王芳", "李四")), (tenant, -1, ("王小虎", "王福", "李山", "王小明", "欧阳远")),
                              (other, 0, ("王小明", "王芳", "李四", "欧阳远"))):
        for name in people:
            make_member(place, name, unit=at, residence=at)
    make_member(tenant, "王小离", status="left")
    for role in ("community_officer", "unit_liaison", "street_officer"):
        assert names(browser(tenant.accounts[role]).post("/p/points/search", q=f" {text} ")) == expected


def test_a_search_shows_the_points_and_says_when_nobody_is_found(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    with tenant.scope():
        ledger.earn(hour(member, minutes=120))
    officer = browser(tenant.accounts["community_officer"])
    assert re.findall(r'data-label="积分"[^>]*>\s*(\d+)', officer.post("/p/points/search", q="wxm").text) == ["2"]
    assert "没有找到这名党员" in officer.post("/p/points/search", q="赵").text
    empty = officer.post("/p/points/search", q=" ")
    assert (empty.status_code, empty.location) == (303, "/p/points/")
    assert browser(member.account).post("/p/points/search", q="王").status_code == 403


def test_a_searched_list_pages_by_id(tenant: TestTenant, browser: Open) -> None:
    for number in range(pages.PAGE + 2):
        make_member(tenant, f"王{'甲乙丙丁'[number % 4]}")
        if number % 10 == 0:
            make_member(tenant, "李四")
    officer = browser(tenant.accounts["county_officer"])
    first = officer.post("/p/points/search", q="w")
    after = re.findall(r'form="points-search" name="after" value="([^"]+)"', first.text)
    second = officer.post("/p/points/search", q="w", after=after[0])
    assert (len(names(first)), len(names(second)), {n[0] for n in names(first) + names(second)}) == (pages.PAGE, 2, {"王"})
    assert 'name="after"' not in second.text


def test_the_members_page_shows_the_panel_only_where_it_is_on(browser: Open, tenant: TestTenant, member: TestMember,
                                                              enshi: TestTenant) -> None:
    there = make_member(enshi, "向梅")
    with tenant.scope():
        ledger.earn(hour(member))
    shown = {one.slug: "奉献积分" in browser(one.accounts["community_officer"]).get(f"/members/{who.id}").get_data(as_text=True).partition(
        'id="main"')[2].partition("</main>")[0] for one, who in ((tenant, member), (enshi, there))}
    assert shown == {tenant.slug: True, enshi.slug: False}


def test_the_settings_form_is_made_from_the_schema_where_it_is_on(browser: Open, tenant: TestTenant, enshi: TestTenant) -> None:
    answers = [browser(one.accounts["city_administrator"]).get("/settings/points") for one in (tenant, enshi)]
    assert [a.status_code for a in answers] == [200, 404]
    assert "每小时积几分" in answers[0].get_data(as_text=True)
