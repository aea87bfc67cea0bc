"""The start page, the subtree, look-ups and card filing: what the liaison of a unit does for many members at one press."""
from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from sqlalchemy import update

from core.extension.settings import effective
from core.members.models import Affiliation
from core.registration import reporting
from core.registration.models import Obligation
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from plugins.unit_desk import periods
from plugins.unit_desk.models import Filing, Lookup
from plugins.unit_desk.periods import Period, before, period_of
from tenants import settings as saving
from tests.plugins.unit_desk.conftest import move, rows
from tests.service.conftest import Browser
from tests.support.factories import TestMember, TestTenant, make_member

Open = Callable[..., Browser]
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(("day", "months", "expected"), [
    (dt.date(2026, 1, 1), 1, Period(dt.date(2026, 1, 1), dt.date(2026, 1, 31))), (dt.date(2024, 2, 29), 3, Period(dt.date(2024, 1, 1), dt.date(2024, 3, 31))),
    (dt.date(2026, 7, 1), 6, Period(dt.date(2026, 7, 1), dt.date(2026, 12, 31))), (dt.date(2026, 12, 31), 12, Period(dt.date(2026, 1, 1), dt.date(2026, 12, 31)))])
def test_periods_are_parts_of_the_calendar_year(day: dt.date, months: int, expected: Period) -> None:
    assert period_of(day, months) == expected
    assert before(expected, months).ends_on == expected.starts_on - DAY


def owe(tenant: TestTenant, person: TestMember, due_on: dt.date) -> uuid.UUID:
    """Let a member owe a report-in by a day."""
    with tenant.scope():
        row = Obligation(member_id=person.id, unit_id=person.unit_id, community_id=person.residence_id, cause="initial", basis="any",
                         starts_on=due_on - 30 * DAY, due_on=due_on)
        session().add(row)
        session().flush()
        return row.id


