"""The pages as each role uses them, and as a stranger meets them."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.db import new_id
from core.jobs import enqueue
from core.jobs.models import Job
from core.jobs.running import run_due
from core.service import evaluation, throttle
from core.service.detail import record_view
from core.service.throttle import TRIES
from core.tenancy import clock, session, today
from tests.service.conftest import RECIPIENT, Browser
from tests.service.test_records import write
from tests.support.factories import TestMember, TestTenant, make_account, make_member, make_tenant

Open = Callable[..., Browser]
VARYING = r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|content=\"[^\"]+\"|value=\"[^\"]+\""


def form(tenant: TestTenant, **changes: Any) -> dict[str, Any]:
    """The member's form, filled in."""
    return {"record_id": str(new_id()), "version": "0", "kind": "环境卫生", "title": "清扫楼道", "happened_on": today().isoformat(),
            "minutes": "90", "recipient_kind": "person", "recipient": RECIPIENT, "recipient_group": "", "place": "",
            "community_id": str(tenant.communities[0]), "community_search": "", **changes}


def found(answer: Any) -> uuid.UUID:
    """The record's id in the address of a redirect."""
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return uuid.UUID(answer.location.rstrip("/").split("/")[-1])


def state(tenant: TestTenant, record_id: uuid.UUID) -> tuple[str, int]:
    """Status and minutes."""
    with tenant.scope():
        seen = record_view(record_id)
        return seen.status, seen.minutes


