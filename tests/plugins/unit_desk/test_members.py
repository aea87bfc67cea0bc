"""Requests to members and their difficulties: on the phone and through the liaison, and who may read what."""
from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text

from core.audit.models import AuditEntry
from core.errors import NotFound
from core.extension.dispatch import require
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id
from plugins.unit_desk import cases, requesting
from plugins.unit_desk.models import Answer, Case, Request, Step
from tests.plugins.unit_desk.conftest import SECRET, move, rows
from tests.service.conftest import Browser, at_once
from tests.support.factories import TestMember, TestTenant, make_member

Open = Callable[..., Browser]
SAYS = "请在六月底前至少参加一次社区活动"


def asked(liaison: Browser, tenant: TestTenant, *people: TestMember, **changes: Any) -> list[uuid.UUID]:
    """Ask something by the form; answers the requests' ids."""
    form = {"unit": tenant.units[0], "key": str(uuid.uuid4()), "member": [str(one.id) for one in people], "says": SAYS, "due_on": today().isoformat(), **changes}
    assert [liaison.post("/p/unit_desk/requests/new", **form).status_code for _twice in range(2)] == [303, 303]
    return [one for (one,) in rows(tenant, Request, Request.id)]


def test_a_request_is_asked_answered_and_closed(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    other, foreign = make_member(tenant, "赵工"), make_member(tenant, "孙外", unit=1)
    liaison, own = browser(tenant.accounts["unit_liaison"]), browser(member.account)
    wrong = liaison.post("/p/unit_desk/requests/new", unit=tenant.units[0], member=str(member.id), says="", key=str(uuid.uuid4()))
    assert (wrong.status_code, f'value="{member.id}" checked' in wrong.text) == (422, True)
    first, second = asked(liaison, tenant, member, other, foreign)  # sent twice, asked once, and nobody of another unit
    request_id = next(one for one, whose in rows(tenant, Request, Request.id, Request.member_id) if whose == member.id)
    page = own.get("/p/unit_desk/me").text
    assert (SAYS in page, "单位有 1 项要求等您答复" in own.get("/members/me").text) == (True, False)
    address = f"/p/unit_desk/me/requests/{request_id}"
    assert own.post(f"/p/unit_desk/me/requests/{first if first != request_id else second}", version=1, act="done", says="").status_code == 404
    assert own.post(address, version=1, act="done", says="上周六参加了清扫").status_code == 303
    assert own.post(address, version=1, act="answer", says="再说一次").status_code == 409
    there = liaison.get(f"/p/unit_desk/requests/{request_id}").text
    assert ("上周六参加了清扫" in there, "已答复" in there) == (True, True)
    act = f"/p/unit_desk/requests/{request_id}"
    assert liaison.post(act, version=2, act="reopen", says="").status_code == 422
    assert [liaison.post(act, version=version, act=what, says=says).status_code
            for version, what, says in ((2, "done", ""), (3, "reopen", "还要再来一次"), (4, "remind", ""))] == [303, 303, 303]
    assert "单位提醒过您" in own.get("/p/unit_desk/me").text
    assert liaison.post(act, version=5, act="withdraw", says="不用了").status_code == 200  # asks once more
    assert liaison.post(act, version=5, act="withdraw", says="不用了", confirmed="yes").status_code == 303
    assert [kind for kind, in rows(tenant, Answer, Answer.kind)] == ["done", "done", "reopened", "reminded", "withdrawn"]


def test_a_member_without_a_phone_answers_through_the_liaison(browser: Open, tenant: TestTenant) -> None:
    person = make_member(tenant, "赵工")
    liaison = browser(tenant.accounts["unit_liaison"])
    [request_id] = asked(liaison, tenant, person)
    slip = liaison.get(f"/p/unit_desk/requests/{request_id}/slip").text
    assert [part in slip for part in ("赵工同志：", SAYS, "签名：")] == [True, True, True]
    assert liaison.post(f"/p/unit_desk/requests/{request_id}", version=1, act="answer", says="下周去").status_code == 303
    assert rows(tenant, Answer, Answer.kind, Answer.says, Answer.by_member) == [("answer", "下周去", True)]
    assert [browser(account).get(f"/p/unit_desk/requests/{request_id}").status_code for account in (
        tenant.accounts["county_officer"], tenant.accounts["community_officer"], tenant.others["county_officer"])] == [403, 403, 403]


def told(own: Browser, **changes: Any) -> Any:
    """Tell a difficulty on one's own page."""
    return own.post("/p/unit_desk/me/cases", **{"key": str(uuid.uuid4()), "kind": "家庭照料", "words": SECRET, **changes})


def test_a_difficulty_is_for_the_unit_alone_until_the_member_agrees(browser: Open, tenant: TestTenant, member: TestMember, below: Any) -> None:
    own, liaison, community = browser(member.account), browser(tenant.accounts["unit_liaison"]), browser(tenant.accounts["community_officer"])
    assert (told(own, kind="别的").status_code, told(own, words="").status_code) == (422, 422)
    key = str(uuid.uuid4())
    assert [told(own, key=key).status_code for _twice in range(2)] == [303, 303]
    [(case_id, sealed)] = rows(tenant, Case, Case.id, Case.words)
    assert (case_id, SECRET.encode() in sealed) == (uuid.UUID(key), False)
    address, shared = f"/p/unit_desk/cases/{case_id}", f"/p/unit_desk/shared/{case_id}"
    assert [SECRET in who.get(page).text for who, page in ((own, "/p/unit_desk/me"), (liaison, address), (liaison, "/p/unit_desk/cases/"))] == [True, True, False]
    others = [browser(one) for one in (tenant.accounts["county_officer"], tenant.accounts["city_administrator"], below[1])]
    assert [who.get(address).status_code for who in (community, *others)] == [403, 403, 403, 404]
    assert (community.get(shared).status_code, "王小明" in community.get("/p/unit_desk/shared/").text) == (404, False)
    assert liaison.post(address, version=1, act="share", community_id=tenant.communities[0]).status_code == 422  # the member has not agreed
    act = f"/p/unit_desk/me/cases/{case_id}"
    assert own.post(act, version=1, act="share", community_id=tenant.communities[3]).status_code == 422  # neither home nor work
    assert own.post(act, version=1, act="share", community_id=tenant.communities[0]).status_code == 303
    assert (SECRET in community.get(shared).text, "王小明" in community.get("/p/unit_desk/shared/").text) == (True, True)
    assert browser(tenant.others["community_officer"]).get(shared).status_code == 404
    assert own.post(act, version=2, act="share", community_id="").status_code == 303
    assert community.get(shared).status_code == 404
    with tenant.scope():
        seen = session().execute(select(AuditEntry.action, AuditEntry.details).where(AuditEntry.tenant_id == tenant_id())).all()
    assert [action for action, _details in seen].count("unit_desk.case_seen") == 2
    assert SECRET not in repr(seen)


def test_a_difficulty_is_followed_until_it_is_solved(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    person = make_member(tenant, "赵工")
    liaison, own = browser(tenant.accounts["unit_liaison"]), browser(member.account)
    form = {"unit": tenant.units[0], "key": str(uuid.uuid4()), "member": str(person.id), "kind": "身体健康", "words": SECRET}
    assert liaison.post("/p/unit_desk/cases/new", **(form | {"member": ""})).status_code == 422
    assert [liaison.post("/p/unit_desk/cases/new", **form).status_code for _twice in range(2)] == [303, 303]
    [(case_id,)] = rows(tenant, Case, Case.id)
    address = f"/p/unit_desk/cases/{case_id}"
    assert [liaison.post(address, version=version, act="step", kind=kind, words=words).status_code
            for version, kind, words in ((1, "step", "联系了医院"), (1, "solved", "出院了"), (2, "solved", "出院了"))] == [303, 409, 303]
    assert liaison.post(address, version=3, act="reopen", words="又住院了").status_code == 303
    assert [kind for kind, in rows(tenant, Step, Step.kind)] == ["step", "solved", "reopened"]
    assert [words and "医院".encode() in words for words, in rows(tenant, Step, Step.words)] == [False, False, False]
    assert own.post(f"/p/unit_desk/me/cases/{case_id}", version=4, act="withdraw", confirmed="yes").status_code == 404
    move(tenant, person, tenant.units[1])  # what the old unit was told stays with the old unit
    assert liaison.get(address).status_code == 200


def test_a_members_data_are_handed_out_and_erased(browser: Open, tenant: TestTenant, member: TestMember) -> None:
    liaison, own = browser(tenant.accounts["unit_liaison"]), browser(member.account)
    asked(liaison, tenant, member)
    told(own)
    liaison.post("/p/unit_desk/lookups/note", unit=tenant.units[0], member=str(member.id), looked_on=today().isoformat(), **{f"remark-{member.id}": "积极"})
    liaison.post("/p/unit_desk/meetings/new", unit=tenant.units[0], key=str(uuid.uuid4()), kind="discussion", held_on=today().isoformat(), place="会议室",
                 summary="", member=str(member.id))
    with tenant.scope():
        found = require("export_member_data", member_id=member.id)["unit_desk"]
        assert [one.title for one in found] == ["单位了解表现", "单位提出的要求", "反映的困难", "参加的会议"]
        assert [part in repr(found) for part in (SECRET, SAYS, "积极")] == [True, True, True]
        assert require("erase_member_data", member_id=member.id)["unit_desk"] == 4
        assert require("export_member_data", member_id=member.id)["unit_desk"] == ()


def test_two_at_once_change_a_request_once(tenant: TestTenant, member: TestMember) -> None:
    assert _changed_at_once(tenant, member) == ["Conflict", "NoneType"]


@pytest.mark.usefixtures("without_locks")
def test_twin_without_the_lock_both_change_it(tenant: TestTenant, member: TestMember) -> None:
    assert _changed_at_once(tenant, member) == ["NoneType", "NoneType"]


def _changed_at_once(tenant: TestTenant, member: TestMember) -> list[str]:
    with tenant.scope():
        row = Request(member_id=member.id, unit_id=tenant.units[0], says=SAYS, state="open", asked_on=today(), created_at=now(), version=1)
        session().add(row)
        session().flush()
        request_id = row.id

    def finish() -> None:
        with tenant.scope():
            requesting.finish(request_id, 1, "", by_member=False, by=None)
            session().execute(text("select pg_sleep(0.3)"))
    return sorted(type(outcome).__name__ for outcome in at_once(finish, finish))


def test_the_case_of_somebody_else_is_not_taken_over_by_its_id(tenant: TestTenant, member: TestMember) -> None:
    other, key = make_member(tenant, "赵工"), uuid.uuid4()
    with tenant.scope():
        cases.tell(key, member.id, "其他", SECRET, channel="self", by=None)
    with pytest.raises(NotFound), tenant.scope():
        cases.tell(key, other.id, "其他", "别的困难", channel="self", by=None)
    assert rows(tenant, Case, Case.member_id) == [(member.id,)]
