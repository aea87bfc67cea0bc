"""What scripts add: a draft that survives a weak net, the officer's keys, the code behind the '#'. And axe on every page."""
from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium, Page

from core.service import corrections, evaluation
from core.service.corrections import CorrectionInput
from core.service.detail import record_view
from core.service.queries import of_member
from core.tenancy import today
from tenants.settings import save
from tests.service.conftest import Browser
from tests.service.test_records import write
from tests.support.axe import axe_violations
from tests.support.factories import TestAccount, TestMember, TestTenant
from tests.support.serving import served

SUBMIT = "main .form-actions button[type=submit]"
WIDTHS = {"desktop": (1440, 900), "phone": (390, 844)}


@pytest.fixture(scope="session")
def address(app: Flask) -> Iterator[str]:
    """The application on a port of its own."""
    with served(app) as found:
        yield found


@pytest.fixture
def page_of(app: Flask, address: str, chromium: Chromium) -> Iterator[Callable[..., Page]]:
    """`page_of(account, width)` opens a page, signed in by the cookie."""
    opened = []

    def make(account: TestAccount | None = None, width: str = "phone") -> Page:
        wide, high = WIDTHS[width]
        context = chromium.new_context(viewport={"width": wide, "height": high}, has_touch=width == "phone", locale="zh-CN", base_url=address)
        if account is not None:
            cookie = Browser(app, account).client.get_cookie("baodao", domain="localhost")
            assert cookie is not None
            context.add_cookies([{"name": "baodao", "value": cookie.value, "url": address}])
        opened.append(context)
        return context.new_page()

    yield make
    for context in opened:
        context.close()


@pytest.mark.e2e
def test_a_draft_survives_a_lost_answer_and_makes_no_second_record(tenant: TestTenant, member: TestMember,
                                                                    page_of: Callable[..., Page]) -> None:
    page = page_of(member.account)
    page.goto("/records/new")
    page.check("[name=kind][value=环境卫生]")
    page.fill("#field-title", "清理楼道小广告")
    page.fill("#field-recipient", "孙桂兰")
    page.route("**/records/new", lambda route: (route.fetch(max_redirects=0), route.abort()) if route.request.method == "POST"
               else route.continue_())
    with page.expect_event("requestfailed", lambda request: request.method == "POST"):
        page.click(SUBMIT)
    page.unroute("**/records/new")
    page.goto("/records/new")
    page.wait_for_selector("[data-draft-note]")
    kept = [page.input_value("#field-title"), page.is_checked("[name=kind][value=环境卫生]"), page.is_visible("[data-draft-note]")]
    page.click(SUBMIT)
    page.wait_for_selector("[data-accepted]", state="attached")
    page.wait_for_load_state()  # the script that forgets the draft runs after the page is there
    page.goto("/records/new")
    assert (kept, page.input_value("#field-title")) == (["清理楼道小广告", True, True], "")
    with tenant.scope():
        assert [row.title for row in of_member(member.id).rows] == ["清理楼道小广告"]


@pytest.mark.e2e
def test_the_officer_works_the_list_off_by_keys_and_by_thumb(tenant: TestTenant, member: TestMember, page_of: Callable[..., Page]) -> None:
    ids = [write(tenant, member, title=f"清扫楼道{number}") for number in range(7)]
    page = page_of(tenant.accounts["community_officer"], "desktop")

    def press(keys: list[str], until: str) -> None:
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_selector(until)
        page.wait_for_load_state()  # a key pressed before the page's deferred scripts have run would be lost
    page.goto("/records/work/")
    press(["j", "v"], ".notice-success")
    press(["j", "ArrowDown", "Enter"], "#minutes")
    press(["v"], ".notice-success")
    press(["ArrowDown", " ", "ArrowDown", "ArrowDown", " ", "k", "?"], "[data-keys][open]")
    counted = page.inner_text("[data-verify-ticked]")
    press(["v"], ".notice-success")
    press(["j", "r"], "#reason:focus")
    page.keyboard.type("请补充地点v")  # what is typed is no command
    page.click("text=退回党员修改")
    page.wait_for_selector(".notice-success")
    with tenant.scope():
        assert (counted.strip(), [record_view(i).status for i in ids]) == (
            "查验通过（2）", ["verified", "verified", "verified", "returned", "verified", "submitted", "submitted"])
    phone = page_of(tenant.accounts["community_officer"])
    phone.goto("/records/work/")
    phone.tap("label.tick >> nth=0")
    bar, tick = (phone.locator(what).bounding_box() for what in ("[data-verify-ticked]", "label.tick >> nth=0"))
    assert bar is not None
    assert tick is not None
    assert (bar["y"] + bar["height"] <= WIDTHS["phone"][1], bar["y"] > WIDTHS["phone"][1] * 0.6, min(bar["height"], tick["width"], tick["height"]) >= 44) == (
        True, True, True)
    phone.tap("[data-verify-ticked]")
    phone.wait_for_selector(".notice-success")
    with tenant.scope():
        assert [record_view(i).status for i in ids[5:]] == ["verified", "submitted"]


