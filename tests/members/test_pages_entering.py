"""Entering and correcting one member over HTTP: who sees the buttons, places without a script, refusals, a form sent twice."""
from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.access.models import Grant
from core.access.roles import ADMINISTRATOR, AUDITOR, COMMUNITY, COUNTY, LIAISON, STREET
from core.audit.models import AuditEntry
from core.members.models import Affiliation, Member
from core.registration.membership import leave
from core.registration.models import Obligation
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id
from tests.members.conftest import SignIn, names_in, post
from tests.support.factories import TestTenant, make_account, make_id_number, make_member, make_tenant, sign_in
from web.rendering import date_zh

NUMBER = make_id_number(4)


def filled(tenant: TestTenant, **values: Any) -> dict[str, Any]:
    """The form, filled in by a liaison, whose unit stands already."""
    return {"name": "王小明", "id_number": NUMBER, "phone": "13900000004", "category": "full", "joined_party_on": "2010-07-01", "branch": "",
            "position": "科长", "residence_id": str(tenant.communities[0]), "address": "测试路 1 号", "skills": "手语、园艺",
            "preferences": "", "day": today().isoformat(), **values}


def register(tenant: TestTenant) -> list[tuple[Any, ...]]:
    """Every member with unit, residence and workplace."""
    with tenant.scope():
        return [tuple(r) for r in session().execute(select(Member.name, Member.unit_id, Member.residence_id, Member.workplace_id).where(
            Member.tenant_id == tenant_id()).order_by(Member.sort_key))]


def counted(tenant: TestTenant, *models: Any) -> list[int]:
    """How many rows of each."""
    with tenant.scope():
        return [session().scalar(select(func.count()).select_from(model).where(model.tenant_id == tenant_id())) or 0 for model in models]


def offered(page: str, kind: str) -> list[str]:
    """The ids that may be chosen; the one that is chosen has a star."""
    return [identity + ("*" if checked else "") for identity, checked in
            re.findall(rf'name="{kind}_id" value="([^"]+)"( checked)?', page)]


@pytest.mark.parametrize(("role", "button", "status"), [
    (ADMINISTRATOR, True, 200), (COUNTY, True, 200), (LIAISON, True, 200), (STREET, False, 403), (COMMUNITY, False, 403)])
def test_the_button_and_the_page_are_for_who_may_write(tenant: TestTenant, client_of: SignIn, role: str, status: int, *,
                                                        button: bool) -> None:
    client = client_of(tenant.accounts[role])
    assert ('href="/members/new"' in client.get("/members/").text, client.get("/members/new").status_code) == (button, status)
    assert client_of(tenant.accounts[AUDITOR]).get("/members/new").status_code == 403


def test_a_liaison_enters_a_member_of_her_unit(tenant: TestTenant, client_of: SignIn) -> None:
    client = client_of(tenant.accounts[LIAISON])
    page = client.get("/members/new").text
    assert ("第0单位" in page, 'name="unit_text"' in page, offered(page, "unit")) == (True, False, [])
    answer = post(client, "/members/new", **filled(tenant))
    assert (answer.status_code, register(tenant)) == (303, [("王小明", tenant.units[0], tenant.communities[0], None)])
    assert re.fullmatch(r"/members/[0-9a-f-]{36}\?entered=new", answer.location)
    shown = client.get(answer.location).text
    with tenant.scope():
        due = session().scalars(select(Obligation.due_on).where(Obligation.tenant_id == tenant_id())).one()
        said = f"请最迟于 {date_zh(due)} 到社区报到。"
    assert [t in shown for t in ("已登记。", said, "/certificates/issue", NUMBER)] == [True, True, False, False]
    assert names_in(client.get("/members/")) == ["王小明"]


def test_a_county_officer_goes_on_to_the_certificate(tenant: TestTenant, client_of: SignIn) -> None:
    client = client_of(tenant.accounts[COUNTY])
    answer = post(client, "/members/new", **filled(tenant, unit_id=str(tenant.units[0])))
    assert f'href="/certificates/issue/{tenant.units[0]}"' in client.get(answer.location).text


