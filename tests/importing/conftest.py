"""A small tenant and rosters for it, made cell by cell."""
from __future__ import annotations

import datetime as dt
import io
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import select

from core.members.models import Member
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tenants.importing.run import Outcome, run
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_id_number, make_tenant

MEMBER_TITLES = ["姓名", "性别", "公民身份号码", "手机号", "入党时间", "党员类别", "所在单位", "特长", "居住地址",
                 "居住社区", "居住社区代码", "工作地社区代码"]
UNIT_TITLES = ["单位名称", "统一社会信用代码", "单位类别", "隶属", "上级党组织", "联络员", "联络电话"]
MEMBERS, UNITS = "在职党员花名册", "单位名册"


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """The tenant into which is imported; its units are 第0单位 to 第2单位."""
    return make_tenant()


def member(number: int, **cells: Any) -> list[Any]:
    """One good line about the person of that number; `cells` by title."""
    values = {"姓名": "王小明", "公民身份号码": make_id_number(number), "手机号": f"139{number:08}", "入党时间": dt.date(2010, 7, 1),
              "党员类别": "正式党员", "所在单位": "第0单位", "特长": "手语、园艺", "居住地址": "测试路 1 号", "居住社区": "001001社区",
              "居住社区代码": "420102001001", "工作地社区代码": "420102002001"} | cells
    number_text = str(values["公民身份号码"])
    values.setdefault("性别", ("女", "男")[int(number_text[16]) % 2] if number_text[16:17].isdigit() else "男")
    return [values[title] for title in MEMBER_TITLES]


def unit(name: str, **cells: Any) -> list[Any]:
    """One good line about a unit; `cells` by title."""
    values = {"单位名称": name, "统一社会信用代码": "", "单位类别": "机关", "隶属": "市直", "上级党组织": "中共武汉市委市直机关工作委员会",
              "联络员": "李四", "联络电话": "13900000001"} | cells
    return [values[title] for title in UNIT_TITLES]


def workbook(members: Sequence[Sequence[Any]] = (), units: Sequence[Sequence[Any]] | None = None, *, titles: Sequence[str] = MEMBER_TITLES,
             sheet: str = MEMBERS) -> bytes:
    """An xlsx file with both sheets (without `units`: with the members' only)."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd"})
    for name, head, rows in ((sheet, titles, members), (UNITS, UNIT_TITLES, units)):
        if rows is None:
            continue
        page = book.add_worksheet(name)
        for row, cells in enumerate([head, *rows]):
            for place, cell in enumerate(cells):
                if isinstance(cell, dt.date):
                    page.write_datetime(row, place, dt.datetime.combine(cell, dt.time()))
                elif isinstance(cell, str):
                    page.write_string(row, place, cell)
                else:
                    page.write(row, place, cell)
    book.close()
    return target.getvalue()


def load(tenant: TestTenant, content: bytes, name: str = "roster.xlsx", **options: Any) -> Outcome:
    """Import in a scope of its own; writes unless told otherwise."""
    with tenant.scope():
        return run(content, name, **{"write": True, **options})


def faults(outcome: Outcome) -> list[tuple[int, str, str]]:
    """Line, column and kind of each problem, warnings left out."""
    return [(p.row, p.column, p.kind) for p in outcome.problems.shown if not p.warning]


def members_of(tenant: TestTenant) -> list[tuple[Any, ...]]:
    """All members by name, as plain facts."""
    with tenant.scope():
        rows = session().execute(select(Member.name, Member.sex, Member.category, Member.skills, Member.unit_id, Member.residence_id,
                                        Member.workplace_id, Member.version, Member.status)
                                 .where(Member.tenant_id == tenant_id()).order_by(Member.sort_key, Member.id))
        return [tuple(r) for r in rows]


def meeting(work: Callable[..., Any], barrier: threading.Barrier) -> Callable[..., Any]:
    """The same work, which waits until another thread has come as far."""
    def waits(*args: Any) -> Any:
        barrier.wait(10)
        return work(*args)
    return waits
