"""The desk's pages on the screens that people have: nothing too wide, nothing that axe finds."""
from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from core.tenancy import today
from plugins.unit_desk import cases
from plugins.unit_desk.models import Campaign, Case, Meeting, Request
from tests.plugins.unit_desk.conftest import SECRET, rows
from tests.plugins.unit_desk.test_desk import owe
from tests.service.conftest import Browser
from tests.service.test_browser import address, page_of
from tests.support.axe import axe_violations
from tests.support.factories import TestMember, TestTenant, make_member

__all__ = ["address", "page_of"]
PICTURES = os.environ.get("BAODAO_UNIT_DESK_PICTURES")
ASKED = "请在下个月底前至少参加一次社区的环境整治，并把时间告诉支部；有困难及时说，单位帮助解决。"


def fill(browser: Callable[..., Browser], tenant: TestTenant, member: TestMember, served: Callable[..., uuid.UUID]) -> dict[str, Any]:
    """Something of everything; answers the ids that pages ask for."""
    liaison, own, unit = browser(tenant.accounts["unit_liaison"]), browser(member.account), tenant.units[0]
    people = [make_member(tenant, name) for name in ("赵迟", "钱德胜", "孙桂芳", "欧阳志远", "周卫国")]
    owe(tenant, people[0], today())
    served(member, today()), served(people[1], today()), served(people[2], today(), verified=False)
    liaison.post("/p/unit_desk/lookups/note", unit=unit, member=str(member.id), looked_on=today().isoformat(), **{f"remark-{member.id}": "按时参加活动，群众反映好"})
    liaison.post("/p/unit_desk/requests/new", unit=unit, key=str(uuid.uuid4()), says=ASKED, due_on=today().isoformat(), member=[str(member.id), str(people[3].id)])
    own.post("/p/unit_desk/me/cases", key=str(uuid.uuid4()), kind="家庭照料", words=SECRET)
    liaison.post("/p/unit_desk/meetings/new", unit=unit, key=str(uuid.uuid4()), kind="mobilisation", held_on=today().isoformat(), place="机关三楼会议室",
                 summary="书记作动员讲话，三名党员发言。", member=[str(one.id) for one in (member, *people)])
    liaison.post("/p/unit_desk/campaigns/new", unit=unit, key=str(uuid.uuid4()), kind="month", theme="清洁家园服务月", starts_on=today().isoformat(),
                 ends_on=today().isoformat(), communities="")
    ids = {model.__name__: rows(tenant, model, model.id)[0][0] for model in (Request, Case, Meeting, Campaign)}
    with tenant.scope():
        cases.share(ids["Case"], 1, tenant.communities[0], by_member=True, by=None)
    return ids


@pytest.mark.e2e
@pytest.mark.long
def test_pages_fit_their_screens_and_pass_axe(tenant: TestTenant, member: TestMember, browser: Callable[..., Browser], served: Callable[..., uuid.UUID],
                                              below: Any, page_of: Callable[..., Page]) -> None:
    assert below
    ids, home = fill(browser, tenant, member, served), "/p/unit_desk/"
    liaison, community, county = (tenant.accounts[role] for role in ("unit_liaison", "community_officer", "county_officer"))
    pages: list[tuple[Any, str]] = [
        *((liaison, f"{home}{part}") for part in (
            "", "members", f"members/{member.id}", "lookups/?tab=all", "requests/", "requests/new", f"requests/{ids['Request']}", f"requests/{ids['Request']}/slip",
            "cases/", "cases/new", f"cases/{ids['Case']}", "filing/", "meetings/", "meetings/new", f"meetings/{ids['Meeting']}", "campaigns/", "campaigns/new",
            f"campaigns/{ids['Campaign']}")),
        (member.account, f"{home}me"), (community, f"{home}shared/"), (community, f"{home}shared/{ids['Case']}"), (county, home)]
    wrong = []
    for number, (account, place) in enumerate(pages):
        for width in ("phone", "desktop") if PICTURES else (("phone", "desktop")[number % 2],):
            page = page_of(account, width)
            page.goto(place)
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{number:02}_{width}.png", full_page=True)
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                wrong.append(f"{place}: wider than the screen")
            wrong += [f"{place}: {found}" for found in axe_violations(page)] if width == "phone" or not PICTURES else []
            page.close()
    assert wrong == []
