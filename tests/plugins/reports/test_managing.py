"""A layout of the tenant's own: uploaded, looked at, put in use, replaced, gone back to, deleted; and whose it is."""
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
from core.tenancy import session, today
from tests.plugins.reports.conftest import settle
from tests.plugins.reports.test_pages import cells, made
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

Open = Callable[..., Browser]
YEAR = str(today().year)


def form(title: str = "{{填报单位}}花名册", name: str = "{{明细.姓名}}") -> bytes:
    """A small layout of members."""
    book = openpyxl.Workbook()
    book.active.append([title])
    book.active.append(["{{明细.序号}}", name, "{{明细.期内服务时长}}"])
    book.active.append(["{{合计.行数}}", "", "{{合计.期内服务时长}}"])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def send(browser: Browser, address: str, content: bytes, **fields: Any) -> Any:
    """Upload a file."""
    return browser.post(address, file=(io.BytesIO(content), "表样.xlsx"), **fields)


def uploaded(browser: Browser, content: bytes | None = None, **fields: Any) -> tuple[str, str]:
    """The addresses of a new format and of its first version."""
    answer = send(browser, "/p/reports/manage", form() if content is None else content, **{"title": "花名册", "dataset": "members", "period": "year", **fields})
    assert answer.status_code == 303, answer.text
    return str(answer.location).rpartition("/")[0], str(answer.location)


@pytest.fixture
def administrator(browser: Open, tenant: TestTenant) -> Browser:
    """The one who may upload."""
    return browser(tenant.accounts["city_administrator"])


def test_a_format_is_tried_before_it_is_in_use_and_can_be_gone_back_to(administrator: Browser, tenant: TestTenant, member: TestMember) -> None:
    address, first = uploaded(administrator)
    code = address.rsplit("/", 1)[1]
    looked = administrator.get(first).text
    assert ("张三" in looked, "表样检查通过" in looked, member.id_number in looked) == (True, True, False)
    assert administrator.get(f"/p/reports/formats/{code}").status_code == 404
    assert administrator.post(first).status_code == 303
    second = send(administrator, address, form("第二版{{填报单位}}")).location
    make = f"/p/reports/formats/{code}"
    seen = [cells(made(administrator, make, period=YEAR))]
    for version in (second, first):
        assert administrator.post(version).status_code == 303
        seen.append(cells(made(administrator, make, period=YEAR)))
    name = "中共武汉市委组织部"
    assert [rows[0][0] for rows in seen] == [f"{name}花名册", f"第二版{name}", f"{name}花名册"]
    assert seen[0][1:] == [[1, "张三", 1.5], [1, None, 1.5]]
    with tenant.scope():
        done = list(session().scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("reports.")).order_by(AuditEntry.seq)))
    assert done == ["reports.format_created", "reports.version_used", "reports.version_added", "reports.made", "reports.version_used",
                    "reports.made", "reports.version_used", "reports.made"]


def test_a_running_job_keeps_the_version_it_was_asked_for_or_says_that_it_is_gone(administrator: Browser, member: TestMember) -> None:
    from core.jobs.running import run_due

    address, first = uploaded(administrator)
    code = address.rsplit("/", 1)[1]
    administrator.post(first)
    answer = administrator.post(f"/p/reports/formats/{code}", action="make", period=YEAR)
    assert "删除“花名册”和它的全部版本吗" in administrator.post(f"{address}/remove").text
    assert administrator.post(f"{address}/remove", confirmed="yes").location == "/p/reports/manage"
    run_due()
    assert "这份报表的格式、范围或人员已经没有了" in administrator.get(answer.location).text
    assert administrator.get(address).status_code == 404


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"content": form(name="{{明细.姓明}}")}, "表 Sheet 单元格 B2：没有名为 明细.姓明 的列（您是否想写 明细.姓名？）。"),
    ({"content": b"x"}, "这不是 .xlsx 或 .docx 文件"), ({"content": b""}, "文件是空的"), ({"title": " "}, "请填写格式的名称"),
    ({"title": "长" * 61}, "1 至 60 个字"), ({"period": "week"}, "请选择期间"), ({"dataset": "pledges"}, "本系统没有"),
    ({"dataset": "figures_by_unit", "of_member": "true", "content": form()}, "不能按一名党员生成"),
]


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_what_is_wrong_is_said_and_nothing_is_kept(administrator: Browser, tenant: TestTenant, change: dict[str, Any], said: str) -> None:
    fields = {"title": "花名册", "dataset": "members", "period": "year", "content": form()} | change
    content = fields.pop("content")
    answer = send(administrator, "/p/reports/manage", content, **fields)
    assert (answer.status_code, said in answer.text) == (422, True), answer.text
    assert "还没有本地格式" in administrator.get("/p/reports/manage").text


