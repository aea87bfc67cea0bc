"""Obligations and coverage over HTTP: reasons, reminders, extensions, the adjusting job, figures by reach."""
from __future__ import annotations

import datetime as dt
import io
import re
import uuid

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from core.jobs import run_due
from core.registration import reporting
from core.registration.models import Obligation
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tests.registration.conftest import NO, SignIn, duties, first_column, join, post, set_registration
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant


@pytest.fixture
def late(tenant: TestTenant) -> TestMember:
    """安一, whose duty is long overdue."""
    found = make_member(tenant, "安一", workplace=4)
    join(tenant, found, today() - dt.timedelta(90))
    return found


def duty_of(tenant: TestTenant, member: TestMember) -> uuid.UUID:
    """The member's only duty."""
    with tenant.scope():
        return session().scalars(select(Obligation.id).where(Obligation.tenant_id == tenant_id(), Obligation.member_id == member.id)).one()


def test_a_liaison_writes_down_why_reminds_and_extends(tenant: TestTenant, late: TestMember, client_of: SignIn) -> None:
    liaison = client_of(tenant.accounts["unit_liaison"])
    found = duty_of(tenant, late)
    here = f"/obligations/{found}"
    page = liaison.get("/obligations/?state=overdue")
    assert (first_column(page), bool(re.search(r"逾期 \d+ 天", page.text))) == (["安一"], True)
    assert post(liaison, f"{here}/reason", here, version="1", reason_code="睡过头").status_code == 422
    assert post(liaison, f"{here}/reason", here, version="1", reason_code="出差或外派", text="").status_code == 303
    assert post(liaison, f"{here}/remind", here, version="1", how="phone").status_code == 409
    assert post(liaison, f"{here}/remind", here, version="2", how="phone").status_code == 303
    day = today() + dt.timedelta(20)
    assert post(liaison, f"{here}/extend", here, version="3", due_on=today().isoformat(), note="外派").status_code == 422
    assert post(liaison, f"{here}/extend", here, version="3", due_on=day.isoformat(), note="外派").status_code == 303
    titles = re.findall(r'class="history-title">([^<]+)<', liaison.get(here).text)
    assert titles == ["产生任务", "登记原因", "已提醒本人", "延期"]
    assert first_column(liaison.get("/obligations/?state=overdue")) == []


def test_filters_search_and_export(tenant: TestTenant, late: TestMember, client_of: SignIn) -> None:
    join(tenant, make_member(tenant, "白二", unit=1), today())
    officer = client_of(tenant.accounts["city_administrator"])
    assert first_column(officer.get("/obligations/")) == ["安一", "白二"]
    assert first_column(officer.get(f"/obligations/?unit={tenant.units[1]}")) == ["白二"]
    assert first_column(officer.get("/obligations/?reason=given")) == []
    assert first_column(post(officer, "/obligations/search", "/obligations/", q="be")) == ["白二"]
    book = post(officer, "/obligations/export.xlsx", "/obligations/", why="督促", state="overdue")
    assert [r[0] for r in CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_index(0).to_python()] == ["姓名", "安一"]


def test_duties_of_others_are_not_there(tenant: TestTenant, late: TestMember, client_of: SignIn) -> None:
    found = duty_of(tenant, late)
    other = make_tenant("4202")
    stranger = make_member(other, "别市")
    join(other, stranger, today())
    foreign = duty_of(other, stranger)
    neighbour = client_of(tenant.others["community_officer"])
    liaison = client_of(tenant.accounts["unit_liaison"])
    for client, wanted in ((neighbour, found), (liaison, foreign), (liaison, NO)):
        assert client.get(f"/obligations/{wanted}").status_code == 404
    assert post(liaison, f"/obligations/{foreign}/remind", "/obligations/", version="1", how="phone").status_code == 404
    assert liaison.get(f"/obligations/?unit={tenant.units[1]}").status_code == 404
    reader = client_of(tenant.accounts["community_officer"])
    assert (reader.get(f"/obligations/{found}").status_code, post(reader, f"/obligations/{found}/remind", "/obligations/", version="1",
                                                                 how="phone").status_code) == (200, 403)


