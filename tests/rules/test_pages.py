"""The rules' pages: who sees and who changes what, a draft edited part by part, tried and published."""
from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from core.access.roles import ADMINISTRATOR, COMMUNITY, COUNTY
from core.jobs.running import run_due
from core.rules import packs, queries
from core.rules.models import RulePack
from core.tenancy import session, today
from tenants.activation import disable
from tests.rules.conftest import AWARD
from tests.rules.test_facts import counted
from tests.service.conftest import Browser, app, browser
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant
from tests.support.statements import sent

__all__ = ["app", "browser"]
Open = Callable[..., Browser]


def text(answer: Any) -> str:
    """The page's text without markup and blanks."""
    body = answer.get_data(as_text=True)
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", body[body.index("<main"):]))


def draft(tenant: TestTenant, **document: Any) -> str:
    """A draft of the only scheme; its address."""
    with tenant.scope():
        return f"/rules/packs/{packs.draft('gifts', 'default', {'title': '一小时一分', **document})}"


def document(tenant: TestTenant) -> dict[str, Any]:
    """The newest version's document."""
    with tenant.scope():
        found: dict[str, Any] = session().scalars(select(RulePack.document).order_by(RulePack.id.desc())).first() or {}
        return found


@pytest.fixture
def administrator(tenant: TestTenant, browser: Open) -> Browser:
    """The city's administrator."""
    return browser(tenant.accounts[ADMINISTRATOR])


def test_from_a_title_to_a_rule_in_force(tenant: TestTenant, administrator: Browser) -> None:
    assert "还没有规则" in text(administrator.get("/rules/"))
    made = administrator.post("/rules/gifts/drafts", "/rules/", title="一小时一分", place="")
    address = made.headers["Location"]
    edit = f"{address}/edit"
    saved = administrator.post(edit, edit, edited="1", act="save", **{"title": "一小时两分", "rate": "2", "where.kind": "环境卫生\n治安巡逻",
                                                                    "where.outside_hours": "yes", "source.place": "江汉区"})
    assert saved.status_code == 303
    kept = document(tenant)
    assert (kept["title"], kept["rate"], kept["where"]["kind"], kept["where"]["outside_hours"], kept["source"]["place"]) == (
        "一小时两分", 2, ["环境卫生", "治安巡逻"], "yes", "江汉区")
    again = administrator.get(edit).get_data(as_text=True)
    assert ("环境卫生\n治安巡逻" in again, 'value="一小时两分"' in again) == (True, True)
    published = administrator.post(f"{address}/publish", address, effective_from=today().isoformat(), announced_on="")
    assert published.status_code == 303
    assert "正在执行" in text(administrator.get(address))
    with tenant.scope():
        assert [p.document["rate"] for p in queries.packs_in_force("gifts", today())] == [2]


def test_a_wrong_value_comes_back_with_what_was_typed(tenant: TestTenant, administrator: Browser) -> None:
    address = draft(tenant)
    answer = administrator.post(f"{address}/edit", f"{address}/edit", edited="1", title="改过", rate="11", **{"where.kind": "甲\n乙"})
    body = answer.get_data(as_text=True)
    assert (answer.status_code, 'value="改过"' in body, 'value="11"' in body, "甲\n乙" in body) == (422, True, True, True)
    assert document(tenant)["title"] == "一小时一分"


def test_items_of_a_list_are_added_moved_and_removed(tenant: TestTenant, administrator: Browser) -> None:
    address = draft(tenant)

    def put(at: str, edited: int, **fields: str) -> Any:
        return administrator.post(f"{address}/edit?at={at}", f"{address}/edit", edited=str(edited), **fields)

    for number, key in enumerate(("a", "b", "c"), start=1):
        assert put("deeds/new", number, key=key, title=f"事项{key}", counted_in="次", approver="county_officer", levels="省级\n市级",
                   more="1").headers["Location"].endswith("deeds/new")
    assert put("deeds/2", 4, act="up").headers["Location"].endswith("deeds/1")
    assert put("deeds/0", 5, act="remove").status_code == 303
    assert [(d["key"], d["levels"]) for d in document(tenant)["deeds"]] == [("c", ["省级", "市级"]), ("b", ["省级", "市级"])]
    refused = put("deeds/new", 6, key="大写", title="x", counted_in="次", approver="county_officer")
    assert (refused.status_code, "须为小写字母" in text(refused)) == (422, True)
    assert [administrator.get(f"{address}/edit?at={at}").status_code for at in ("deeds/2", "deeds", "nothing/0", "deeds/x")] == [404] * 4


