"""One new member, entered in a browser by an officer and by a liaison, with script and without, and put right afterwards."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from core.access.roles import COUNTY, LIAISON
from tests.e2e.conftest import Visitor
from tests.support.databases import TestDatabase
from tests.support.factories import PASSWORD, TestTenant, make_id_number, make_tenant


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """A small tenant."""
    return make_tenant()


@pytest.mark.long  # tests/members/test_pages_entering.py asks these pages in each run
def test_an_officer_finds_the_places_while_typing(tenant: TestTenant, visit: Callable[[], Visitor]) -> None:
    officer = visit()
    officer.sign_in(tenant, tenant.accounts[COUNTY])
    officer.open("/members/")
    officer.press("登记党员", role="link")
    officer.page.fill("[name=name]", "王小明")
    officer.page.fill("[name=id_number]", make_id_number(4))
    for kind, typed in (("unit", "单位"), ("residence", "001001")):
        officer.page.fill(f"[name={kind}_text]", typed)
        officer.page.locator(f"#{kind}-choices input").first.check()
    officer.look()
    officer.follow(officer.page.locator("main .form-actions .btn-primary"))
    assert ("已登记。 请最迟于" in officer.text, "制发报到证" in officer.text) == (True, True)
    officer.press("更正基本信息", role="link")
    officer.page.fill("[name=name]", "单雄信")
    officer.press("更正")
    assert officer.page.inner_text("h1") == "单雄信"


def test_a_liaison_without_scripts_searches_with_a_button(tenant: TestTenant, browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    liaison = Visitor(context.new_page(), site)
    page = liaison.page
    page.goto(f"{site}/t/{tenant.slug}/login")
    page.fill("[name=username]", tenant.accounts[LIAISON].username)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.goto(f"{site}/members/new")
    page.fill("[name=residence_text]", "001001")
    page.locator("button[name=find][value=residence]").click()  # nothing else is filled in yet
    page.locator("#residence-choices input").first.check()
    page.fill("[name=name]", "王小明")
    page.fill("[name=id_number]", make_id_number(4))
    page.press("[name=id_number]", "Enter")  # sends the form, not a search
    page.wait_for_url("**entered=new")
    assert page.inner_text("h1") == "王小明"
    context.close()