def test_places_are_found_by_name_and_what_was_typed_stays(tenant: TestTenant, client_of: SignIn) -> None:
    client = client_of(tenant.accounts[COUNTY])
    looked = post(client, "/members/new", **filled(tenant, residence_id="", residence_text="001002", find="residence"))
    assert (looked.status_code, register(tenant)) == (200, [])
    assert offered(looked.text, "residence") == [str(tenant.communities[1]), str(tenant.communities[5])]
    assert [t in looked.text for t in ("第02区 02001街道", 'value="王小明"', f'value="{NUMBER}"')] == [True] * 3
    units = post(client, "/members/new", **filled(tenant, unit_text="单位", find="unit"))
    assert (offered(units.text, "unit"), offered(units.text, "residence")) == (
        [str(tenant.units[0])], [f"{tenant.communities[0]}*"])  # only units within reach; the choice made before stays
    fragment = client.get("/members/new/places?kind=residence&residence_text=001002").text
    assert offered(fragment, "residence") == [str(tenant.communities[1]), str(tenant.communities[5])]


def test_a_whole_code_needs_no_search(tenant: TestTenant, client_of: SignIn) -> None:
    codes = {"unit_text": "4201-unit-0", "residence_text": "420102001001", "workplace_text": "420102001002"}
    answer = post(client_of(tenant.accounts[COUNTY]), "/members/new", **filled(tenant, residence_id="", **codes))
    assert (answer.status_code, register(tenant)) == (303, [("王小明", tenant.units[0], tenant.communities[0], tenant.communities[1])])


@pytest.mark.parametrize(("values", "said"), [
    ({"residence_id": "", "residence_text": ""}, "请查找并选择。"),
    ({"residence_id": "", "residence_text": "001"}, "请从查到的结果中选择一个。"),
    ({"residence_id": "", "residence_text": "没有这里"}, "没有找到，请换个名称，或输入代码的前几位。"),
    ({"id_number": NUMBER[:17] + ("1" if NUMBER[17] != "1" else "2")}, f"末位应为 {NUMBER[17]}"),
    ({"phone": "1380"}, "手机号不对：应为 1 开头的 11 位数字。"),
    ({"day": "2999-01-01"}, "不能晚于今天"),
    ({"name": ""}, "请填写这一项。"),
])
def test_a_refusal_says_what_to_do_and_keeps_the_form(tenant: TestTenant, client_of: SignIn, values: dict[str, str], said: str) -> None:
    answer = post(client_of(tenant.accounts[LIAISON]), "/members/new", **filled(tenant, **values))
    assert (answer.status_code, said in answer.text, 'value="科长"' in answer.text) == (422, True, True)
    assert counted(tenant, Member, Affiliation, Obligation) == [0, 0, 0]


def test_what_else_is_wrong_is_told_together_with_a_missing_place(tenant: TestTenant, client_of: SignIn) -> None:
    answer = post(client_of(tenant.accounts[COUNTY]), "/members/new", **filled(tenant, residence_id="", id_number="123", workplace_text="没有"))
    assert re.findall(r'<a href="#field-(\w+)">', answer.text) == ["id_number", "unit_id", "residence_id", "workplace_id"]


def test_another_unit_looks_like_an_absent_one(tenant: TestTenant, client_of: SignIn) -> None:
    client, other = client_of(tenant.accounts[LIAISON]), make_tenant("4202", name="黄石市")
    pages = [post(client, "/members/new", **filled(tenant, unit_id=str(unit)))
             for unit in (tenant.units[1], other.units[0], uuid.uuid4())]
    assert [(p.status_code, "请选择您管理的一个单位。" in p.text) for p in pages] == [(422, True)] * 3
    homes = [post(client, "/members/new", **filled(tenant, residence_id=str(place))) for place in (other.communities[0], uuid.uuid4())]
    assert [(p.status_code, "请从查到的社区中选择一个。" in p.text) for p in homes] == [(422, True)] * 2
    assert (register(tenant), register(other)) == ([], [])


def test_the_same_form_twice_makes_one_member(tenant: TestTenant, client_of: SignIn) -> None:
    client = client_of(tenant.accounts[LIAISON])
    first, second = (post(client, "/members/new", **filled(tenant)) for _time in range(2))
    assert (second.status_code, second.location) == (303, first.location.replace("=new", "=same"))
    assert "没有重复登记" in client.get(second.location).text
    assert counted(tenant, Member, Affiliation, Obligation) == [1, 2, 1]


