"""The layout and every macro in a real browser: no serious axe finding, no sideways scrolling, no blocked script or style."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.axe import OUTLINE, axe_violations
from tests.support.serving import served
from tests.web.gallery.app import create_app

WIDTHS = {"desktop": (1440, 900), "phone": (390, 844)}
PAGES = {"normal": ["/", "/form", "/public", "/error/404"], "large": ["/", "/form"]}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(create_app()) as found:
        yield found


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    return chromium


def _page(browser: Browser, width: str, *, script: bool = True) -> Page:
    wide, high = WIDTHS[width]
    return browser.new_context(
        viewport={"width": wide, "height": high}, locale="zh-CN", java_script_enabled=script
    ).new_page()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("text", PAGES)
def test_pages_are_accessible_and_fit(browser: Browser, address: str, width: str, text: str) -> None:
    page = _page(browser, width)
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text) if "Content Security Policy" in message.text else None)
    page.on("pageerror", lambda error: blocked.append(str(error)))
    found = {}
    for path in PAGES[text]:
        page.goto(f"{address}{path}?_text={text}")
        if path == "/":
            page.wait_for_selector("canvas")
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        found[path] = (overflow, axe_violations(page))
    page.context.close()
    assert found == {path: (0, []) for path in PAGES[text]}
    assert blocked == []


def test_a_page_of_known_parts_is_checked_again_when_one_lost_its_name(browser: Browser, address: str) -> None:
    page = _page(browser, "desktop")
    page.goto(f"{address}/form")
    assert axe_violations(page) == []
    page.evaluate("document.querySelector('label[for=field-name]').textContent = ''")
    assert {line.partition(" ")[0] for line in axe_violations(page)} == {"label", "label-title-only"}
    page.reload()
    page.evaluate("document.querySelector('main h1').outerHTML = '<h4>' + document.querySelector('main h1').textContent + '</h4>'")
    outline = page.evaluate(OUTLINE.read_text(encoding="utf-8"))
    assert [part for part in outline if part.endswith("heading  h4")] != []
    page.context.close()


def test_phone_targets_are_large_enough(browser: Browser, address: str) -> None:
    page = _page(browser, "phone")
    page.goto(address)
    small = page.evaluate(
        """() => [...document.querySelectorAll('.btn, .tabbar a, .topbar a, summary, .page-tabs a, td:first-child a')]
        .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44)
        .map((e) => e.textContent.trim() + ' ' + e.getBoundingClientRect().height)"""
    )
    page.context.close()
    assert small == []


def test_refused_form_names_each_fault_without_script(browser: Browser, address: str) -> None:
    page = _page(browser, "desktop", script=False)
    page.goto(f"{address}/form")
    page.fill("#field-hours", "2")
    page.select_option("#field-community", "a")
    page.fill("#field-name", "   ")
    page.check("#field-public")
    page.click("main button[type=submit]")
    described = page.get_attribute("#field-name", "aria-describedby") or ""
    said = [page.locator(f"#{part}").inner_text().strip() for part in described.split()]
    kept = (page.is_checked("#field-public"), page.input_value("#field-community"))
    page.context.close()
    assert said == ["与身份证一致。", "请填写这一项。"]
    assert kept == (True, "a")


def test_preferences_stay_by_plain_links(browser: Browser, address: str) -> None:
    page = _page(browser, "phone", script=False)
    page.goto(f"{address}/form?x=1")
    page.click("text=大字版")
    seen = [page.url.removeprefix(address), page.get_attribute("html", "class")]
    page.click("text=English")
    seen += [page.url.removeprefix(address), page.get_attribute("html", "lang"), page.get_attribute("html", "class")]
    page.context.close()
    assert seen == ["/form?x=1", "large-text", "/form?x=1", "en", "large-text"]


def test_keyboard_reaches_search_and_rows(browser: Browser, address: str) -> None:
    page = _page(browser, "desktop")
    page.goto(address)
    focused = "document.activeElement.id || document.activeElement.textContent.trim()"
    seen = []
    for key in ("/", "Escape", "j", "j", "k"):
        if key == "Escape":
            page.evaluate("document.activeElement.blur()")
        else:
            page.keyboard.press(key)
        seen.append(page.evaluate(focused) if key != "Escape" else "")
    page.context.close()
    assert seen == ["filter-search", "", "张卫东", "欧阳小兰", "张卫东"]


def test_figures_stand_as_a_table_without_script(browser: Browser, address: str) -> None:
    page = _page(browser, "phone", script=False)
    page.goto(address)
    rows = page.locator(".chart-data tbody tr").all_inner_texts()
    page.context.close()
    assert [row.split() for row in rows][:2] == [["江岸区", "91.2"], ["江汉区", "88"]]
    assert len(rows) == 7