def test_the_member_writes_down_amends_and_takes_back(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    mine = browser(member.account)
    blank = mine.get("/records/new").get_data(as_text=True)
    assert re.search(rf'value="{tenant.communities[0]}" checked', blank)
    assert f'value="{today().isoformat()}"' in blank
    record_id = found(mine.post("/records/new", **form(tenant)))
    assert state(tenant, record_id) == ("submitted", 90)
    found(mine.post(f"/records/{record_id}/edit", **form(tenant, record_id=str(record_id), version="1", minutes="30")))
    assert state(tenant, record_id) == ("submitted", 30)
    assert "撤回这条服务记录吗" in mine.post(f"/records/{record_id}/withdraw", version="2").get_data(as_text=True)
    mine.post(f"/records/{record_id}/withdraw", version="2", confirmed="yes")
    assert state(tenant, record_id) == ("withdrawn", 30)


def test_a_refused_form_keeps_what_was_typed_and_says_what_to_mend(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    answer = browser(member.account).post("/records/new", **form(tenant, title="清", recipient=""))
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "需要 2 到 100 个字" in page, 'value="清"' in page) == (422, True, True)


def test_another_community_is_found_by_name(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    mine = browser(member.account)
    page = mine.post("/records/new", find="1", **form(tenant, community_search="002002")).get_data(as_text=True)
    assert page.count('name="community_id"') == 3
    record_id = found(mine.post("/records/new", **form(tenant, community_id=str(tenant.communities[-1]))))
    other = browser(tenant.others["community_officer"]).get(f"/records/work/{record_id}").get_data(as_text=True)
    assert RECIPIENT in other
    assert browser(tenant.accounts["community_officer"]).get(f"/records/work/{record_id}").status_code == 404


def test_the_community_verifies_corrects_and_returns(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    officer, ids = browser(tenant.accounts["community_officer"]), [write(tenant, member) for _n in range(4)]
    assert officer.post(f"/records/work/{ids[0]}/verify", version="1", minutes="60").status_code == 303
    assert officer.post(f"/records/work/{ids[1]}/return", version="1", reason="").status_code == 422
    assert officer.post(f"/records/work/{ids[1]}/return", version="1", reason="请补充地点").status_code == 303
    several = [f"{identity}.1" for identity in ids[1:]]
    said = officer.client.get(officer.post("/records/work/verify", record=several).location).get_data(as_text=True)
    assert ("已查验通过 2 条" in said, "有 1 条刚被别人处理" in said) == (True, True)
    assert [state(tenant, i) for i in ids] == [("verified", 60), ("returned", 90), ("verified", 90), ("verified", 90)]
    assert "请补充地点" in browser(member.account).get(f"/records/{ids[1]}").get_data(as_text=True)


def test_an_officer_does_not_verify_the_own_record(tenant: TestTenant, browser: Open) -> None:
    both = make_member(tenant, "赵六")
    with tenant.scope():
        account = make_account(tenant, "community_officer", tenant.communities[0], member_id=both.id)
    record_id = write(tenant, both)
    answer = browser(account).post(f"/records/work/{record_id}/verify", version="1")
    assert (answer.status_code, state(tenant, record_id)) == (403, ("submitted", 90))


def test_the_officer_writes_for_a_member_without_a_phone(tenant: TestTenant, browser: Open) -> None:
    plain, officer = make_member(tenant, "钱七"), browser(tenant.accounts["community_officer"])
    page = officer.post("/records/enter", text=plain.phone).get_data(as_text=True)
    assert f"/records/enter/{plain.id}" in page
    fields = form(tenant, verify_now="true")
    del fields["community_search"]
    record_id = found(officer.post(f"/records/enter/{plain.id}", **fields))
    assert state(tenant, record_id) == ("verified", 90)
    assert found(officer.post(f"/records/enter/{plain.id}", **fields)) == record_id
    fields = form(tenant, community_id=str(tenant.communities[1]))
    del fields["community_search"]
    assert officer.post(f"/records/enter/{plain.id}", **fields).status_code == 404


def test_slips_carry_live_codes_and_no_code_in_an_address(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    ids = [write(tenant, member, verified=True) for _n in range(2)]
    answer = browser(tenant.accounts["community_officer"]).post("/records/work/slips", record=[f"{i}.2" for i in ids])
    assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
    waiting = write(tenant, member)
    refused = browser(tenant.accounts["community_officer"]).post("/records/work/slips", record=f"{waiting}.1")
    assert refused.status_code == 409


def test_a_paper_slip_makes_it_count_and_only_the_community_reads_it(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    record_id, officer = write(tenant, member, verified=True), browser(tenant.accounts["community_officer"])
    answer = officer.post(f"/records/work/{record_id}/evaluate", channel="paper", rating="dissatisfied", comment="来得太晚",
                          evaluated_on=today().isoformat())
    assert (answer.status_code, state(tenant, record_id)) == (303, ("counted", 90))
    pages = {"community": officer.get(f"/records/work/{record_id}"), "liaison": browser(tenant.accounts["unit_liaison"]).get(
        f"/records/work/{record_id}"), "member": browser(member.account).get(f"/records/{record_id}"),
        "street": browser(tenant.accounts["street_officer"]).get(f"/records/work/{record_id}")}
    texts = {who: page.get_data(as_text=True) for who, page in pages.items()}
    assert {who: ("来得太晚" in t, "不满意" in t, "已评价" in t) for who, t in texts.items()} == {
        "community": (True, True, True), "liaison": (False, False, True), "member": (False, False, True), "street": (False, False, True)}
    assert {who: RECIPIENT in t for who, t in texts.items()} == {"community": True, "liaison": False, "member": True, "street": False}


def test_the_recipient_judges_by_code_without_an_account(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    record_id, code, address = *with_code(tenant, member), f"/t/{tenant.slug}/e"
    resident = browser()
    page = resident.post(address, token_from=address, code=f"{code[:4]} {code[4:]}").get_data(as_text=True)
    assert ("清扫楼道" in page, RECIPIENT in page, member.name in page) == (True, False, False)
    unchosen = resident.post(f"{address}/rate", token_from=address, code=code)
    assert (unchosen.status_code, "请选择满意" in unchosen.get_data(as_text=True)) == (422, True)
    answer = resident.post(f"{address}/rate", token_from=address, code=code, rating="satisfied", comment="")
    assert (answer.status_code, answer.location) == (303, f"{address}/thanks")
    assert "评价已经收到" in resident.get(answer.location).get_data(as_text=True)
    assert state(tenant, record_id) == ("counted", 90)
    again = resident.post(f"{address}/rate", token_from=address, code=code, rating="dissatisfied")
    assert (again.status_code, "请核对纸条上的" in again.get_data(as_text=True)) == (422, True)


def with_code(tenant: TestTenant, member: TestMember) -> tuple[uuid.UUID, str]:
    """A verified record with a live code."""
    record_id = write(tenant, member, verified=True)
    with tenant.scope():
        return record_id, evaluation.issue_code(record_id)


def test_without_the_pages_token_nothing_is_judged(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    record_id, code = with_code(tenant, member)
    answer = browser().client.post(f"/t/{tenant.slug}/e/rate", data={"code": code, "rating": "satisfied"})
    assert (answer.status_code, state(tenant, record_id)[0]) == (400, "verified")


def test_a_code_is_worth_nothing_in_another_city(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    other, (_record, code) = make_tenant("4228", name="恩施州"), with_code(tenant, member)
    address = f"/t/{other.slug}/e"
    assert browser().post(address, token_from=address, code=code).status_code == 422


def test_guessing_is_stopped_and_a_neighbour_is_not(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    _record, code = with_code(tenant, member)
    address, guesser = f"/t/{tenant.slug}/e", browser(REMOTE_ADDR="203.0.113.7")
    seen = [guesser.post(address, token_from=address, code=f"{n:012}").status_code for n in range(TRIES + 2)]
    assert seen == [422] * TRIES + [429] * 2
    stopped = guesser.post(address, token_from=address, code=code)
    assert (stopped.status_code, "分钟后再试" in stopped.get_data(as_text=True)) == (429, True)
    assert browser(REMOTE_ADDR="203.0.113.8").post(address, token_from=address, code=code).status_code == 200


def test_the_limit_ends_after_its_window(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    _record, code = with_code(tenant, member)
    address, guesser = f"/t/{tenant.slug}/e", browser()
    for n in range(TRIES + 1):
        guesser.post(address, token_from=address, code=f"{n:012}")
    with clock.set_clock(clock.now() + throttle.WINDOW + dt.timedelta(seconds=1)):
        assert guesser.post(address, token_from=address, code=code).status_code == 200


def test_twin_without_the_counter_guessing_goes_on(tenant: TestTenant, member: TestMember, browser: Open, database: Any) -> None:
    with_code(tenant, member)
    address, guesser = f"/t/{tenant.slug}/e", browser()
    with database.connect_admin() as admin:
        seen = set()
        for n in range(TRIES + 2):
            seen.add(guesser.post(address, token_from=address, code=f"{n:012}").status_code)
            admin.execute("delete from resident_try")
    assert seen == {422}


def test_right_codes_do_not_use_the_limit_up(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    _record, code = with_code(tenant, member)
    address, resident = f"/t/{tenant.slug}/e", browser()
    assert {resident.post(address, token_from=address, code=code).status_code for _n in range(TRIES + 3)} == {200}


@pytest.mark.parametrize(("method", "tail", "data"), [
    ("get", "", {}), ("post", "/verify", {"version": "1"}), ("post", "/return", {"version": "1", "reason": "x"}), ("post", "/waive", {}),
    ("post", "/cancel", {"version": "1", "reason": "x"}), ("post", "/evaluate", {"channel": "paper", "rating": "fair"})])
def test_out_of_reach_is_as_good_as_absent(tenant: TestTenant, member: TestMember, browser: Open, method: str, tail: str,
                                           data: dict[str, str]) -> None:
    record_id, other = write(tenant, member), make_tenant("4228", name="恩施州")
    for account in (tenant.others["community_officer"], other.accounts["community_officer"]):
        stranger = browser(account)
        answers = [getattr(stranger, method)(f"/records/work/{identity}{tail}", **data) for identity in (record_id, uuid.uuid4())]
        texts = [re.sub(VARYING, "", a.get_data(as_text=True)) for a in answers]
        assert [a.status_code for a in answers] == [404, 404]
        assert texts[0] == texts[1]
    assert state(tenant, record_id) == ("submitted", 90)


def test_a_member_opens_only_the_own_records(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    record_id, neighbour = write(tenant, member), browser(make_member(tenant, "李四", account=True).account)
    seen = [neighbour.get(f"/records/{record_id}"), neighbour.get(f"/records/{record_id}/edit"),
            neighbour.post(f"/records/{record_id}/edit", **form(tenant, version="1")),
            neighbour.post(f"/records/{record_id}/withdraw", version="1", confirmed="yes")]
    assert [a.status_code for a in seen] == [404] * 4
    officers = ("/records/work/", f"/records/work/{record_id}", "/records/filed/", "/records/enter")
    assert [neighbour.get(address).status_code for address in officers] == [403] * 4


def test_the_liaison_reads_what_is_filed_and_decides_nothing(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    record_id, liaison = write(tenant, member, verified=True), browser(tenant.accounts["unit_liaison"])
    assert f"/records/work/{record_id}" in liaison.get("/records/filed/").get_data(as_text=True)
    assert liaison.post(f"/records/work/{record_id}/return", version="2", reason="x").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_cost_the_same_at_one_row_and_three(tenant: TestTenant, member: TestMember, browser: Open, statements: list[str],
                                                  rows: int) -> None:
    for _row in range(rows):
        write(tenant, member)
    counts = []
    for account, address in ((member.account, "/records/"), (tenant.accounts["community_officer"], "/records/work/")):
        client = browser(account)
        statements.clear()
        assert client.get(address).status_code == 200
        counts.append(len(statements))
    assert counts == [7, 6]


def test_a_counted_record_is_cancelled_with_a_reason_that_the_member_reads(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    record_id, officer = write(tenant, member, verified=True), browser(tenant.accounts["community_officer"])
    with tenant.scope():
        evaluation.key_in(record_id, "visit", "fair", None, today(), by=tenant.accounts["community_officer"].id)
    assert officer.post(f"/records/work/{record_id}/cancel", version="3", reason=" ").status_code == 422
    assert officer.post(f"/records/work/{record_id}/cancel", version="3", reason="经核实没有到场").status_code == 303
    assert state(tenant, record_id) == ("withdrawn", 90)
    assert "经核实没有到场" in browser(member.account).get(f"/records/{record_id}").get_data(as_text=True)


def test_expired_codes_and_old_tries_are_forgotten_by_night(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    with_code(tenant, member)
    address = f"/t/{tenant.slug}/e"
    browser().post(address, token_from=address, code="1" * 12)
    forgotten = []
    for days in (0, 31):
        with clock.set_clock(clock.now() + dt.timedelta(days=days)), tenant.scope():
            jobs = [enqueue(f"{room}.clean") for room in ("evaluation", "residents")]
        with clock.set_clock(clock.now() + dt.timedelta(days=days)):
            run_due()
        with tenant.scope():
            forgotten.append([session().scalar(select(Job.result).where(Job.id == job)) for job in jobs])
    assert forgotten == [[{"codes": 0}, {"tries": 0, "codes": 0, "tickets": 0}], [{"codes": 1}, {"tries": 1, "codes": 0, "tickets": 0}]]


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_pages_speak_the_readers_language(tenant: TestTenant, member: TestMember, browser: Open, language: str) -> None:
    mine = browser(member.account)
    mine.get(f"/records/?_lang={language}")
    page = mine.get("/records/new").get_data(as_text=True)
    assert ("Record a service" in page, "记一次服务" in page) == ((True, False) if language == "en" else (False, True))


def test_the_members_home_counts_only_what_counts(tenant: TestTenant, member: TestMember, browser: Open) -> None:
    record_id = write(tenant, member, verified=True)
    seen = []
    for _time in range(2):
        text = re.sub(r"<[^>]+>|\s+", "", browser(member.account).get("/").get_data(as_text=True))
        seen.append(re.findall(r"今年参加(\d+)次（一般不少于(\d+)次）", text))
        if len(seen) == 1:
            with tenant.scope():
                evaluation.key_in(record_id, "paper", "fair", None, today(), by=uuid.uuid4())
    assert seen == [[("0", "2")], [("1", "2")]]
