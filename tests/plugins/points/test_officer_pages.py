"""The desk over HTTP: asking, handing over, cards, exclusions, corrections by two, items, ranking, notices, units, tables."""
from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.jobs.running import run_due
from core.tenancy import session, today
from plugins.points import items, ledger, notices
from plugins.points.models import PointsCorrection, PointsExclusion, PointsRequest
from tests.plugins.points.packs import publish, scheme, serve
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_account, make_member

Open = Callable[..., Browser]
ITEMS = [{"key": "soap", "title": "肥皂", "price": 2, "stock": 5}, {"key": "visit", "title": "上门理发", "price": 3, "for_others": True}]


@pytest.fixture
def rich(tenant: TestTenant, member: TestMember) -> TestMember:
    """A member with twenty points under a pack that has everything."""
    with tenant.scope():
        publish(scheme(redemption={"enabled": True, "items": ITEMS}, cards=[{"key": "silver", "title": "银卡", "threshold": 10, "deduct": True}],
                       exclusions=[{"key": "review", "title": "正在接受审查"}], unit={"method": "sum"}, notice={"every": "month"}))
        for number in range(4):
            ledger.earn(serve(tenant, member, 300, today() - dt.timedelta(days=number)))
    return member


def balance(tenant: TestTenant, member: TestMember) -> int:
    with tenant.scope():
        return ledger.balance(member.id) // 100


def test_a_member_asks_and_calls_off(tenant: TestTenant, rich: TestMember, browser: Open) -> None:
    own = browser(rich.account)
    page = own.get("/p/points/me/catalogue").text
    item = re.findall(r'name="item" value="([^"]+)"', page)
    form = re.findall(r'name="form_id" value="([^"]+)"', page)
    assert len(item) == 2
    for _twice in range(2):
        assert own.post("/p/points/me/requests", item=item[1], form_id=form[0], for_other="yes").status_code == 303
    assert "送给别人" in own.get("/p/points/me/catalogue").text
    assert balance(tenant, rich) == 17
    with tenant.scope():
        request = session().scalars(select(PointsRequest.id)).one()
    assert browser(make_other(tenant).account).post(f"/p/points/me/requests/{request}/cancel").status_code == 404
    assert own.post(f"/p/points/me/requests/{request}/cancel").status_code == 303
    assert balance(tenant, rich) == 20


def make_other(tenant: TestTenant) -> TestMember:
    return make_member(tenant, "李四", account=True)


def test_the_desk(tenant: TestTenant, rich: TestMember, browser: Open) -> None:
    officer, stranger = browser(tenant.accounts["community_officer"]), browser(tenant.others["community_officer"])
    with tenant.scope():
        soap = items.listed()[0].id
    assert "为这名党员登记兑换" in officer.get(f"/p/points/members/{rich.id}").text
    assert stranger.post(f"/p/points/members/{rich.id}/requests", item=str(soap)).status_code == 404
    assert officer.post(f"/p/points/members/{rich.id}/requests", item=str(soap)).status_code == 303
    assert ("肥皂" in officer.get("/p/points/desk").text, "肥皂" in stranger.get("/p/points/desk").text) == (True, False)
    with tenant.scope():
        request = session().scalars(select(PointsRequest.id)).one()
    assert stranger.post(f"/p/points/requests/{request}/hand-over").status_code == 404
    officer.post(f"/p/points/requests/{request}/hand-over")
    assert "没有等待领取" in officer.get("/p/points/desk").text
    officer.post(f"/p/points/members/{rich.id}/cards", card="silver")
    assert balance(tenant, rich) == 8


def followed(browser: Browser, answer: Any) -> str:
    """The page to which an answer leads."""
    return browser.get(answer.location).text


def test_exclusion_and_its_end(tenant: TestTenant, rich: TestMember, browser: Open) -> None:
    officer = browser(tenant.accounts["county_officer"])
    wrong = officer.post(f"/p/points/members/{rich.id}/exclusions", reason="review", since="昨天", note="通知")
    assert "日期不对" in followed(officer, wrong)
    officer.post(f"/p/points/members/{rich.id}/exclusions", reason="review", since="2020-01-01", note="区纪委通知")
    assert balance(tenant, rich) == 0
    with tenant.scope():
        out = session().scalars(select(PointsExclusion.id)).one()
    assert "正在接受审查" in browser(rich.account).get("/p/points/me/catalogue").text
    officer.post(f"/p/points/exclusions/{out}/lift", version="1", until="2020-01-31")
    assert balance(tenant, rich) == 20