def test_a_list_inside_a_group_has_its_pages_too_and_keys_are_made_from_titles(tenant: TestTenant, administrator: Browser) -> None:
    address = draft(tenant)
    assert "礼品" in text(administrator.get(f"{address}/edit"))
    for number, title in enumerate(("牙膏", "牙膏", "3 袋米"), start=1):
        answer = administrator.post(f"{address}/edit?at=shop/presents/new", f"{address}/edit", edited=str(number), key="", title=title, price="2")
        assert answer.headers["Location"].endswith(f"shop%2Fpresents%2F{number - 1}") or answer.headers["Location"].endswith(
            f"shop/presents/{number - 1}")
    assert [(p["key"], p["title"]) for p in document(tenant)["shop"]["presents"]] == [
        ("yagao", "牙膏"), ("yagao_2", "牙膏"), ("daimi", "3 袋米")]
    assert [administrator.get(f"{address}/edit?at={at}").status_code for at in ("shop", "shop/presents", "shop/presents/0", "deeds/new/x/0")] == [
        404, 404, 200, 404]


def test_what_few_need_is_folded_until_something_is_set_there(tenant: TestTenant, administrator: Browser) -> None:
    def folded(**document: Any) -> list[tuple[str, bool]]:
        with tenant.scope():
            for row in session().scalars(select(RulePack)):
                packs.discard(row.id) if row.status == "draft" else None
        body = administrator.get(f"{draft(tenant, **document)}/edit").get_data(as_text=True)
        return [(title.strip(), bool(is_open)) for is_open, title in
                re.findall(r'<details class="rules-group"( open)?><summary>([^<]+)', body)]

    assert folded() == [("更多（一般不用改）", False), ("依据和出处", False), ("小店", False), ("where", False)]
    assert folded(patience=4, shop={"days": 1}, where={"collective": "yes"}) == [
        ("更多（一般不用改）", True), ("依据和出处", False), ("小店", True), ("where", True)]


def test_the_bar_sends_the_browser_to_the_outcome_and_puts_no_page_into_itself(tenant: TestTenant, administrator: Browser) -> None:
    address = draft(tenant)
    result = administrator.post(f"{address}/rehearse", address, since="2026-01-01", until=today().isoformat()).headers["Location"]
    run_due(tenant.id)
    answer = administrator.client.get(result, headers={"HX-Request": "true"})
    assert (answer.data, answer.headers["HX-Redirect"]) == (b"", result)


def test_two_editors_do_not_overwrite_each_other(tenant: TestTenant, administrator: Browser) -> None:
    address = draft(tenant)
    form = {"title": "一", "rate": "1"}
    assert [administrator.post(f"{address}/edit", f"{address}/edit", edited="1", **form).status_code for _n in range(2)] == [303, 409]


def test_files_go_out_and_come_back(tenant: TestTenant, administrator: Browser) -> None:
    address = draft(tenant, rate=3, deeds=[AWARD])
    content = administrator.get(f"{address}/file").data
    assert b"rate = 3" in content
    changed = content.replace(b"rate = 3", b"rate = 4")
    assert administrator.post(f"{address}/file", address, file=(io.BytesIO(changed), "x.toml")).status_code == 303
    assert (document(tenant)["rate"], document(tenant)["deeds"][0]["key"]) == (4, "award")
    wrong = administrator.post(f"{address}/file", address, file=(io.BytesIO(b"rat = 4\ntitle = 'x'"), "x.toml"))
    assert (wrong.status_code, "rat" in wrong.get_data(as_text=True)) == (422, True)


def test_a_rehearsal_shows_who_gains_and_why_and_goes_out_as_a_workbook(tenant: TestTenant, member: TestMember, administrator: Browser) -> None:
    other = make_member(tenant, "李四", residence=7)
    counted(tenant, member, minutes=120)
    counted(tenant, other, minutes=60)
    address = draft(tenant, rate=2)
    begun = administrator.post(f"{address}/rehearse", address, since=(today() - dt.timedelta(days=100)).isoformat(), until=today().isoformat())
    result = begun.headers["Location"]
    assert "规则试算" in text(administrator.get(result))
    run_due(tenant.id)
    page = text(administrator.get(result))
    assert ("王小明" in page, "4分" in page, "{'times':1}" in page.replace("&#39;", "'"), "第02区10" in page) == (True, True, True, True)
    assert "没有这样的党员" in text(administrator.get(f"{result}?change=lose"))
    assert "李四" not in text(administrator.post(result, result, q="王", change=""))
    job = administrator.post(f"{result}/export", result).headers["Location"]
    run_due(tenant.id)
    book = openpyxl.load_workbook(io.BytesIO(administrator.get(f"{job}/file").data))
    assert [[c.value for c in row] for row in book["逐人"].iter_rows(min_row=2)] == [
        ["李四", "第0单位", "0 分", "2 分", "{'times': 1}"], ["王小明", "第0单位", "0 分", "4 分", "{'times': 1}"]]
    assert [[c.value for c in row] for row in book["按区县"].iter_rows(min_row=2)] == [
        ["第02区", 1, 0, 0, "0 分", "4 分"], ["第03区", 1, 0, 0, "0 分", "2 分"]]