def test_titles_are_unique_and_the_layout_comes_back_as_it_went(administrator: Browser) -> None:
    content = form()
    _address, first = uploaded(administrator, content)
    again = send(administrator, "/p/reports/manage", content, title="花名册", dataset="members", period="year")
    assert (again.status_code, "已有同名的格式" in again.text) == (422, True)
    assert administrator.get(f"{first}/layout").data == content
    assert administrator.get("/p/reports/formats/reports-foshan-list/layout").data.startswith(b"PK")
    assert administrator.get("/p/reports/formats/reports-foshan-card/layout").status_code == 404


def test_a_form_about_one_member_is_tried_with_a_made_up_one(administrator: Browser, member: TestMember) -> None:
    book = openpyxl.Workbook()
    book.active.append(["{{党员.姓名}} {{党员.手机号}}"])
    book.active.append(["{{明细.服务内容}}"])
    target = io.BytesIO()
    book.save(target)
    address, first = uploaded(administrator, target.getvalue(), dataset="records", title="卡", of_member="true")
    assert "张三 样例001" in administrator.get(first).text
    administrator.post(first)
    code = address.rsplit("/", 1)[1]
    rows = cells(made(administrator, f"/p/reports/formats/{code}", period=YEAR, who="张三"))
    assert rows == [[f"张三 {member.phone[:3]}****{member.phone[-4:]}"], ["清扫楼道1"]]


def test_only_administrators_of_the_tenant_reach_it(browser: Open, administrator: Browser, tenant: TestTenant) -> None:
    address, first = uploaded(administrator)
    other = browser(make_tenant("4228", name="恩施州", plugins=("reports",)).accounts["city_administrator"])
    paths = [address, first, f"{first}/layout"]
    assert [other.get(path).status_code for path in paths] == [404] * 3
    assert [other.post(path).status_code for path in (address, first, f"{address}/remove")] == [404, 404, 404]
    officer = browser(tenant.accounts["county_officer"])
    assert [officer.get(path).status_code for path in paths] == [403] * 3
    absent = f"{address}/{uuid.uuid4()}"
    assert [administrator.get(path).status_code for path in (first, absent)] == [200, 404]
    assert administrator.post(absent).status_code == 404


def test_the_page_of_names_lists_every_column(administrator: Browser) -> None:
    page = administrator.get("/p/reports/manage/names").text
    assert [name in page for name in ("{{明细.姓名}}", "{{row.id_number}}", "{{填报单位}}", "{{row.activities_h2}}")] == [True] * 4


@pytest.mark.parametrize("count", [1, 3])
def test_pages_cost_the_same_at_one_format_and_three(administrator: Browser, tenant: TestTenant, statements: list[str], count: int) -> None:
    address = first = ""
    for number in range(count):
        address, first = uploaded(administrator, title=f"花名册{number}")
        for version in range(2, count + 1):
            send(administrator, address, form(f"第{version}版"))
        administrator.post(first)
        settle(tenant, make_member(tenant, f"李{number}"))
    counts = []
    for path in ("/p/reports/", "/p/reports/manage", address, first):
        statements.clear()
        assert administrator.get(path).status_code == 200
        counts.append(len(statements))
    assert counts == [3, 3, 4, 7]
    assert len(re.findall("/p/reports/manage/[^/\"]+\"", administrator.get("/p/reports/manage").text)) >= count