@pytest.mark.e2e
def test_the_qr_codes_address_fills_the_code_in_and_keeps_it_out_of_requests(tenant: TestTenant, member: TestMember,
                                                                             page_of: Callable[..., Page]) -> None:
    record_id, asked = write(tenant, member, verified=True), []
    with tenant.scope():
        code = evaluation.issue_code(record_id)
    page = page_of()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/t/{tenant.slug}/e#{code}")
    shown = page.input_value("#code")
    page.click("main button[type=submit]")
    page.click("text=基本满意")
    page.click("main button[type=submit]")
    page.wait_for_selector("text=评价已经收到")
    assert (shown.replace(" ", ""), [url for url in asked if code in url.partition("#")[0]]) == (code, [])
    with tenant.scope():
        assert record_view(record_id).status == "counted"


@pytest.mark.e2e
@pytest.mark.long  # e2e/test_service.py looks at these pages in the same way in each run
@pytest.mark.parametrize("width", ["desktop", "phone"])
def test_pages_fit_and_are_accessible(tenant: TestTenant, member: TestMember, page_of: Callable[..., Page], width: str) -> None:
    waiting, verified = write(tenant, member), write(tenant, member, verified=True)
    with tenant.scope():
        save("service", {"callback_share": 100}, version=0)
    counted = write(tenant, member, verified=True)
    with tenant.scope():
        evaluation.key_in(counted, "paper", "fair", None, today(), by=tenant.accounts["unit_liaison"].id)
        corrections.ask(counted, CorrectionInput(today(), 60, "清扫楼道和花坛", "环境卫生", "3 栋", "漏写了花坛"), 3, by=None)
    narrow = width == "phone"  # where lists become cards; on a wide screen these pages are made of the same parts as the others
    visits = {member.account: ["/records/", "/records/new", f"/records/{waiting}", "/p/points/me",
                               *([f"/records/{verified}/correct", f"/records/{counted}"] if narrow else [])],
              tenant.accounts["community_officer"]: [
                  *(["/records/work/corrections", "/records/work/callbacks", "/records/work/keying"] if narrow else [f"/records/work/{counted}"]),
                  "/records/work/", f"/records/work/{waiting}", f"/records/work/{verified}", "/records/enter",
                  f"/records/enter/{member.id}", "/p/points/"],
              tenant.accounts["unit_liaison"]: ["/records/filed/members" if narrow else "/records/filed/"], None: [f"/t/{tenant.slug}/e"]}
    found = {}
    for account, addresses in visits.items():
        page = page_of(account, width)
        for one in addresses:
            page.goto(one)
            found[one] = (page.evaluate("document.documentElement.scrollWidth - window.innerWidth"), axe_violations(page))
    assert found == dict.fromkeys(found, (0, []))


@pytest.mark.e2e
@pytest.mark.parametrize("width", [pytest.param("desktop", marks=pytest.mark.long), "phone"])
def test_a_search_fits_is_accessible_and_is_taken_along_by_the_tabs(tenant: TestTenant, member: TestMember, page_of: Callable[..., Page],
                                                                    width: str) -> None:
    """The name stands in no address on the way."""
    write(tenant, member, title="清扫楼道")
    write(tenant, member, verified=True, title="修剪花木")
    seen = []

    def look(page: Page, press: str) -> None:
        with page.expect_navigation():
            page.click(press)
        seen.append((page.url.rpartition("/records")[2], "清扫楼道" in page.inner_text("main"), "修剪花木" in page.inner_text("main"),
                     page.evaluate("document.documentElement.scrollWidth - window.innerWidth"), axe_violations(page)))

    officer, liaison = (page_of(tenant.accounts[role], width) for role in ("community_officer", "unit_liaison"))
    officer.goto("/records/work/")
    officer.fill("#record-name", "wxm")
    look(officer, "#record-search .btn-primary")
    look(officer, ".page-tabs button[value=verified]")
    liaison.goto("/records/filed/")
    liaison.click("details.more summary")
    liaison.select_option("[name=kind]", "环境卫生")
    liaison.fill("#record-title", "花木")
    look(liaison, "#record-search .btn-primary")
    assert seen == [("/work/search", True, False, 0, []), ("/work/search", False, True, 0, []),
                    ("/filed/search", False, True, 0, [])]