def test_a_county_makes_its_own_and_sees_its_own_people_only(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    far = make_member(tenant, "赵远", residence=7, unit=1)
    counted(tenant, member)
    counted(tenant, far)
    address = draft(tenant)
    officer, other = browser(tenant.accounts[COUNTY]), browser(tenant.others[COUNTY])
    assert officer.get(address).status_code == 404  # the city's draft
    assert officer.post("/rules/gifts/drafts", "/rules/", title="本区", place="").status_code == 403
    assert officer.post("/rules/gifts/drafts", "/rules/", title="本区", place=str(tenant.counties[1])).status_code == 404
    own = officer.post("/rules/gifts/drafts", "/rules/", title="本区", place=str(tenant.counties[0])).headers["Location"]
    assert (officer.get(own).status_code, other.get(own).status_code, other.get(f"{own}/edit").status_code) == (200, 404, 404)
    result = officer.post(f"{own}/rehearse", own, since="2026-01-01", until=today().isoformat()).headers["Location"]
    run_due(tenant.id)
    page = text(officer.get(result))
    assert ("王小明" in page, "赵远" in page) == (True, False)
    assert other.get(result).status_code == 404


def test_everybody_reads_what_holds_and_nobody_below_changes_it(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    address = draft(tenant)
    reader, officer = browser(member.account), browser(tenant.accounts[COMMUNITY])
    assert [one.get(address).status_code for one in (reader, officer)] == [404, 404]
    with tenant.scope():
        pack_id = session().scalar(select(RulePack.id))
        assert pack_id is not None
        packs.publish(pack_id, today())
    assert [("一小时一分" in text(one.get(address)), "起草新版" in text(one.get(address))) for one in (reader, officer)] == [(True, False)] * 2
    assert [one.post(f"{address}/drafts", address).status_code for one in (reader, officer)] == [403, 403]


def test_a_new_version_is_drafted_from_the_old_one_compared_and_the_scheme_ended(tenant: TestTenant, administrator: Browser) -> None:
    first = draft(tenant)
    administrator.post(f"{first}/publish", first, effective_from="2026-01-01", announced_on="")
    second = administrator.post(f"{first}/drafts", first).headers["Location"]
    administrator.post(f"{second}/edit", f"{second}/edit", edited="1", title="一小时五分", rate="5")
    refused = administrator.post(f"{second}/publish", second, effective_from="2026-01-01", announced_on="")
    assert (refused.status_code, "不能早于今天" in text(refused)) == (422, True)
    administrator.post(f"{second}/publish", second, effective_from=today().isoformat(), announced_on="")
    compared = text(administrator.get(f"{second}/differences?with={first.rpartition('/')[2]}"))
    assert "不再有的一小时一分新的一小时五分" in compared
    assert administrator.post(f"{second}/end", second, ended_on=(today() + dt.timedelta(days=1)).isoformat()).status_code == 303
    with tenant.scope():
        assert queries.packs_in_force("gifts", today() + dt.timedelta(days=1)) == ()


def test_off_means_off_and_the_other_city_sees_nothing(tenant: TestTenant, app: Flask, administrator: Browser) -> None:
    address = draft(tenant)
    other = make_tenant("4202", plugins=("gifts",))
    assert Browser(app, other.accounts[ADMINISTRATOR]).get(address).status_code == 404
    assert ">规则<" in administrator.get("/").get_data(as_text=True)
    with tenant.scope():
        disable("gifts")
    assert (administrator.get("/rules/").status_code, administrator.get(address).status_code) == (404, 404)
    assert ">规则<" not in administrator.get("/").get_data(as_text=True)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_and_the_outcome_ask_as_often_for_three_as_for_one(tenant: TestTenant, member: TestMember, administrator: Browser,
                                                                     count: int) -> None:
    for number in range(count):
        with tenant.scope():
            pack_id = packs.draft("gifts.cards", f"card{number}", {"title": "x"})
            packs.publish(pack_id, today())
        counted(tenant, make_member(tenant, f"王{number}"))
    begun = administrator.post(f"/rules/packs/{pack_id}/rehearse", "/rules/", since="2026-01-01", until=today().isoformat())
    run_due(tenant.id)
    counts = []
    for address in ("/rules/", begun.headers["Location"]):
        administrator.get(address)
        with sent() as seen:
            assert administrator.get(address).status_code == 200
        counts.append(len(seen))
    assert counts == [4, 7]
