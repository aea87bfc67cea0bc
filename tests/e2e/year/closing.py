"""October to December: records are verified and judged, plugins go off and on, and every count says the same (R20, R42, R55, R70, R71, R78)."""
from __future__ import annotations

import io
import json
import urllib.request
from collections import Counter
from typing import Any

import openpyxl
from sqlalchemy import func, select

from core.access.actor import load_actor
from core.access.tokens import create_token
from core.jobs.running import run_due
from core.members.reach import grants_for
from core.service import evaluation
from core.service.models import ServiceRecord
from core.service.queries import PAGE, of_communities
from core.service.summary import counts_for_communities
from core.tenancy import session
from core.tenancy.clock import set_clock
from core.tenancy.scope import tenant_id
from plugins.pledges import board
from tenants.activation import disable, enable
from tests.e2e.year.community import PLUGINS, Community
from tests.e2e.year.serving import Tally

DOORS = {"needs": "/p/needs/", "posts": "/p/posts/", "pledges": "/p/pledges/", "wishes": "/p/wishes/", "menu": "/p/menu/"}


def off_and_on(year: Community, tally: Tally) -> None:
    """Each plugin off in mid-year closes its doors, what was taken on stays in the register; on again it goes on."""
    officer = year.visit("desktop", year.officer)
    for plugin in PLUGINS:
        with year.acting():
            disable(plugin)
        assert officer.page.request.get(year.address + DOORS[plugin]).status == 404
        officer.open("/claims/register/")
        assert officer.page.locator("main table.data-table tbody tr").count() == tally.claims
        with year.acting():
            enable(plugin)
        officer.open(DOORS[plugin])


def verify_and_judge(year: Community) -> None:
    """What waits is verified by keyboard, a slip is keyed by the resident, the rest by the officer from paper."""
    officer = year.visit("desktop", year.officer)
    officer.open("/records/work/")
    if "没有待查验的记录" not in officer.text:
        officer.page.keyboard.press("j")
        with officer.page.expect_navigation():
            officer.page.keyboard.press("v")
    with year.acting():
        grants = grants_for(_actor(year), "records.verify")
        code = evaluation.issue_code(of_communities(grants, "verified").rows[0].id)
    resident = year.visit("phone")
    resident.open(f"/t/{year.tenant.slug}/e")
    resident.page.fill("[name=code]", code)
    resident.press("下一步")
    resident.page.get_by_role("main").get_by_text("满意", exact=True).click()
    resident.press("提交评价")
    with year.acting():
        while rows := of_communities(grants, "verified", limit=PAGE).rows:
            for row in rows:
                evaluation.key_in(row.id, "paper", "satisfied", None, year.calendar.day, by=year.officer.id)


def agree(year: Community, tally: Tally) -> None:
    """Board, register page, API, workbooks of community and unit, and the year's figures: one set of numbers."""
    with year.acting():
        rows = session().execute(select(func.count(), func.sum(ServiceRecord.minutes)).where(
            ServiceRecord.tenant_id == tenant_id(), ServiceRecord.status == "counted", ServiceRecord.claim_id.is_not(None))).one()
        figures = counts_for_communities(grants_for(_actor(year), "records.read"))
        on_board = board.totals(year.place)
    assert tuple(rows) == (tally.records, tally.minutes)
    assert (figures.counted, figures.counted_minutes, figures.submitted, figures.verified) == (tally.records, tally.minutes, 0, 0)
    by_api = _by_api(year)
    assert len(by_api) == tally.claims
    assert sum(row["counted_minutes"] for row in by_api) == tally.minutes
    states = Counter(row["state"] for row in by_api)
    assert (states["done"], states["released"]) == (tally.done, tally.released)
    community, units = _workbook(year, year.officer, "community"), [_workbook(year, one, "unit") for one in year.liaisons]
    assert len(community) == tally.claims
    assert sum(row["已计入次数"] for row in community) == tally.records
    assert round(sum(row["已计入时长（小时）"] for row in community) * 60) == tally.minutes
    assert sorted(map(repr, community)) == sorted(repr(row) for unit in units for row in unit)  # two registers, one entry
    pledged = Counter(row["承诺状态"] for row in community if row.get("承诺状态"))
    assert sum(pledged.values()) == sum(tally.pledges.values())
    assert on_board["kept"] == tally.pledges["kept"] + tally.pledges["kept_late"]


def _by_api(year: Community) -> list[dict[str, Any]]:
    with year.acting():
        token = create_token(_actor(year), "year", ["claims.read"], 1)
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        asked = urllib.request.Request(f"{year.address}/api/v1/claims/register?limit=50{cursor}", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(asked) as answered:
            page = json.load(answered)
        found += page["items"]
        if not page.get("next"):
            return found
        cursor = f"&cursor={page['next']}"


def _workbook(year: Community, account: Any, side: str) -> list[dict[str, Any]]:
    visitor = year.visit("desktop", account)
    visitor.open(f"/claims/register/?side={side}")
    visitor.page.locator("details.panel summary").last.click()
    visitor.press("导出 Excel")
    with set_clock(year.calendar.moment):
        run_due()
    visitor.page.reload()
    content = visitor.page.request.get(year.address + visitor.page.get_by_role("link", name="下载").get_attribute("href")).body()
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows()]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def _actor(year: Community) -> Any:
    actor = load_actor(year.officer.id)
    assert actor is not None
    return actor
