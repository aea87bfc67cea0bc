"""The pages of points in a browser, on a phone and on a desk: readable by assistive technology, nothing wider than the screen."""
from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from core.tenancy import session, today
from plugins.points import corrections, items, redemption
from plugins.points.models import PointsNotice
from tests.plugins.points.test_officer_pages import rich
from tests.service.test_browser import address, page_of
from tests.support.axe import axe_violations
from tests.support.factories import TestMember, TestTenant

__all__ = ["address", "page_of", "rich"]
PICTURES = os.environ.get("BAODAO_POINTS_PICTURES")
OFFICERS = {"county_officer": ("", "members/OWN", "desk", "corrections", "units", "notices", "notices/sheet?since=2026-01-01&until=2026-01-31"),
            "city_administrator": ("items", "ranking/switch")}


@pytest.mark.e2e
@pytest.mark.long
def test_pages_fit_their_screens_and_pass_axe(tenant: TestTenant, rich: TestMember, page_of: Callable[..., Page]) -> None:
    with tenant.scope():
        redemption.ask(rich.id, items.listed()[0].id, by=None)
        corrections.propose(rich.id, 100, "漏记了一次入户走访", by=tenant.actor("community_officer"))
        session().add(PointsNotice(since=dt.date(2026, 1, 1), until=dt.date(2026, 1, 31), made_on=today(), days=7))
    asked = [(account, page) for role, pages in OFFICERS.items() for account in [tenant.accounts[role]] for page in pages]
    wrong = []
    for width in ("phone", "desktop"):
        for account, place in [*asked, (rich.account, "me"), (rich.account, "me/catalogue")]:
            page = page_of(account, width)
            page.goto(f"/p/points/{place.replace('OWN', str(rich.id))}")
            for part in page.locator("main details > summary").all():
                part.click()
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{width}_{place.replace('/', '_').partition('?')[0] or 'index'}.png", full_page=True)
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                wrong.append(f"{place} at {width}: wider than the screen")
            wrong += [f"{place} at {width}: {found}" for found in axe_violations(page)]
    assert wrong == []