def test_a_changed_first_date_is_previewed_and_done_by_a_job(tenant: TestTenant, late: TestMember, client_of: SignIn) -> None:
    boss = client_of(tenant.accounts["city_administrator"])
    assert "还没有设置" in boss.get("/obligations/adjust").text
    day = today() + dt.timedelta(30)
    set_registration(tenant, initial_due=day.isoformat())
    assert "将有 1 项" in boss.get("/obligations/adjust").text
    answer = post(boss, "/obligations/adjust")
    run_due()
    assert "已调整 1 项" in boss.get(answer.location).text
    assert [d[3] for d in duties(tenant, late)] == [day]
    assert "统一调整" in boss.get(f"/obligations/{duty_of(tenant, late)}").text
    assert client_of(tenant.accounts["county_officer"]).get("/obligations/adjust").status_code == 404


def test_coverage_drills_down_within_reach(tenant: TestTenant, late: TestMember, client_of: SignIn) -> None:
    make_member(tenant, "白二", unit=2, residence=6)
    with tenant.scope():
        reporting.accept(late.id, tenant.communities[0], "residence", by=None)
    boss = client_of(tenant.accounts["city_administrator"])

    def cells(address: str) -> list[tuple[str, ...]]:
        page = boss.get(address)
        assert page.status_code == 200, address
        return re.findall(r'data-label="名称"[^>]*>\s*<a[^>]*>([^<]+)</a>.*?data-label="应报到"[^>]*>(\d+)<'
                          r'.*?data-label="已报到"[^>]*>(\d+)<', page.text, re.DOTALL)

    assert cells("/coverage/") == [("第02区", "1", "1"), ("第03区", "1", "0")]
    assert cells("/coverage/?basis=workplace") == [("第03区", "1", "1"), ("第02区", "0", "0")]
    assert cells("/coverage/?types=encouraged") == [("第03区", "1", "0"), ("第02区", "0", "0")]
    assert cells("/coverage/?by=unit") == [("国资委党委", "1", "0"), ("第02区", "1", "1"), ("第03区", "0", "0")]
    assert cells(f"/coverage/?at={tenant.counties[0]}") == [("02001街道", "1", "1"), ("02002街道", "0", "0")]
    assert cells(f"/coverage/?at={tenant.counties[0]}&by=unit") == [("第0单位", "1", "1")]
    assert cells(f"/coverage/?at={tenant.streets[0]}") == [("001001社区", "1", "1"), ("001002社区", "0", "0")]
    book = post(boss, "/coverage/export.xlsx", "/coverage/", at=str(tenant.root), by="unit")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_index(0).to_python()
    assert [r[0] for r in sheet] == ["名称", "国资委党委", "第02区", "第03区"]


def test_a_community_sees_whose_members_have_yet_to_come(tenant: TestTenant, late: TestMember, client_of: SignIn) -> None:
    with tenant.scope():
        reporting.accept(late.id, tenant.communities[0], "residence", by=None)
    make_member(tenant, "白二", unit=2, residence=0)
    officer = client_of(tenant.accounts["community_officer"])

    def cells(address: str) -> list[tuple[str, ...]]:
        return re.findall(r'data-label="名称"[^>]*>(?:\s*<a[^>]*>)?([^<]+)<.*?data-label="应报到"[^>]*>(\d+)<.*?data-label="已报到"[^>]*>(\d+)<',
                          officer.get(address).text, re.DOTALL)

    assert cells("/coverage/") == [("第0单位", "1", "1"), ("第2单位", "1", "0")]
    assert cells("/coverage/?types=encouraged") == [("第2单位", "1", "0")]
    assert cells("/coverage/?by=place") == [("001001社区", "2", "1")]
    assert "data-chart" in officer.get("/coverage/?by=place").text


def test_coverage_of_each_role_begins_at_its_own_place(tenant: TestTenant, late: TestMember, client_of: SignIn) -> None:
    starts = {"county_officer": "第02区", "street_officer": "02001街道", "community_officer": "001001社区", "unit_liaison": "第0单位"}
    for role, name in starts.items():
        client = client_of(tenant.accounts[role])
        page = client.get("/coverage/")
        assert (page.status_code, f'<p class="muted">{name}</p>' in page.text) == (200, True), role
        assert client.get(f"/coverage/?at={tenant.root}").status_code == 404
        assert client.get(f"/coverage/?at={tenant.counties[1]}").status_code == 404
    other = make_tenant("4202")
    assert client_of(tenant.accounts["city_administrator"]).get(f"/coverage/?at={other.root}").status_code == 404