def test_who_is_there_already_is_linked_within_reach_only(tenant: TestTenant, client_of: SignIn) -> None:
    near = make_member(tenant, "王晓明", id_number=NUMBER)
    far = make_member(tenant, "欧阳不可见", id_number=make_id_number(15), unit=1, residence=7)
    client = client_of(tenant.accounts[LIAISON])
    answer = post(client, "/members/new", **filled(tenant))
    assert (answer.status_code, f'href="/members/{near.id}"' in answer.text) == (409, True)
    answer = post(client, "/members/new", **filled(tenant, id_number=far.id_number))
    assert (answer.status_code, [t in answer.text for t in ("请由上级管理员办理", str(far.id), far.name, "第1单位")]) == (
        422, [True, False, False, False])
    assert [name for name, *_places in register(tenant)] == ["欧阳不可见", "王晓明"]


def test_who_left_comes_back(tenant: TestTenant, client_of: SignIn) -> None:
    client = client_of(tenant.accounts[LIAISON])
    before = post(client, "/members/new", **filled(tenant)).location.partition("?")[0]
    with tenant.scope():
        leave(uuid.UUID(before.rpartition("/")[2]), today())
    again = post(client, "/members/new", **filled(tenant))
    assert (again.location, "现已恢复" in client.get(again.location).text) == (f"{before}?entered=restored", True)


def test_a_liaison_of_two_units_chooses_between_them(tenant: TestTenant, client_of: SignIn, app: Flask) -> None:
    with tenant.scope():
        account = make_account(tenant, LIAISON, tenant.units[0])
        session().add(_grant(account.id, tenant.units[1]))
    client = app.test_client()
    sign_in(client, account)
    assert offered(client.get("/members/new").text, "unit") == [str(tenant.units[0]), str(tenant.units[1])]
    assert post(client, "/members/new", **filled(tenant)).status_code == 422
    assert post(client, "/members/new", **filled(tenant, unit_id=str(tenant.units[1]))).status_code == 303
    assert register(tenant) == [("王小明", tenant.units[1], tenant.communities[0], None)]


def _grant(account: uuid.UUID, unit: uuid.UUID) -> Any:
    return Grant(account_id=account, organization_id=unit, role=LIAISON, created_at=now())


@pytest.mark.parametrize(("role", "button", "status"), [
    (ADMINISTRATOR, True, 200), (COUNTY, True, 200), (LIAISON, False, 403), (COMMUNITY, False, 403)])
def test_correcting_is_for_city_and_county(tenant: TestTenant, client_of: SignIn, role: str, status: int, *, button: bool) -> None:
    page, client = f"/members/{make_member(tenant).id}", client_of(tenant.accounts[role])
    assert (f'href="{page}/correct"' in client.get(page).text, client.get(f"{page}/correct").status_code) == (button, status)


def test_a_county_does_not_correct_who_only_lives_there(tenant: TestTenant, client_of: SignIn) -> None:
    page = f"/members/{make_member(tenant, unit=1, residence=0).id}"
    client = client_of(tenant.accounts[COUNTY])
    assert (client.get(page).status_code, client.get(f"{page}/correct").status_code, f"{page}/correct" in client.get(page).text) == (
        200, 404, False)
    foreign = make_member(make_tenant("4202", name="黄石市"))
    assert client.get(f"/members/{foreign.id}/correct").status_code == 404


def test_a_correction_its_refusals_and_the_conflict(tenant: TestTenant, client_of: SignIn) -> None:
    person, taken = make_member(tenant, "王小明", id_number=NUMBER), make_member(tenant, "李四", id_number=make_id_number(15), unit=1)
    client, page = client_of(tenant.accounts[COUNTY]), f"/members/{person.id}/correct"
    shown = client.get(page).text
    assert (NUMBER in shown, f"420***********{NUMBER[-4:]}" in shown) == (False, True)
    right = {"version": 1, "name": "单雄信", "id_number": "", "category": "full", "joined_party_on": "2010-07-01", "branch": "第一党支部"}
    wrong = [post(client, page, **{**right, "id_number": number}) for number in (taken.id_number, "123")]
    assert [(p.status_code, s in p.text) for p, s in zip(wrong, ("另一名党员已登记了这个公民身份号码", "应为 18 位"), strict=True)] == [(422, True)] * 2
    assert post(client, page, **right).status_code == 303
    late = post(client, page, **{**right, "name": "王五"})
    assert (late.status_code, "刚刚被别人修改过" in late.text) == (409, True)
    assert names_in(post(client, "/members/search", "/members/", q="shanx")) == ["单雄信"]


