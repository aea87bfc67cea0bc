"""The hall's screen in a browser: turns its pages, outlives a lost network, comes back by itself, and grows no larger over a day."""
from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium, Page, expect

from core.tenancy import today
from plugins.pledges import ending
from tests.plugins.pledges.test_pages import code_of
from tests.service.test_browser import address, page_of
from tests.support.axe import axe_violations
from tests.support.factories import TestMember, TestTenant

__all__ = ["address", "page_of"]
PICTURES = os.environ.get("BAODAO_PLEDGES_PICTURES")
DAY = dt.timedelta(days=1)


def shown(page: Page) -> list[str]:
    """The words of the rows that the screen shows."""
    return page.eval_on_selector_all("#rows li .what p", "found => found.map(one => one.textContent)")


@pytest.mark.e2e
def test_the_screen_turns_and_survives_a_lost_network(tenant: TestTenant, member: TestMember, pledged: Callable[..., uuid.UUID], address: str,
                                                      chromium: Chromium) -> None:
    ids = [pledged(member, today() + (number + 1) * DAY, text=f"第 {number} 号承诺") for number in range(7)]
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN", base_url=address)
    page = context.new_page()
    page.clock.install()
    page.goto(f"/t/{tenant.slug}/p/pledges/{code_of(tenant)}/screen")
    expect(page.locator("#pages")).to_have_text("第 1 页，共 2 页", timeout=60_000)
    first = shown(page)
    assert first == [f"第 {number} 号承诺" for number in range(4)]
    page.clock.run_for(12_500)
    assert shown(page) == [f"第 {number} 号承诺" for number in range(4, 7)]
    context.set_offline(True)
    page.clock.run_for(61_500)
    expect(page.locator("#note")).to_contain_text("网络中断，显示的是", timeout=60_000)
    page.clock.run_for(600_000)
    assert len(shown(page)) in (3, 4)
    with tenant.scope():
        ending.close(ids[0], 2, "released", "情况变化")
    context.set_offline(False)  # the clock stands meanwhile: an answer takes its real time
    expect(page.locator("#note")).to_have_text("", timeout=60_000)
    page.clock.run_for(24_000)
    turned = shown(page)
    page.clock.run_for(12_000)
    assert sorted({*turned, *shown(page)}) == [f"第 {number} 号承诺" for number in range(1, 7)]
    nodes = page.evaluate("document.getElementsByTagName('*').length")
    page.clock.run_for(600_000)
    assert abs(page.evaluate("document.getElementsByTagName('*').length") - nodes) <= 40  # a row more or less, not thousands
    context.close()


@pytest.mark.e2e
@pytest.mark.long  # the year of a community opens these pages in each run
def test_pages_fit_their_screens_and_pass_axe(tenant: TestTenant, member: TestMember, pledged: Callable[..., uuid.UUID],
                                              claimed: Callable[..., uuid.UUID], page_of: Callable[..., Page]) -> None:
    pledge_id = pledged(member)
    pledged(member, public=False)
    claimed(member, title="看望独居老人")
    board, officer, liaison = f"/t/{tenant.slug}/p/pledges/{code_of(tenant)}", tenant.accounts["community_officer"], tenant.accounts["unit_liaison"]
    pages: list[tuple[str, Any, str]] = [
        ("desktop", officer, "/p/pledges/"), ("desktop", officer, f"/p/pledges/pledges/{pledge_id}"), ("phone", officer, "/p/pledges/make"),
        ("phone", liaison, "/p/pledges/unit"), ("phone", member.account, "/p/pledges/me"), ("phone", None, board),
        ("phone", None, f"{board}/{pledge_id}/object")]
    wrong = []
    for number, (width, account, place) in enumerate(pages):
        page = page_of(account, width)
        page.goto(place)
        for part in page.locator("main details > summary").all():
            part.click()
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{number}_{width}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wrong.append(f"{place}: wider than the screen")
        wrong += [f"{place}: {found}" for found in axe_violations(page)]
        page.close()
    assert wrong == []
