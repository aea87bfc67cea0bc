"""In a browser: a report made on a phone, a form uploaded on a screen; and axe on every page."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from core.jobs.running import run_due
from tests.plugins.reports.test_managing import form
from tests.service.test_browser import address, page_of
from tests.support.axe import axe_violations
from tests.support.factories import TestMember, TestTenant

__all__ = ["address", "page_of"]


def checked(page: Page) -> None:
    """No violation, and nothing wider than the screen."""
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.e2e
def test_an_officer_makes_a_report(tenant: TestTenant, member: TestMember, page_of: Callable[..., Page]) -> None:
    page = page_of(tenant.accounts["community_officer"], "phone")
    page.goto("/p/reports/")
    checked(page)
    page.get_by_role("link", name="服务纪实卡（服务社区登记卡）").click()
    page.fill("#field-who", "张三")
    page.click("button[value=preview]")
    checked(page)
    assert "清扫楼道1" in page.inner_text("main")
    page.click("button[value=make]")
    run_due()
    page.reload()
    checked(page)
    with page.expect_download() as download:
        page.locator("main a", has_text="下载").click()
    assert download.value.suggested_filename.startswith("服务纪实卡（服务社区登记卡）_张三_")


@pytest.mark.e2e
def test_an_administrator_uploads_a_form_mends_it_and_puts_it_in_use(tenant: TestTenant, member: TestMember, page_of: Callable[..., Page],
                                                                     tmp_path: Path) -> None:
    wrong, right = tmp_path / "wrong.xlsx", tmp_path / "right.xlsx"
    wrong.write_bytes(form(name="{{明细.姓明}}"))
    right.write_bytes(form())
    page = page_of(tenant.accounts["city_administrator"], "desktop")
    page.goto("/p/reports/manage")
    page.fill("#field-title", "花名册")
    page.select_option("#field-dataset", "members")
    page.select_option("#field-period", "year")
    page.set_input_files("#field-file", wrong)
    page.get_by_role("button", name="上传并查看").click()
    assert "表 Sheet 单元格 B2：没有名为 明细.姓明 的列（您是否想写 明细.姓名？）。" in page.inner_text("[role=alert]")
    assert page.input_value("#field-title") == "花名册"
    checked(page)
    page.set_input_files("#field-file", right)
    page.get_by_role("button", name="上传并查看").click()
    checked(page)
    page.get_by_role("button", name="启用这一版").click()
    checked(page)
    assert "第 1 版" in page.inner_text("main")
    for path in ("/p/reports/manage", "/p/reports/manage/names"):
        page.goto(path)
        checked(page)
