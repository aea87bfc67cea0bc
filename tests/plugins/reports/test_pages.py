"""From the list of formats to the file: what is asked for, who may, and what comes."""
from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.jobs.running import run_due
from core.tenancy import session, today
from tests.plugins.reports.conftest import settle
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

Open = Callable[..., Browser]
YEAR = str(today().year)
HALF = f"{YEAR}-H{1 if today().month <= 6 else 2}"
ROSTER = "/p/reports/formats/reports-foshan-register"


def made(browser: Browser, address: str, **fields: Any) -> Any:
    """The file of a report, after its job."""
    answer = browser.post(address, action="make", **fields)
    assert answer.status_code == 303, answer.text
    assert "刷新进度" in browser.get(answer.location).text
    run_due()
    page = browser.get(answer.location).text
    found = re.search(r'href="(/files/[^"]+)"', page)
    assert found is not None, page
    return browser.get(found[1])


def cells(answer: Any) -> list[list[Any]]:
    """The sheet's values."""
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def test_a_report_is_made_by_a_job_and_fetched_by_its_owner(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    settle(tenant, make_member(tenant, "李四", residence=-1), times=2)
    officer = browser(tenant.accounts["city_administrator"])
    assert "广东佛山的表样" in officer.get("/p/reports/").text
    answer = made(officer, ROSTER, period=HALF)
    rows = cells(answer)
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert rows[0][0] == "中共武汉市委组织部在职党员台账"
    assert [(r[0], r[1], r[3], r[10], r[12], r[13]) for r in rows[3:5]] == [
        (1, "李四", rows[3][3], "已报到", 2, 3), (2, "张三", f"{member.id_number[:3]}***********{member.id_number[-4:]}", "已报到", 1, 1.5)]
    assert (rows[5][0], rows[5][1], rows[5][12], rows[5][13]) == ("合计", "2 人", 3, 4.5)
    with tenant.scope():
        told = session().execute(select(AuditEntry.action, AuditEntry.details).where(AuditEntry.action == "reports.made")).one()
    assert (told.details["rows"], told.details["reason"]) == (2, None)
    stranger = browser(tenant.others["county_officer"])
    assert stranger.get(answer.request.path).status_code == 404


def test_full_numbers_need_a_reason_and_the_right(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    administrator, liaison = browser(tenant.accounts["city_administrator"]), browser(tenant.accounts["unit_liaison"])
    assert cells(made(administrator, ROSTER, period=HALF, reason="report"))[3][3] == member.id_number
    assert liaison.post(ROSTER, action="make", period=HALF, reason="report").status_code == 403
    assert administrator.post(ROSTER, action="make", period=HALF, reason="curiosity").status_code == 422


def test_rows_are_those_of_ones_reach_and_place(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    settle(tenant, make_member(tenant, "李四", unit=-1, residence=-1))
    officer, far = browser(tenant.accounts["community_officer"]), browser(tenant.others["community_officer"])
    assert [row[1] for row in cells(made(officer, ROSTER, period=HALF))[3:-3]] == ["张三"]
    assert [row[1] for row in cells(made(far, ROSTER, period=HALF))[3:-3]] == ["李四"]
    city = browser(tenant.accounts["city_administrator"])
    assert [row[1] for row in cells(made(city, ROSTER, period=HALF, place=str(tenant.communities[-1])))[3:-3]] == ["李四"]
    assert officer.post(ROSTER, action="make", period=HALF, place=str(tenant.communities[-1])).status_code == 404


def test_the_card_of_one_member(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    officer = browser(tenant.accounts["community_officer"])
    address = "/p/reports/formats/reports-foshan-card"
    assert "没有找到这名党员" in officer.post(address, action="make", period=HALF, who="王").text
    assert made(officer, address, period=HALF, who="zhangs").data.startswith(b"%PDF")
    make_member(tenant, "张三丰")
    several = officer.post(address, action="make", period=HALF, who="张三")
    assert (several.status_code, len(re.findall(r'name="member" value=', several.text))) == (422, 2)
    stranger = browser(tenant.others["community_officer"])
    assert stranger.post(address, action="make", period=HALF, member=str(member.id)).status_code == 404


def test_a_members_page_leads_to_the_papers_about_the_member(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    officer, own = browser(tenant.accounts["community_officer"]), browser(member.account)
    links = re.findall(r'href="(/p/reports/formats/[^"]+)"', officer.get(f"/members/{member.id}").text)
    assert sorted(link.partition("?")[0].rpartition("/")[2] for link in links) == [
        "reports-foshan-card", "reports-zhongjiang-card", "reports-zhongjiang-slip"]
    page = officer.get(links[0]).text
    assert re.findall(r'name="member" value="([^"]+)" checked', page) == [str(member.id)]
    assert "打印表格" not in own.get("/me/").text
    assert browser(tenant.others["community_officer"]).get(links[0]).status_code == 404


def test_a_preview_shows_the_first_rows_or_made_up_ones(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    officer = browser(tenant.accounts["city_administrator"])
    shown = officer.post(ROSTER, action="preview", period=HALF).text
    assert ("张三" in shown, "1 人" in shown, member.id_number in shown, "样例" in shown) == (True, True, False, False)
    empty = officer.post("/p/reports/formats/reports-foshan-list", action="preview", period=f"{today().year - 1}-H1").text
    assert ("下面是样例" in empty, "李四" in empty) == (True, True)
    assert "请选择期间" in officer.post(ROSTER, action="preview", period="2026-Q1").text


def test_a_place_is_found_by_name(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    officer = browser(tenant.accounts["city_administrator"])
    assert "没有找到" in officer.post(ROSTER, action="make", period=HALF, where="没有这里").text
    several = officer.post(ROSTER, action="make", period=HALF, where="社区")
    assert several.status_code == 422
    assert len(re.findall(r'name="place" value=', several.text)) == len(tenant.communities)


def test_off_elsewhere_and_closed_to_members(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    other = make_tenant("4228", name="恩施州")
    assert browser(other.accounts["city_administrator"]).get("/p/reports/").status_code == 404
    assert browser(member.account).get("/p/reports/").status_code == 403
    liaison = browser(tenant.accounts["unit_liaison"])
    assert [liaison.get(path).status_code for path in ("/p/reports/", "/p/reports/manage", "/p/reports/formats/none")] == [200, 403, 404]


def test_a_job_of_somebody_else_is_absent(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    answer = browser(tenant.accounts["city_administrator"]).post(ROSTER, action="make", period=HALF)
    other = browser(tenant.accounts["county_officer"])
    assert [other.get(path).status_code for path in (answer.location, f"/p/reports/jobs/{uuid.uuid4()}")] == [404, 404]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_pages_cost_the_same_at_one_row_and_three(browser: Open, tenant: TestTenant, statements: list[str], rows: int) -> None:
    for number in range(rows):
        settle(tenant, make_member(tenant, f"李{number}"))
    officer = browser(tenant.accounts["city_administrator"])
    counts = []
    for address in ("/p/reports/", ROSTER, "/p/reports/manage"):
        statements.clear()
        assert officer.get(address).status_code == 200
        counts.append(len(statements))
    statements.clear()
    assert officer.client.post(ROSTER, data={"action": "preview", "period": HALF}).status_code == 400
    assert counts == [3, 2, 3]