def test_a_correction_by_two(tenant: TestTenant, rich: TestMember, browser: Open) -> None:
    first, second = browser(tenant.accounts["community_officer"]), browser(tenant.accounts["county_officer"])
    first.post(f"/p/points/members/{rich.id}/corrections", points="-1.5", reason="一次服务重复登记")
    with tenant.scope():
        proposed = session().scalars(select(PointsCorrection.id)).one()
    assert first.post(f"/approvals/{proposed}/confirm", read="yes").status_code == 403
    assert f"/approvals/{proposed}" in second.get("/p/points/corrections").text
    assert "一次服务重复登记" in second.get(f"/approvals/{proposed}").text
    second.post(f"/approvals/{proposed}/confirm", read="yes")
    with tenant.scope():
        assert ledger.balance(rich.id) == 1850
    assert "18.5" in browser(rich.account).get("/p/points/me").text


def test_items_ranking_and_late_scoring(tenant: TestTenant, rich: TestMember, browser: Open) -> None:
    city, officer = browser(tenant.accounts["city_administrator"]), browser(tenant.accounts["community_officer"])
    assert officer.get("/p/points/items").status_code == 403
    city.post("/p/points/items/keep", title="雨伞", price="2.5", stock="3")
    with tenant.scope():
        umbrella = next(i for i in items.listed() if i.title == "雨伞")
    city.post("/p/points/items/keep", item=str(umbrella.id), version="1", title="雨伞", price="3", stock="", active="yes")
    assert "雨伞" in city.get("/p/points/items").text
    assert city.get("/p/points/ranking").status_code == 404
    assert "国办函" in city.get("/p/points/ranking/switch").text
    city.post("/p/points/ranking/to", to="on", reason="短")
    assert city.get("/p/points/ranking").status_code == 404
    city.post("/p/points/ranking/to", to="on", reason="市委组织部会议决定试行一年")
    assert "王小明" in officer.get("/p/points/ranking").text
    with tenant.scope():
        noted = session().scalars(select(AuditEntry.details).where(AuditEntry.action == "points.ranking_on")).one()
        assert noted == {"reason": "市委组织部会议决定试行一年"}
        serve(tenant, rich, 60, today())
    city.post("/p/points/backfill", since="2026-01-01")
    run_due()
    assert balance(tenant, rich) == 21


def test_units_notices_and_tables(tenant: TestTenant, rich: TestMember, browser: Open) -> None:
    officer = browser(tenant.accounts["county_officer"])
    assert re.findall(r'data-label="单位积分"[^>]*>\s*([\d.]+)', officer.get("/p/points/units").text) == ["20"]
    with tenant.scope():
        notices.run(None)  # type: ignore[arg-type]
        made = notices.listed()[0]
    assert made.since.isoformat() in officer.get("/p/points/notices").text
    sheet = officer.get(f"/p/points/notices/sheet?since={made.since}&until={made.until}").text
    assert ("王＊＊" in sheet, "王小明" in sheet) == (True, False)
    assert officer.get("/p/points/notices/sheet?since=x&until=2026-01-01").status_code == 404
    for address, expected in (("/p/points/export", ("王小明", 20)), ("/p/points/units/export", ("第0单位", 20))):
        rows = list(openpyxl.load_workbook(io.BytesIO(officer.get(address).data)).worksheets[0].values)
        assert (rows[1][0], rows[1][-1]) == expected


def test_pages_are_for_those_who_may(tenant: TestTenant, rich: TestMember, browser: Open) -> None:
    with tenant.scope():
        make_account(tenant, "auditor", tenant.root)
    own = browser(rich.account)
    assert [own.get(f"/p/points/{page}").status_code for page in ("desk", "corrections", "items", "units", "notices", "export")] == [403] * 6
