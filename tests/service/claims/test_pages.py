"""The pages of claims: the member's phone, the officer for a member without one, and one entry that is two registers."""
from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from core.jobs.running import run_due
from core.service.claims.claiming import claim
from core.service.claims.collective import claim_for_unit
from core.tenancy import today
from tenants.activation import disable
from tests.service.conftest import RECIPIENT
from tests.support.factories import TestMember, TestTenant, make_account, make_member

Put = Callable[..., uuid.UUID]


@pytest.fixture
def made(tenant: TestTenant, members: list[TestMember], matter: Put) -> uuid.UUID:
    """The first member, who has a phone, holds a wish-like matter of a named resident."""
    put = matter(recipient_kind="person", recipient=RECIPIENT, recipient_group="elderly", title="换灯泡", due_on=today() + dt.timedelta(days=9))
    with tenant.scope():
        return claim(put, members[0].id, by=None).id


def text(answer: Any) -> str:
    """The page's words without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def form_values(page: str) -> dict[str, str]:
    """What the form of a service sends along unseen."""
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("record_id", "version")}  # type: ignore[index]


def test_the_member_serves_and_closes_without_typing_anything_again(tenant: TestTenant, members: list[TestMember], made: uuid.UUID,
                                                                    browser: Callable[..., Any]) -> None:
    mine, other = browser(members[0].account), browser(members[1].account)
    assert "换灯泡" in text(mine.get("/claims/"))
    assert "换灯泡" not in text(other.get("/claims/"))
    assert other.get(f"/claims/{made}").status_code == 404
    hidden = form_values(mine.get(f"/claims/{made}").get_data(as_text=True))
    for _twice in range(2):
        assert mine.post(f"/claims/{made}/serve", happened_on=today(), minutes=90, **hidden).status_code == 303
    page = text(mine.get(f"/claims/{made}"))
    assert (page.count("1 小时 30 分钟") + page.count("1.5 小时") >= 1, RECIPIENT in page) == (True, False)
    hidden = form_values(mine.get(f"/claims/{made}").get_data(as_text=True))
    tomorrow = mine.post(f"/claims/{made}/complete", happened_on=today() + dt.timedelta(days=1), minutes=60, **hidden)
    assert (tomorrow.status_code, "日期还没有到" in text(tomorrow)) == (422, True)
    assert mine.post(f"/claims/{made}/complete", happened_on=today(), minutes=60, **hidden).status_code == 303
    assert "换灯泡" in text(mine.get("/claims/?view=ended"))
    assert mine.post(f"/claims/{made}/release", version=1, reason="不做了").status_code == 409
    assert len(re.findall("换灯泡", text(mine.get("/records/")))) == 2


def test_giving_up_needs_a_reason(members: list[TestMember], made: uuid.UUID, browser: Callable[..., Any]) -> None:
    mine = browser(members[0].account)
    assert mine.post(f"/claims/{made}/release", version=1, reason="").status_code == 422
    assert mine.post(f"/claims/{made}/release", version=7, reason="工作调动").status_code == 409
    assert mine.post(f"/claims/{made}/release", version=1, reason="工作调动").status_code == 303
    assert "工作调动" in text(mine.get("/claims/?view=ended"))


def test_the_officer_does_it_for_a_member_without_a_phone(tenant: TestTenant, made: uuid.UUID, browser: Callable[..., Any]) -> None:
    officer, sibling = browser(tenant.accounts["community_officer"]), browser(tenant.others["community_officer"])
    assert "换灯泡" in text(officer.get("/claims/work/"))
    assert "换灯泡" not in text(sibling.get("/claims/work/"))
    assert sibling.get(f"/claims/work/{made}").status_code == 404
    assert sibling.post(f"/claims/work/{made}/release", version=1, reason="越权").status_code == 404
    hidden = form_values(officer.get(f"/claims/work/{made}").get_data(as_text=True))
    assert officer.post(f"/claims/work/{made}/complete", happened_on=today(), minutes=90, **hidden).status_code == 303
    page = text(officer.get(f"/claims/work/{made}"))
    assert ("待评价" in page, "已办结" in page) == (True, True)  # vouched for at once by the community itself
    assert "换灯泡" in text(officer.get("/claims/work/?view=ended"))


def test_the_liaison_notes_it_and_the_community_verifies(tenant: TestTenant, made: uuid.UUID, browser: Callable[..., Any]) -> None:
    liaison = browser(tenant.accounts["unit_liaison"])
    hidden = form_values(liaison.get(f"/claims/work/{made}").get_data(as_text=True))
    assert liaison.post(f"/claims/work/{made}/complete", happened_on=today(), minutes=90, **hidden).status_code == 303
    assert "待查验" in text(liaison.get(f"/claims/work/{made}"))
    assert browser(tenant.accounts["street_officer"]).post(f"/claims/work/{made}/release", version=2, reason="越权").status_code == 403


def test_one_entry_is_two_registers(tenant: TestTenant, members: list[TestMember], made: uuid.UUID, matter: Put,
                                    browser: Callable[..., Any]) -> None:
    put = matter(collective=True, title="整治楼道")
    with tenant.scope():
        claim_for_unit(put, tenant.units[0], [m.id for m in members[1:]], by=None)
    pages = [text(browser(tenant.accounts[role]).get("/claims/register/")) for role in ("community_officer", "unit_liaison")]
    for page in pages:
        assert ["换灯泡" in page, "集体认领（2 人）：李芳、赵强" in page, "空巢老人" in page, RECIPIENT in page] == [True, True, True, False]
    with tenant.scope():
        elsewhere = make_account(tenant, "unit_liaison", tenant.units[-1])
    other = text(browser(elsewhere).get("/claims/register/"))
    assert ["换灯泡" in other, "台账还是空的" in other] == [False, True]
    found = text(browser(tenant.accounts["community_officer"]).post("/claims/register/search", name="wxm"))
    assert ["换灯泡" in found, "整治楼道" in found] == [True, False]


def test_the_workbooks_say_what_the_pages_say(tenant: TestTenant, made: uuid.UUID, browser: Callable[..., Any]) -> None:
    sheets = []
    for role in ("community_officer", "unit_liaison"):
        seen = browser(tenant.accounts[role])
        address = seen.post("/claims/register/export", side="unit" if role == "unit_liaison" else "community").headers["Location"]
        run_due()
        assert "已导出 1 条" in text(seen.get(address))
        book = openpyxl.load_workbook(io.BytesIO(seen.get(f"{address}/file").data))
        sheets.append([[cell.value for cell in row] for row in book.worksheets[0].iter_rows()])
        assert seen.post("/claims/register/export", name="wxm").data[:2] == b"PK"
    assert sheets[0][1:] == sheets[1][1:]  # the same facts
    assert sheets[0][1][1:9] == ["王小明", sheets[0][1][2], sheets[0][1][3], "岗位", "换灯泡", "空巢老人", sheets[0][1][7], "进行中"]


def test_who_serves_under_a_units_claim_is_chosen_on_its_page(tenant: TestTenant, members: list[TestMember], matter: Put,
                                                              browser: Callable[..., Any]) -> None:
    put, far = matter(collective=True, title="整治楼道"), make_member(tenant, "王远方", unit=-1, residence=-1)
    with tenant.scope():
        made = claim_for_unit(put, tenant.units[0], [], by=None).id
    liaison, address = browser(tenant.accounts["unit_liaison"]), f"/claims/work/{made}"
    assert "请先选择参加服务的党员" in text(liaison.post(f"{address}/serve", happened_on=today(), minutes=60, record_id=uuid.uuid4(), version=1))
    found = text(liaison.post(f"{address}/join", text="王"))
    assert ["王小明" in found, "王远方" in found] == [True, False]
    assert liaison.post(f"{address}/join", member_id=far.id).status_code == 404
    assert browser(tenant.others["community_officer"]).post(f"{address}/join", text="王").status_code == 404
    assert liaison.post(f"{address}/join", member_id=members[0].id).status_code == 303
    page = text(liaison.get(address))
    assert ["集体认领（1 人）：王小明" in page, "加入" in page] == [True, True]
    assert text(browser(tenant.accounts["community_officer"]).get("/claims/work/")).count("整治楼道") == 1  # the member's is no line of its own
    found = text(browser(tenant.accounts["community_officer"]).post("/claims/register/search", name="wxm"))
    assert "集体认领（1 人）：王小明" in found


def test_all_noted_is_closed_without_another_record(members: list[TestMember], made: uuid.UUID, browser: Callable[..., Any]) -> None:
    mine = browser(members[0].account)
    refused = mine.post(f"/claims/{made}/finish", version=1)
    assert (refused.status_code, "还没有登记过服务" in text(refused)) == (422, True)
    hidden = form_values(mine.get(f"/claims/{made}").get_data(as_text=True))
    assert mine.post(f"/claims/{made}/serve", happened_on=today(), minutes=90, **hidden).status_code == 303
    assert "直接办结" in text(mine.get(f"/claims/{made}"))
    assert mine.post(f"/claims/{made}/finish", version=1).status_code == 303
    assert len(re.findall("换灯泡", text(mine.get("/records/")))) == 1
    assert "换灯泡" in text(mine.get("/claims/?view=ended"))


def test_what_was_taken_on_stays_readable_while_the_plugin_is_off(tenant: TestTenant, members: list[TestMember], made: uuid.UUID,
                                                                   browser: Callable[..., Any]) -> None:
    with tenant.scope():
        disable("posts")
    assert "换灯泡" in text(browser(tenant.accounts["community_officer"]).get("/claims/register/"))
    page = browser(members[0].account).get(f"/claims/{made}")
    assert (page.status_code, "查看详情" in text(page)) == (200, False)
    hidden = form_values(page.get_data(as_text=True))
    assert browser(members[0].account).post(f"/claims/{made}/complete", happened_on=today(), minutes=60, **hidden).status_code == 303


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_one_and_for_three(count: int, tenant: TestTenant, matter: Put, browser: Callable[..., Any],
                                                   statements: list[str]) -> None:
    put = matter(places=9)
    people = [make_member(tenant, f"周{n}", account=True) for n in range(count)]
    with tenant.scope():
        for one in people:
            claim(put, one.id, by=None)
    counted = {}
    for address, account in (("/claims/", people[0].account), ("/claims/work/", tenant.accounts["community_officer"]),
                             ("/claims/register/", tenant.accounts["community_officer"])):
        seen = browser(account)
        seen.get(address)
        del statements[:]
        seen.get(address)
        counted[address] = len(statements)
    assert counted == {"/claims/": 3, "/claims/work/": 4, "/claims/register/": 6}
