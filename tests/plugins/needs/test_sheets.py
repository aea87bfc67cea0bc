"""Tables out of chat groups: what is wrong is said line by line, hostile ones harm nobody, taken over twice is once."""
from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from core.api import small_table
from core.errors import Invalid
from core.tenancy import session
from plugins.needs import queries, sheets
from plugins.needs.models import NeedSheet
from tests.plugins.needs.conftest import NAME, PHONE, Open, needs, send
from tests.support.factories import TestTenant

HEAD = "内容,类别,渠道,日期,称呼,电话"


def upload(browser: Any, tenant: TestTenant, content: bytes, name: str = "群里的意见.csv", community: int = 0) -> Any:
    """Send a file."""
    return send(browser, "/p/needs/sheets/", community=str(tenant.communities[community]), file=(io.BytesIO(content), name))


def test_lines_are_checked_shown_and_taken_over_once(browser: Open, tenant: TestTenant) -> None:
    officer = browser(tenant.accounts["community_officer"])
    lines = [HEAD, f"楼道灯坏了,治安,微信,2026-11-02,{NAME},{PHONE}", "楼道灯坏了,没有的类别,,,,", "好,,,,,", "想学电脑,文化,QQ群,2999-01-01,,", ",,,,,",
             "=HYPERLINK(\"http://x\"),文化,居民群,,,", f"楼道灯坏了,治安,微信,2026-11-02,{NAME},{PHONE}"]
    shown = upload(officer, tenant, "\ufeff".encode() + "\n".join(lines).encode())
    page = officer.get(shown.location).text
    assert [text in page for text in ("类别不在列表中：没有的类别", "内容应为 2 至", "日期应为今天", "与第 2 行重复", PHONE)] == [True] * 4 + [False]
    assert needs(tenant) == []
    outcomes = [send(officer, shown.location, f"{shown.location}/take").location for _time in range(2)]
    assert outcomes == [f"/p/needs/?community={tenant.communities[0]}"] * 2
    rows = needs(tenant)
    with tenant.scope():
        taken = [(queries.said(row), row.channel, row.channel_note, row.category, row.has_contact) for row in sorted(rows, key=lambda row: row.channel)]
        kept = sheets.kept(session().scalars(select(NeedSheet.id)).one())
    assert taken == [('=HYPERLINK("http://x")', "other", "居民群", "文化", False), ("楼道灯坏了", "wechat", None, "治安", True)]
    assert kept[1] == []
    book = send(officer, "/p/needs/", "/p/needs/export", community=str(tenant.communities[0]))
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(book.data)).worksheets[0].iter_rows() for cell in row]
    assert ([cell.value for cell in cells if "HYPERLINK" in str(cell.value)], {cell.data_type for cell in cells} & {"f"}) == (
        ["'=HYPERLINK(\"http://x\")"], set())


def bomb() -> bytes:
    """A workbook that unpacks to far more than it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (40 << 20))
    return out.getvalue()


def test_hostile_files_are_refused_and_leave_nothing(browser: Open, tenant: TestTenant) -> None:
    officer = browser(tenant.accounts["community_officer"])
    many = "\n".join([HEAD, *["要修路灯,,,,,"] * 600])
    files = [(b"", "x.csv"), (b"%PDF-1.7", "x.csv"), (bomb(), "x.xlsx"), (many.encode(), "x.csv"), ("称呼,电话\n甲,1".encode(), "x.csv"),
             (b"MZ" + b"\0" * 4000, "x.xlsx")]
    assert [upload(officer, tenant, content, name).status_code for content, name in files] == [422] * 6
    with pytest.raises(Invalid):
        small_table(b"x" * (1024 * 1024 + 1), "x.csv", rows=9)
    with tenant.scope():
        assert session().scalar(select(func.count()).select_from(NeedSheet)) == 0


def test_anothers_sheet_and_community_are_as_good_as_absent(browser: Open, tenant: TestTenant) -> None:
    officer, stranger = browser(tenant.accounts["community_officer"]), browser(tenant.others["community_officer"])
    address = upload(officer, tenant, f"{HEAD}\n楼道灯坏了,,,,,".encode()).location
    assert [stranger.get(address).status_code, send(stranger, "/p/needs/", f"{address}/take").status_code,
            upload(officer, tenant, b"x", community=-1).status_code] == [404] * 3
    template = officer.get("/p/needs/sheets/template").data
    assert upload(officer, tenant, template, "模板.xlsx").status_code == 303