def told_of(tenant: TestTenant) -> list[tuple[Any, ...]]:
    """Who was told of somebody elsewhere: one row each time, without whom."""
    with tenant.scope():
        return [tuple(r) for r in session().execute(select(AuditEntry.actor_id, AuditEntry.object_id, AuditEntry.details).where(
            AuditEntry.tenant_id == tenant_id(), AuditEntry.action == "member.found_elsewhere"))]


@pytest.mark.parametrize("limited", [True, False])
def test_who_is_elsewhere_is_told_a_limited_number_of_times(tenant: TestTenant, client_of: SignIn, monkeypatch: pytest.MonkeyPatch, *,
                                                            limited: bool) -> None:
    """With a list of numbers the form would else tell who of them is a Party member; the twin takes the limit away."""
    make_member(tenant, "欧阳不可见", id_number=NUMBER, unit=1, residence=7)
    monkeypatch.setattr("core.members.reveal.QUOTA", 2)
    if not limited:
        monkeypatch.setattr("tenants.importing.entering.refuse_asking", lambda _actor: None)
    client, me = client_of(tenant.accounts[LIAISON]), tenant.accounts[LIAISON].id
    codes = [post(client, "/members/new", **filled(tenant, id_number=number)).status_code for number in (NUMBER,) * 3]
    nobody = post(client, "/members/new", **filled(tenant, id_number=make_id_number(33))).status_code
    # Once the limit is met, somebody elsewhere and nobody get the same answer.
    assert ([*codes, nobody], told_of(tenant)) == (([422, 422, 429, 429], [(me, me, None)] * 2) if limited
                                                   else ([422] * 3 + [303], [(me, me, None)] * 3))


@pytest.mark.parametrize("limited", [True, False])
def test_correcting_to_numbers_of_others_is_limited_alike(tenant: TestTenant, client_of: SignIn, monkeypatch: pytest.MonkeyPatch, *,
                                                          limited: bool) -> None:
    person, far = make_member(tenant, "王小明", id_number=NUMBER), make_member(tenant, "欧阳不可见", unit=1, residence=7)
    near = make_member(tenant, "李四", unit=0)
    monkeypatch.setattr("core.members.reveal.QUOTA", 1)
    if not limited:
        monkeypatch.setattr("tenants.importing.correcting.refuse_asking", lambda _actor: None)
    client, me = client_of(tenant.accounts[COUNTY]), tenant.accounts[COUNTY].id
    right = {"version": "1", "name": "王小明", "category": "full", "joined_party_on": "2010-07-01", "branch": ""}
    codes = [post(client, f"/members/{person.id}/correct", **right, id_number=number).status_code
             for number in (near.id_number, far.id_number, far.id_number, make_id_number(33))]
    assert (codes, told_of(tenant)) == (([422, 422, 429, 429], [(me, me, None)]) if limited else ([422, 422, 422, 303], [(me, me, None)] * 2))


def test_what_cannot_be_stored_is_refused_before_anybody_is_looked_for(tenant: TestTenant, client_of: SignIn) -> None:
    """Found only at writing, it would tell apart who is new from who is elsewhere, and leave no member and no trace."""
    make_member(tenant, "欧阳不可见", id_number=NUMBER, unit=1, residence=7)
    client = client_of(tenant.accounts[LIAISON])
    pages = [post(client, "/members/new", **filled(tenant, id_number=number, position="科\0长")) for number in (NUMBER, make_id_number(33))]
    assert [(p.status_code, "含有不能保存的字符" in p.text, "管辖范围以外" in p.text) for p in pages] == [(422, True, False)] * 2
    assert told_of(tenant) == []


def test_a_twin_within_reach_is_no_secret(tenant: TestTenant, client_of: SignIn) -> None:
    make_member(tenant, "李四", phone="13900000077")
    given = filled(tenant, unit_id=str(tenant.units[0]), name="李四", phone="13900000077")
    assert (post(client_of(tenant.accounts[ADMINISTRATOR]), "/members/new", **given).status_code, told_of(tenant)) == (422, [])


def test_another_place_typed_than_chosen_is_asked_about(tenant: TestTenant, client_of: SignIn) -> None:
    given = filled(tenant, unit_id=str(tenant.units[0]), unit_text="第1单位")
    page = post(client_of(tenant.accounts[ADMINISTRATOR]), "/members/new", **given)
    assert (page.status_code, "填写的和选中的不是同一个" in page.text, register(tenant)) == (422, True, [])
