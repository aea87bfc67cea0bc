"""Residents without an account: the form once and so many times, the code on a slip, the receipt, and what nobody learns."""
from __future__ import annotations

import re
from typing import Any

import pytest

from core.extension.models import Setting
from core.tenancy import now, session
from plugins.needs import handling, merging, receipts, slips
from plugins.needs.pages import public_form
from tests.plugins.needs.conftest import ADDRESS, NAME, PHONE, TEXT, Open, after, code_of, hidden, make_need, needs, send
from tests.support.factories import TestTenant, make_tenant

RECEIPT = re.compile(r"data-receipt>([\d ]+)<")


def form(tenant: TestTenant, community: int = 0) -> str:
    """The address of a community's form."""
    return f"/t/{tenant.slug}/p/needs/{code_of(tenant, community)}"


def setting(tenant: TestTenant, **values: Any) -> None:
    """Lay settings down for the tenant."""
    with tenant.scope():
        session().add(Setting(namespace="needs", organization_id=None, values=values, locked=[], version=1, changed_at=now()))


def fill(browser: Any, page: str, seconds: float = 5, ticket: str | None = None, **fields: str) -> Any:
    """Open the form, type for a while, send it."""
    ticket = ticket or hidden(browser.get(page), "ticket")
    with after(seconds):
        return send(browser, page, **{"ticket": ticket, "text": TEXT, "category": "环境卫生", **fields})


def test_a_resident_sends_a_need_and_reads_the_answer_with_the_code(browser: Open, tenant: TestTenant) -> None:
    resident, address = browser(), form(tenant)
    thanks = fill(resident, address, name=NAME, phone=PHONE, address=ADDRESS)
    assert thanks.status_code == 200
    (row,), code = needs(tenant), RECEIPT.search(thanks.text)[1]  # type: ignore[index]
    assert (row.state, row.channel, row.community_id, row.has_contact, row.entered_by) == ("new", "website", tenant.communities[0], True, None)
    with tenant.scope():
        handling.answer(row.id, 1, "明天换灯泡")
    page = resident.post(f"/t/{tenant.slug}/p/needs/answer", code=code)
    assert "明天换灯泡" in page.text
    assert [told for told in (NAME, PHONE, ADDRESS, TEXT) if told in page.text] == []
    assert resident.post(f"/t/{make_tenant('4228', plugins=('needs',)).slug}/p/needs/answer", code=code).status_code == 422
    stored = [bytes(value) for value in (row.text, row.name, row.phone, row.address)]
    assert [told for told in (TEXT, NAME, PHONE, ADDRESS) if any(told.encode() in one for one in stored)] == []


def test_a_form_sent_twice_is_one_need_and_the_last_code_shown_is_good(browser: Open, tenant: TestTenant) -> None:
    resident, address = browser(), form(tenant)
    ticket = hidden(resident.get(address), "ticket")
    codes = [RECEIPT.search(fill(resident, address, ticket=ticket).text)[1] for _time in range(2)]  # type: ignore[index]
    assert len(needs(tenant)) == 1
    answers = [resident.post(f"/t/{tenant.slug}/p/needs/answer", code=code).status_code for code in codes]
    assert answers == [422, 200]
    assert [fill(resident, address, seconds=1).status_code, fill(resident, address, ticket="x" * 54).status_code] == [422, 422]
    assert len(needs(tenant)) == 1


def test_what_was_typed_is_kept_beside_what_is_wrong(browser: Open, tenant: TestTenant) -> None:
    page = fill(browser(), form(tenant), text="灯", name=NAME)
    assert (page.status_code, NAME in page.text, "请写明需要什么" in page.text, needs(tenant)) == (422, True, True, [])


def test_so_many_from_one_network_and_so_many_for_a_community(browser: Open, tenant: TestTenant) -> None:
    setting(tenant, most_an_hour=2, most_a_day=3)
    address = form(tenant)
    one, other, third = (browser(REMOTE_ADDR=f"10.0.0.{number}") for number in (1, 2, 3))
    assert [fill(one, address).status_code for _time in range(3)] == [200, 200, 429]
    assert [fill(other, address).status_code, fill(third, address).status_code] == [200, 429]
    assert fill(third, form(tenant, 1)).status_code == 200
    assert len(needs(tenant)) == 4


def test_without_the_limit_they_pour_in(browser: Open, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    setting(tenant, most_an_hour=2, most_a_day=3)
    monkeypatch.setattr(public_form, "admit", lambda *_given, **_more: None)
    one, address = browser(REMOTE_ADDR="10.0.0.1"), form(tenant)
    assert [fill(one, address).status_code for _time in range(4)] == [200] * 4


def test_with_codes_a_slip_is_good_once_and_for_its_community_only(browser: Open, tenant: TestTenant) -> None:
    setting(tenant, public_form="code")
    with tenant.scope():
        mine, theirs = slips.make(tenant.communities[0], 1)[0], slips.make(tenant.communities[1], 1)[0]
    resident, address = browser(), form(tenant)
    outcomes = [fill(resident, address, code=code).status_code for code in ("", "123456789012", theirs, mine, mine)]
    assert (outcomes, len(needs(tenant))) == ([422, 422, 422, 200, 422], 1)


def test_a_closed_form_takes_nothing_and_says_where_to_go(browser: Open, tenant: TestTenant) -> None:
    address = form(tenant)
    ticket = hidden(browser().get(address), "ticket")
    setting(tenant, public_form="off")
    assert ("暂时关闭" in browser().get(address).text, fill(browser(), address, ticket=ticket).status_code) == (True, 404)


def test_trying_receipt_codes_is_slowed_down(browser: Open, tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    need_id = make_need(tenant)
    with tenant.scope():
        code = receipts.issue(need_id)
    guesser, address = browser(REMOTE_ADDR="10.0.0.9"), f"/t/{tenant.slug}/p/needs/answer"
    assert [guesser.post(address, code=f"{number:012}").status_code for number in range(11)] == [422] * 10 + [429]
    assert (guesser.post(address, code=code).status_code, browser(REMOTE_ADDR="10.0.0.8").post(address, code=code).status_code) == (429, 200)
    monkeypatch.setattr("plugins.needs.pages.public_read.admit", lambda *_given, **_more: None)  # the twin: without the wall
    assert guesser.post(address, code=code).status_code == 200


def test_the_asker_of_a_merged_need_reads_the_answer_and_not_the_other_words(browser: Open, tenant: TestTenant) -> None:
    first, second = make_need(tenant, "小区路灯不亮，住户李四说的"), make_need(tenant)
    with tenant.scope():
        code = receipts.issue(second)
        merging.merge(second, 1, first)
        handling.answer(first, 1, "路灯已报修")
    page = browser().post(f"/t/{tenant.slug}/p/needs/answer", code=code).text
    assert ("路灯已报修" in page, "李四" in page) == (True, False)


def test_the_community_is_found_by_name_and_others_are_not_there(browser: Open, tenant: TestTenant) -> None:
    found = browser().post(f"/t/{tenant.slug}/p/needs/", q=code_of(tenant, 2))
    assert re.findall(r'/p/needs/([^"/]+)"', found.text.partition('id="main"')[2]).count(code_of(tenant, 2)) == 1
    other = make_tenant("4228", plugins=("needs",))
    assert [browser().get(f"/t/{tenant.slug}/p/needs/{code}").status_code for code in (code_of(other), "none", tenant.code)] == [404, 404, 404]
