"""Officers: who reaches what, taking in at the door, classifying, answering, with and without a phone, and what lists cost."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import select

from core.access.tokens import create_token
from core.audit.models import AuditEntry
from core.jobs.running import run_due
from core.tenancy import session, set_clock, today
from plugins.needs import contacts, handling
from plugins.needs.models import Need
from tests.plugins.needs.conftest import ADDRESS, NAME, PHONE, TEXT, WHO, Open, hidden, make_need, need, needs, send
from tests.support.factories import TestMember, TestTenant, make_member


def audited(tenant: TestTenant, action: str) -> list[object]:
    """The details of the log's entries of an action."""
    with tenant.scope():
        return list(session().scalars(select(AuditEntry.details).where(AuditEntry.action == action)))


def test_one_communitys_needs_are_as_good_as_absent_to_another(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    need_id = make_need(tenant, summary="楼道灯坏了")
    page, act = f"/p/needs/needs/{need_id}", f"/p/needs/needs/{need_id}/answer"
    seen = {}
    for name, account in {**tenant.accounts, "neighbour": tenant.others["community_officer"], "far": tenant.others["county_officer"],
                          "member": member.account}.items():
        one = browser(account)
        seen[name] = (one.get(page).status_code, send(one, "/no-such-page", act, version=2, answer="好的").status_code)
    assert seen == {"community_officer": (200, 303), "street_officer": (200, 403), "county_officer": (200, 403), "city_administrator": (200, 403),
                    "neighbour": (404, 404), "far": (404, 403), "unit_liaison": (403, 403), "auditor": (403, 403), "member": (403, 403)}
    listed = browser(tenant.others["community_officer"]).get("/p/needs/?tab=answered").text
    asked = browser(tenant.others["community_officer"]).get(f"/p/needs/?community={tenant.communities[0]}")
    assert ("楼道灯坏了" in listed, asked.status_code) == (False, 404)


def test_above_the_street_the_residents_words_are_not_read_and_the_contact_nowhere_unasked(browser: Open, tenant: TestTenant) -> None:
    need_id = make_need(tenant, summary="楼道灯坏了")
    page = f"/p/needs/needs/{need_id}"
    for role, words in (("community_officer", True), ("street_officer", True), ("county_officer", False), ("city_administrator", False)):
        text = browser(tenant.accounts[role]).get(page).text
        assert (role, TEXT in text, [told for told in (NAME, PHONE, ADDRESS) if told in text]) == (role, words, [])
        text = browser(tenant.accounts[role]).get(f"/p/needs/?community={tenant.communities[0]}&tab=classified").text
        assert (role, "楼道灯坏了" in text, TEXT in text) == (role, True, False)
    officer = browser(tenant.accounts["community_officer"])
    shown = send(officer, page, f"{page}/contact").text
    assert [told for told in (NAME, PHONE, ADDRESS) if told not in shown] == []
    assert audited(tenant, "needs.contact_seen") == [None]
    assert send(browser(tenant.accounts["street_officer"]), page, f"{page}/contact").status_code == 403


def test_at_the_door_twice_is_once_and_nothing_of_it_is_lost(browser: Open, tenant: TestTenant) -> None:
    officer = browser(tenant.accounts["community_officer"])
    page = officer.get("/p/needs/enter?channel=phone")
    fields = {"community": str(tenant.communities[0]), "need_id": hidden(page, "need_id"), "text": TEXT, "category": "治安", "channel": "visit",
              "recipient_group": "elderly", "name": NAME, "phone": PHONE, "address": ADDRESS, "received_on": today().isoformat()}
    wrong = send(officer, "/p/needs/enter", **{**fields, "received_on": "2999-01-01"})
    assert (wrong.status_code, TEXT in wrong.text, hidden(wrong, "need_id")) == (422, True, fields["need_id"])
    outcomes = [send(officer, "/p/needs/enter", **fields) for _time in range(2)]
    assert [one.status_code for one in outcomes] == [303, 303]
    assert f'data-needs-accepted="{fields["need_id"]}"' in officer.get(outcomes[0].location).text
    (row,) = needs(tenant)
    assert (str(row.id), row.channel, row.category, row.recipient_group, row.due_on) == (
        fields["need_id"], "visit", "治安", "elderly", today() + dt.timedelta(days=15))
    stranger = browser(tenant.others["community_officer"])
    assert send(stranger, "/p/needs/enter", **fields).status_code == 404
    taken = send(stranger, "/p/needs/enter", **{**fields, "community": str(tenant.communities[-1])})
    assert (taken.status_code, len(needs(tenant))) == (409, 1)


def test_classify_answer_refuse_and_a_step_back(browser: Open, tenant: TestTenant) -> None:
    officer, need_id = browser(tenant.accounts["community_officer"]), make_need(tenant)
    page = f"/p/needs/needs/{need_id}"
    wrong = send(officer, page, f"{page}/classify", version=1, category="治安", summary="")
    assert (wrong.status_code, "不写姓名" in wrong.text) == (422, True)
    steps = [("classify", {"category": "治安", "summary": "楼道没有灯"}, "classified"), ("refuse", {"reason": "已经列入明年计划"}, "refused"),
             ("reopen", {}, "classified"), ("answer", {"answer": "灯已换好"}, "answered"), ("reopen", {}, "classified"), ("finish", {}, "done"),
             ("answer", {"answer": "灯已换好了"}, "done")]
    for version, (step, fields, state) in enumerate(steps, 1):
        assert (step, send(officer, page, f"{page}/{step}", version=version, **fields).status_code) == (step, 303)
        assert (step, need(tenant, need_id).state) == (step, state)
    stale = send(officer, page, f"{page}/answer", version=3, answer="别的答复")
    assert (stale.status_code, "刚有别人改过" in stale.text, "别的答复" in stale.text) == (409, True, True)
    history = officer.get(page).text.partition("经过")[2]
    assert all(title in history for title in ("收到", "分类并概括", "答复不能办理", "撤销办结，重新办理", "办结"))


def test_without_a_phone_the_receipt_and_the_answer_are_on_paper(browser: Open, tenant: TestTenant) -> None:
    officer, need_id = browser(tenant.accounts["community_officer"]), make_need(tenant, summary="楼道灯坏了")
    with tenant.scope():
        handling.answer(need_id, 2, "明天换灯泡")
    page = f"/p/needs/needs/{need_id}"
    papers = [send(officer, page, f"{page}/receipt"), send(officer, page, f"{page}/slip"), officer.get("/p/needs/print/poster"),
              send(officer, "/p/needs/print/", "/p/needs/print/slips", community=str(tenant.communities[0]), count=9)]
    assert [(one.status_code, one.data[:5]) for one in papers] == [(200, b"%PDF-")] * 4
    assert all(NAME.encode() not in one.data and "孙" not in one.headers["Content-Disposition"] for one in papers)
    assert (audited(tenant, "needs.slips_printed"), len(audited(tenant, "needs.receipt_issued"))) == ([{"count": 9}], 1)
    assert send(officer, "/p/needs/print/", "/p/needs/print/slips", community=str(tenant.communities[0]), count=201).status_code == 422


def test_search_and_filters_find_within_the_community(browser: Open, tenant: TestTenant) -> None:
    make_need(tenant, "路灯不亮", category="治安")
    make_need(tenant, "想学电脑", category="文化", channel="qq")
    make_need(tenant, "路灯也不亮", community=1)
    officer, here = browser(tenant.accounts["community_officer"]), str(tenant.communities[0])

    def found(text: str) -> tuple[bool, ...]:
        return tuple(f">{words}<" in text.replace("\n", "") for words in ("路灯不亮", "想学电脑", "路灯也不亮"))
    assert found(send(officer, "/p/needs/", "/p/needs/search", community=here, q="路灯").text) == (True, False, False)
    assert found(officer.get("/p/needs/?channel=qq").text) == (False, True, False)
    assert found(officer.get("/p/needs/?category=治安").text) == (True, False, False)
    book = send(officer, "/p/needs/", "/p/needs/export", community=here)
    cells = [cell for row in openpyxl.load_workbook(BytesIO(book.data)).worksheets[0].iter_rows(values_only=True) for cell in row]
    assert ("路灯不亮" in cells, "路灯也不亮" in cells, [told for told in (NAME, PHONE, ADDRESS) if told in cells]) == (True, False, [])
    assert audited(tenant, "needs.exported") == [{"rows": 2}]


@pytest.mark.parametrize("address", ["/p/needs/?tab=new", "/p/needs/bulletins/"])
def test_a_list_costs_the_same_with_one_and_with_three(browser: Open, tenant: TestTenant, statements: list[str], address: str) -> None:
    officer, seen = browser(tenant.accounts["community_officer"]), []
    for more in (1, 2):
        for _one in range(more):
            make_need(tenant, summary="" if "tab" in address else "楼道灯坏了")
        officer.get(address)
        statements.clear()
        assert officer.get(address).status_code == 200
        seen.append(len([one for one in statements if "needs_" in one]))
    assert seen[0] == seen[1] == {"/p/needs/?tab=new": 4, "/p/needs/bulletins/": 3}[address]


def test_contacts_are_forgotten_some_time_after_the_end(tenant: TestTenant) -> None:
    ended, open_, asked = make_need(tenant), make_need(tenant), make_need(tenant)
    with tenant.scope():
        handling.answer(ended, 1, "已办好")
        contacts.forget(asked, 1)
    for days, left in ((179, [True, True, False]), (181, [False, True, False])):
        with set_clock(today() + dt.timedelta(days=days)), tenant.scope():
            contacts.nightly(None)  # type: ignore[arg-type]
        rows = [need(tenant, one) for one in (ended, open_, asked)]
        assert [row.has_contact for row in rows] == left
        assert [row.name is not None for row in rows] == left
    assert run_due(tenant.id) is not None


def test_a_member_reports_what_the_neighbours_say_and_is_forgotten(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    own = browser(member.account)
    fields = {"need_id": hidden(own.get("/p/needs/me/report"), "need_id"), "text": TEXT, "category": "治安"}
    assert send(own, "/p/needs/me/report", **fields, community=str(tenant.communities[1])).status_code == 404
    assert [send(own, "/p/needs/me/report", **fields).status_code for _time in range(2)] == [303, 303]
    (row,) = needs(tenant)
    assert (row.channel, row.member_id, row.community_id) == ("member", member.id, member.residence_id)
    with tenant.scope():
        handling.answer(row.id, 1, "已报修")
    assert "已报修" in own.get("/p/needs/me/").text
    other = make_member(tenant, "李四", account=True)
    assert "已报修" not in browser(other.account).get("/p/needs/me/").text


def test_a_program_lists_takes_in_classifies_and_answers(tenant: TestTenant, app: object, make_token: Callable[[str, list[str]], str]) -> None:
    client, here = app.test_client(), tenant.communities[0]  # type: ignore[attr-defined]
    mine = {"Authorization": f"Bearer {make_token('community_officer', ['needs.read', 'needs.enter', 'needs.manage'])}"}
    new_id = str(uuid.uuid4())
    given = {"id": new_id, "community_id": str(here), "text": TEXT, "channel": "wechat", "name": NAME}
    made = [client.post("/api/v1/p/needs/needs", json=given, headers=mine) for _time in range(2)]
    assert ([one.status_code for one in made], made[0].json["text"], len(needs(tenant))) == ([201, 201], TEXT, 1)
    elsewhere = client.post("/api/v1/p/needs/needs", json={**given, "id": None, "community_id": str(tenant.communities[-1])}, headers=mine)
    classified = client.post(f"/api/v1/p/needs/needs/{new_id}/classify", json={"version": 1, "category": "治安", "summary": "楼道灯坏"}, headers=mine)
    answered = client.post(f"/api/v1/p/needs/needs/{new_id}/answer", json={"version": 2, "answer": "已换"}, headers=mine)
    assert (elsewhere.status_code, classified.json["state"], answered.json["state"]) == (404, "classified", "answered")
    reader = {"Authorization": f"Bearer {make_token('county_officer', ['needs.read'])}"}
    listed = client.get(f"/api/v1/p/needs/communities/{here}/needs?state=answered", headers=reader).json
    assert [(one["summary"], one["text"]) for one in listed["needs"]] == [("楼道灯坏", None)]


@pytest.fixture
def make_token(tenant: TestTenant) -> Callable[[str, list[str]], str]:
    """A program's token of a role."""
    def make(role: str, codes: list[str]) -> str:
        with tenant.scope():
            return create_token(tenant.actor(role), "program", codes, 1)
    return make


def test_the_table_holds_nothing_in_clear(tenant: TestTenant) -> None:
    make_need(tenant, contact=WHO)
    with tenant.scope():
        row = session().execute(select(*Need.__table__.columns)).one()
    assert [told for told in (TEXT, NAME, PHONE, ADDRESS) if any(told in str(value) or told.encode() in (value if isinstance(value, bytes) else b"")
                                                                 for value in row)] == []