def test_the_start_page_gathers_what_waits(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    late, other = make_member(tenant, "赵迟"), make_member(tenant, "钱未")
    duty = owe(tenant, late, today() - 3 * DAY)
    with tenant.scope():
        reporting.confirm(reporting.submit(member.id, tenant.communities[0], "residence", "officer", by=None), 1, by=None)
    liaison = browser(tenant.accounts["unit_liaison"])
    page = liaison.get("/p/unit_desk/").text
    assert [text in page for text in ("逾期未报到，还没有登记原因", "还没有报到", "表现还没有了解", "待备案的承诺", "纪实卡可以备案")] == [
        True, True, True, False, False]
    found = {tab: [name for name in ("王小明", "赵迟", "钱未") if name in liaison.get(f"/p/unit_desk/members?tab={tab}").text]
             for tab in ("all", "overdue", "missing", "reported", "submitted")}
    assert found == {"all": ["王小明", "赵迟", "钱未"], "overdue": ["赵迟"], "missing": ["钱未"], "reported": ["王小明"], "submitted": []}
    overdue = liaison.get("/p/unit_desk/members?tab=overdue").text
    assert (f"/obligations/{duty}" in overdue, f"/report-ins/unit/{late.id}/paper" in overdue, "逾期 3 天" in overdue) == (True, True, True)
    assert str(other.id) not in overdue
    slips = liaison.get("/p/unit_desk/members/slips").text
    assert [f"{name}同志：" in slips for name in ("赵迟", "钱未", "王小明")] == [True, True, False]
    book = openpyxl.load_workbook(io.BytesIO(liaison.get("/p/unit_desk/members/export?tab=overdue").data))
    assert [cell.value for cell in book.worksheets[0][2]][:3] == ["赵迟", "第0单位", "逾期未报到"]


def test_a_unit_sees_its_own_and_what_is_below_it(browser: Open, tenant: TestTenant, member: TestMember, below: Any) -> None:
    place, account, person = below
    upper, lower = browser(tenant.accounts["unit_liaison"]), browser(account)

    def seen(who: Browser, address: str) -> list[str]:
        page = who.get(address).text
        return [name for name in ("王小明", "李芳") if name in page]
    unit = tenant.units[0]
    assert (seen(upper, "/p/unit_desk/members"), seen(upper, f"/p/unit_desk/members?unit={unit}&whole=1")) == (["王小明"], ["王小明", "李芳"])
    assert (seen(upper, f"/p/unit_desk/members?unit={place}"), seen(lower, "/p/unit_desk/members")) == (["李芳"], ["李芳"])
    assert [lower.get(address).status_code for address in (f"/p/unit_desk/?unit={unit}", f"/p/unit_desk/members/{member.id}",
                                                           f"/p/unit_desk/members/{person.id}")] == [404, 404, 200]
    assert ["连同下属单位" in who.get("/p/unit_desk/").text for who in (upper, lower)] == [True, False]
    county = browser(tenant.accounts["county_officer"])
    assert "第0单位机关服务中心" in county.get("/p/unit_desk/").text  # the choice of a unit
    assert (seen(county, f"/p/unit_desk/members?unit={unit}&whole=1"), county.get(f"/p/unit_desk/?unit={tenant.units[1]}").status_code) == (["王小明", "李芳"], 404)
    assert [county.get(f"/p/unit_desk/{page}?unit={unit}").status_code for page in ("lookups/", "filing/", "requests/", "cases/")] == [200, 200, 403, 403]
    assert [browser(tenant.accounts[role]).get("/p/unit_desk/").status_code for role in ("community_officer", "street_officer")] == [403, 403]


def test_many_are_looked_up_at_one_press(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    other, foreign = make_member(tenant, "赵迟"), make_member(tenant, "孙外", unit=1)
    liaison = browser(tenant.accounts["unit_liaison"])
    form: dict[str, Any] = {"unit": tenant.units[0], "member": [str(member.id), str(other.id), str(foreign.id)], "looked_on": today().isoformat(),
                            f"remark-{member.id}": "积极"}
    wrong = liaison.post("/p/unit_desk/lookups/note", **(form | {"looked_on": (today() + DAY).isoformat()}))
    assert (wrong.status_code, "积极" in wrong.text) == (422, True)
    assert [liaison.post("/p/unit_desk/lookups/note", **sent).status_code for sent in (form, form | {f"remark-{member.id}": ""})] == [303, 303]
    assert sorted(rows(tenant, Lookup, Lookup.remark), key=str) == [("积极",), (None,)]
    assert "本期都了解过了" in liaison.get("/p/unit_desk/lookups/?tab=due").text
    page = liaison.get(f"/p/unit_desk/members/{member.id}").text
    assert "积极" in page
    county = browser(tenant.accounts["county_officer"]).get(f"/p/unit_desk/members/{member.id}")
    assert (county.status_code, "积极" in county.text) == (200, False)  # what the unit remarks is the unit's
    found = rows(tenant, Lookup, Lookup.id, Lookup.member_id)
    first = next(one for one, whose in found if whose == other.id)
    assert browser(tenant.others["county_officer"]).post(f"/p/unit_desk/lookups/{first}/take-back").status_code == 403
    assert liaison.post(f"/p/unit_desk/lookups/{first}/take-back", member=str(other.id)).status_code == 303
    assert len(rows(tenant, Lookup, Lookup.id)) == 1
    everybody = {"unit": tenant.units[0], "all": "1", "shown": [str(member.id), str(other.id)], "looked_on": (today() - DAY).isoformat()}
    assert liaison.post("/p/unit_desk/lookups/note", **everybody).status_code == 303
    assert len(rows(tenant, Lookup, Lookup.id)) == 3
    book = openpyxl.load_workbook(io.BytesIO(liaison.get("/p/unit_desk/lookups/export").data))
    assert sorted(str(row[0].value) for row in book.worksheets[0].iter_rows(min_row=2, max_row=3)) == ["王小明", "赵迟"]


def test_what_was_missed_is_told_to_the_unit_alone(browser: Open, tenant: TestTenant, member: TestMember, below: Any,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told before the tenant lays down a day; then the unit, of members who belonged to it by then; nobody above it."""
    place, account, person = below
    upper, lower = browser(tenant.accounts["unit_liaison"]), browser(account)
    assert "这条提示只有本单位看得到" not in lower.get("/p/unit_desk/").text
    with tenant.scope():
        last = before(periods.lookup_period(), 6)
        saving.save("unit_desk", {"begins_on": last.starts_on}, None, version=0)
        session().execute(update(Affiliation).where(Affiliation.tenant_id == tenant_id(), Affiliation.member_id == person.id).values(valid_from=last.starts_on))
        assert effective("unit_desk")["begins_on"] == last.starts_on
    told = lower.get("/p/unit_desk/").text
    assert ("有 1 名党员没有了解表现" in told, "只有本单位" in told) == (True, True)
    above = [upper.get(address).text for address in (f"/p/unit_desk/?unit={place}", f"/p/unit_desk/?unit={tenant.units[0]}&whole=1", "/p/unit_desk/")]
    assert ["这条提示只有本单位看得到" in page for page in above] == [False, False, False]  # 王小明 came after that period
    with tenant.scope():
        session().add(Lookup(member_id=person.id, unit_id=place, looked_on=last.ends_on, remark=None, noted_by=None, created_at=dt.datetime.now(dt.UTC)))
    assert "这条提示只有本单位看得到" not in lower.get("/p/unit_desk/").text


def test_cards_are_filed_at_one_press_and_again_when_they_grew(browser: Open, tenant: TestTenant, member: TestMember, served: Callable[..., uuid.UUID]) -> None:
    waiting, idle = make_member(tenant, "赵待"), make_member(tenant, "钱闲")
    with tenant.scope():
        period = periods.filing_period()
    served(member, today()), served(waiting, today(), verified=False), served(waiting, today())
    liaison, address = browser(tenant.accounts["unit_liaison"]), "/p/unit_desk/filing/"

    def seen() -> dict[str, list[str]]:
        pages = {tab: liaison.get(f"{address}?tab={tab}").text for tab in ("ready", "waiting", "filed", "none")}
        return {tab: [name for name in ("王小明", "赵待", "钱闲") if name in page] for tab, page in pages.items()}
    assert seen() == {"ready": ["王小明"], "waiting": ["赵待"], "filed": [], "none": ["钱闲"]}
    file = {"unit": tenant.units[0], "from": period.starts_on.isoformat()}
    assert liaison.post(f"{address}file", all="1", **file).status_code == 303
    assert seen() == {"ready": [], "waiting": ["赵待"], "filed": ["王小明"], "none": ["钱闲"]}
    columns = (Filing.member_id, Filing.records, Filing.minutes)
    assert rows(tenant, Filing, *columns) == [(member.id, 1, 90)]
    served(member, today())
    assert (seen()["ready"], "备案后又有新记录" in liaison.get(address).text) == (["王小明"], True)
    assert liaison.post(f"{address}file", member=[str(member.id), str(idle.id)], **file).status_code == 303
    assert rows(tenant, Filing, *columns) == [(member.id, 2, 180)]
    assert browser(tenant.accounts["county_officer"]).post(f"{address}file", all="1", **file).status_code == 403
    book = openpyxl.load_workbook(io.BytesIO(liaison.get(f"{address}export").data))
    assert sorted((str(row[0].value), str(row[2].value)) for row in book.worksheets[0].iter_rows(min_row=2, max_row=4)) == [
        ("王小明", "已备案"), ("赵待", "社区还没查验完"), ("钱闲", "没有服务记录")]


def test_the_year_counts_what_the_system_has(browser: Open, tenant: TestTenant, member: TestMember, served: Callable[..., uuid.UUID]) -> None:
    served(member, today()), served(member, today(), verified=False)
    page = browser(tenant.accounts["unit_liaison"]).get(f"/p/unit_desk/members/{member.id}").text
    assert [text in page for text in ("1 条待查验，1 条待评价，0 条退回，0 条计入", "作出 0 项，兑现 0 项", "还没有了解过")] == [True, True, True]
    one = {"looked_on": today().isoformat(), "remark": "积极"}
    assert browser(tenant.accounts["unit_liaison"]).post(f"/p/unit_desk/members/{member.id}/lookup", **one).status_code == 303
    assert rows(tenant, Lookup, Lookup.remark) == [("积极",)]
    move(tenant, member, tenant.units[1])
    assert browser(tenant.accounts["unit_liaison"]).post(f"/p/unit_desk/members/{member.id}/lookup", **one).status_code == 404
    assert browser(tenant.accounts["unit_liaison"]).get(f"/p/unit_desk/members/{member.id}").status_code == 404
