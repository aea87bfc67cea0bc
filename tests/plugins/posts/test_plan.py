"""The service plan: which matters fall into a period, what stands on the page, the paper and the workbook, who sees it, what it costs."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.api import Period
from core.audit.models import AuditEntry
from core.service.claims.matters import MatterInput, open_matter
from core.service.claims.models import Matter
from core.tenancy import now, session, today
from plugins.posts import papers, planning
from plugins.posts.pages import plan
from plugins.posts.times import Slot
from tenants.activation import disable, enable
from tests.plugins.posts.conftest import Put
from tests.plugins.posts.test_pages import sent
from tests.service.conftest import Browser
from tests.support.factories import TestTenant

Open = Callable[..., Browser]
SPRING = Period("quarter", dt.date(2026, 4, 1))


@pytest.fixture
def wishes(tenant: TestTenant) -> None:
    """A second source of matters."""
    with tenant.scope():
        enable("wishes")


def add(tenant: TestTenant, title: str, opened: str, begins: str | None = None, due: str | None = None, closed: str | None = None,
        **more: Any) -> None:
    """A matter with just these days, from inside a scope."""
    day = dt.date.fromisoformat
    given = {"source": "posts", "community_id": tenant.communities[0], "kind": "环境卫生", **more}
    session().add(Matter(title=title, opened_on=day(opened), begins_on=begins and day(begins), due_on=due and day(due),
                         closed_on=closed and day(closed), state="closed" if closed else "open", created_at=now(), **given))
    session().flush()


@pytest.mark.usefixtures("wishes")
def test_what_lasts_into_the_period_is_planned_whatever_plugin_put_it_up(tenant: TestTenant) -> None:
    with tenant.scope():
        add(tenant, "冬天截止", "2026-01-01", due="2026-03-31")
        add(tenant, "第一天截止", "2026-01-01", due="2026-04-01")
        add(tenant, "一直都有", "2025-01-01", source="wishes", kind="政策宣传")
        add(tenant, "夏天开始", "2026-03-01", begins="2026-07-01")
        add(tenant, "最后一天开始", "2026-03-01", begins="2026-06-30")
        add(tenant, "冬天已关闭", "2026-01-01", closed="2026-03-31")
        add(tenant, "春天关闭", "2026-01-01", due="2026-12-31", closed="2026-05-01")
        add(tenant, "没有开始就取消", "2026-03-01", begins="2026-06-01", closed="2026-04-15")
        add(tenant, "别的社区", "2026-04-02", community_id=tenant.communities[1])
        lines, more = planning.planned(tenant.communities[0], SPRING)
        cut, cut_more = planning.planned(tenant.communities[0], SPRING, 3)
        disable("wishes")
        without, _more = planning.planned(tenant.communities[0], SPRING)
    assert ([line["title"] for line in lines], more) == (["一直都有", "第一天截止", "春天关闭", "最后一天开始"], False)
    assert ([line["title"] for line in cut], cut_more) == (["一直都有", "第一天截止", "春天关闭"], True)
    assert [line["title"] for line in without] == ["第一天截止", "春天关闭", "最后一天开始"]
    assert [(line["when"], line["state"]) for line in lines] == [
        ("", "还缺 1 人"), ("4月1日前", "还缺 1 人"), ("12月31日前", "已关闭"), ("6月30日起", "还缺 1 人")]


def test_the_present_quarter_is_offered_and_the_next_year_may_be_planned() -> None:
    quarter = Period("quarter", dt.date(today().year, (today().month - 1) // 3 * 3 + 1, 1))
    ahead = f"{today().year + 1}-H2"
    assert [planning.chosen(code).code for code in ("", "x", "2026-13", "9999", "2024", ahead)] == [quarter.code] * 4 + ["2024", ahead]


@pytest.mark.usefixtures("wishes")
def test_page_paper_and_workbook_say_what_is_planned_and_name_nobody(browser: Open, tenant: TestTenant, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put(recipient_kind="person", recipient="孙桂兰", recipient_group="elderly", place="活动室", slots=(Slot((6,), dt.time(19), dt.time(21)),))
    put(title="别处的岗位", community_id=tenant.communities[1])
    with tenant.scope():
        open_matter("wishes", MatterInput(tenant.communities[0], "环境卫生", "换一盏灯", recipient_kind="household", recipient="赵铁柱",
                                          due_on=today() + dt.timedelta(days=1)), by=None)
    officer, drawn, given = browser(tenant.accounts["community_officer"]), papers.render_layout, []
    monkeypatch.setattr(papers, "render_layout", lambda layout, data: given.append(data) or drawn(layout, data))
    first = officer.get("/p/posts/plan")
    address = f"/p/posts/plan/{tenant.communities[0]}"
    assert (first.status_code, first.location, "/p/posts/plan" in officer.get("/p/posts/").text) == (303, address, True)
    page = officer.get(address).text
    assert [word in page for word in ("夜间巡逻员", "长期，周六 19:00–21:00", "活动室", "换一盏灯", "微心愿", "空巢老人", "还缺 1 人")] == [True] * 7
    officer.client.set_cookie("baodao_lang", "en")
    english, paper = officer.get(address).text, officer.get(f"{address}/plan.pdf")
    assert ("Service plan" in english, "1 still wanted" in english, paper.data[:4]) == (True, True, b"%PDF")
    rows = [row for group in given[0]["groups"] for row in group["rows"]]
    assert [row[1:] for row in rows if row[1] == "夜间巡逻员"] == [["夜间巡逻员", "长期，周六 19:00–21:00", "活动室", "个人", "1", "1"]]
    assert (len(rows), "空巢老人" in str(given), given[0]["signer"].endswith("党组织")) == (2, False, True)
    assert officer.get(f"{address}/export").data[:2] == b"PK"
    with tenant.scope():
        lines, _more = planning.planned(tenant.communities[0], planning.chosen(""))
        audited = session().scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("posts.plan")).order_by(AuditEntry.action)).all()
    assert audited == ["posts.plan_exported", "posts.plan_printed"]
    assert [word for word in ("孙桂兰", "赵铁柱", "别处的岗位") if word in page + english + str(given) + str(lines)] == []


def test_where_nothing_is_planned_the_page_says_so_and_no_paper_is_made(browser: Open, tenant: TestTenant, put: Put) -> None:
    put()
    officer, address = browser(tenant.accounts["community_officer"]), f"/p/posts/plan/{tenant.communities[0]}"
    page = officer.get(f"{address}?period=2001-05").text
    assert ("这个时段还没有安排" in page, "夜间巡逻员" in page, "plan.pdf" in page) == (True, False, False)
    assert officer.get(f"{address}/plan.pdf?period=2001-05").status_code == 409


def test_a_plan_is_for_its_community_and_those_above(browser: Open, tenant: TestTenant, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put()
    address = f"/p/posts/plan/{tenant.communities[0]}"
    asked = {role: browser(account).get(address).status_code for role, account in tenant.accounts.items()}
    assert {role: asked[role] for role in ("community_officer", "street_officer", "county_officer", "city_administrator", "auditor", "unit_liaison")} == {
        "community_officer": 200, "street_officer": 200, "county_officer": 200, "city_administrator": 200, "auditor": 403, "unit_liaison": 404}
    sibling, street = browser(tenant.others["community_officer"]), browser(tenant.accounts["street_officer"])
    assert [sibling.get(f"{address}{page}").status_code for page in ("", "/plan.pdf", "/export")] == [404] * 3
    assert street.get(f"/p/posts/plan/{tenant.streets[0]}").status_code == 404
    assert browser(tenant.accounts["unit_liaison"]).get("/p/posts/plan").status_code == 403
    choice = street.get("/p/posts/plan").text
    assert [str(one) in choice for one in (tenant.communities[0], tenant.communities[-1])] == [True, False]
    assert str(tenant.communities[0]) not in street.post("/p/posts/plan/find", "/p/posts/plan", q="没有这个社区").text
    monkeypatch.setattr(plan, "authorize", lambda *_asked: None)  # twin: without the wall the sibling gets in
    assert sibling.get(address).status_code == 200


def test_the_queries_of_a_plan_do_not_grow(browser: Open, tenant: TestTenant, put: Put, statements: list[str]) -> None:
    officer, counts = browser(tenant.accounts["community_officer"]), []
    for titles in (("岗位一",), ("岗位二", "岗位三")):
        for title in titles:
            put(title=title, category="环境卫生" if title == "岗位三" else "治安巡逻")
        counts.append(sent(officer, f"/p/posts/plan/{tenant.communities[0]}", statements))
    assert counts == [6, 6]


def test_the_stamp_is_the_party_organizations_and_not_the_residents_committees() -> None:
    names = ("天门墩社区居委会", "天门社区居民委员会", "李村村委会", "李村民委员会", "新华路居委会", "东湖社区")
    assert [papers._OFFICE.sub("", name) for name in names] == ["天门墩社区", "天门社区", "李村", "李村", "新华路居委会", "东湖社区"]
