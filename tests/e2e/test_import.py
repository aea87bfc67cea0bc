"""Step 2 of the story: a roster is uploaded, looked at, confirmed and imported; the second time nothing changes."""
from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from core.jobs.running import run_due
from tests.e2e.conftest import Visitor
from tests.support.factories import make_tenant
from web.demo.people import Unit, people, workbook

WRONG = "420102198001011234"


def roster() -> tuple[bytes, list[str]]:
    """Four people, the last of them with an ID number whose check digit is wrong; and the names of the other three."""
    units = [Unit("第02区城市管理局", "机关", "区直", "中共第02区委直属机关工作委员会", "420102001001", 4)]
    found = people(units, [("420102001001", 1)], seed=1, until=dt.date(2025, 1, 1), area="420102")
    bad = dataclasses.replace(found[3], cells=(*found[3].cells[:3], WRONG, *found[3].cells[4:]))
    return workbook([*found[:3], bad], units), [person.name for person in found[:3]]


@pytest.fixture
def file() -> dict[str, object]:
    return {"name": "花名册.xlsx", "mimeType": "application/octet-stream", "buffer": roster()[0]}


def upload(admin: Visitor, file: dict[str, object]) -> None:
    """Send the file and let the worker check it; the page goes on by itself."""
    admin.open("/imports/")
    admin.page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
    admin.press("上传并核对")
    expect(admin.page.get_by_role("progressbar")).to_be_visible()
    assert run_due() == 1
    expect(admin.page.get_by_role("heading", name="核对结果")).to_be_visible()
    admin.look()


@pytest.mark.long  # tests/importing/test_pages.py asks these pages in each run
def test_a_roster_is_checked_confirmed_and_imported(visit: Callable[[], Visitor], file: dict[str, object]) -> None:
    tenant, admin = make_tenant(), visit()
    admin.sign_in(tenant, tenant.accounts["city_administrator"])

    upload(admin, file)
    assert "将新增党员 3" in admin.text
    assert "公民身份号码校验位不对" in admin.text
    admin.press("确认导入")
    assert run_due() == 1
    expect(admin.page.get_by_role("heading", name="导入结果")).to_be_visible()
    admin.look()
    with admin.page.expect_download() as download:
        admin.page.get_by_role("link", name="下载需改正的行").click()
    admin.open("/members/")
    shown = [name for name in roster()[1] if name in admin.text]

    upload(admin, file)
    assert (download.value.suggested_filename.endswith(".xlsx"), shown) == (True, roster()[1])
    assert "无变化 3" in admin.text
