"""The members' pages over HTTP: reach, masks, reveal with reason and quota, changes with versions, export."""
from __future__ import annotations

import datetime as dt
import io
import re
import uuid

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, update

from core.access.models import Grant
from core.audit.models import AuditEntry
from core.jobs import job_view, run_due
from core.members.affiliations import locked
from core.members.models import Affiliation, Member
from core.members.queries import clear_values
from core.registration import certificates, reporting
from core.registration.models import Obligation
from core.tenancy import session, set_clock, today
from core.tenancy.scope import tenant_id
from tests.members.conftest import SignIn, names_in, post
from tests.support.factories import TestMember, TestTenant, make_id_number, make_member, make_tenant


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """王小明 of the first unit, who lives in the first community and works in the fifth."""
    return make_member(tenant, "王小明", workplace=4, account=True, id_number=make_id_number(77), phone="13712345678")


def audited(tenant: TestTenant, action: str) -> int:
    """How often an act stands in the log."""
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.tenant_id == tenant_id(),
                                                                                   AuditEntry.action == action)) or 0


def version_of(tenant: TestTenant, member: TestMember) -> int:
    """The member's present version."""
    with tenant.scope():
        return session().scalars(select(Member.version).where(Member.tenant_id == tenant_id(), Member.id == member.id)).one()


def test_roster_and_search_show_no_number(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    make_member(tenant, "单雄信")
    client = client_of(tenant.accounts["city_administrator"])
    page = client.get("/members/")
    assert names_in(page) == ["单雄信", "王小明"]
    found = [post(client, "/members/search", "/members/", q=q) for q in ("wxm", member.phone, member.id_number)]
    assert [names_in(f) for f in found] == [["王小明"]] * 3
    assert [member.id_number in p.text.replace(f'value="{member.id_number}"', "") for p in (page, *found)] == [False] * 4


def test_filters_go_to_the_address_and_names_do_not(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    client = client_of(tenant.accounts["city_administrator"])
    answer = post(client, "/members/search", "/members/", q="", category="full", unit_type="soe")
    assert (answer.status_code, answer.location) == (303, "/members/?unit_type=soe&category=full")
    for n in range(60):
        make_member(tenant, f"张{chr(0x4e00 + n)}")
    page = client.get("/members/")
    next_page = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert next_page is not None
    assert re.fullmatch(r"/members/\?after=[0-9a-f-]{36}", next_page[1])
    assert len(names_in(page)) + len(names_in(client.get(next_page[1]))) == 61
    searched = post(client, "/members/search", "/members/", q="张")
    assert re.search(r'name="after" value="[0-9a-f-]{36}"', searched.text)


def test_community_tabs(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    client = client_of(tenant.accounts["community_officer"])
    assert [names_in(client.get(f"/members/?basis={b}")) for b in ("reported", "residence", "workplace")] == [[], ["王小明"], []]


def test_member_page_masks(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    page = client_of(tenant.accounts["unit_liaison"]).get(f"/members/{member.id}")
    assert page.status_code == 200
    assert [(t in page.text) for t in (member.id_number, member.phone, "测试路 1 号", "137****5678")] == [False, False, False, True]


@pytest.mark.parametrize("role", ["community_officer", "county_officer"])
def test_officer_of_elsewhere_gets_404_as_for_an_absent_member(tenant: TestTenant, client_of: SignIn, role: str) -> None:
    member = make_member(tenant, unit=0, residence=0)
    client = client_of(tenant.others[role])
    there, absent = client.get(f"/members/{member.id}"), client.get(f"/members/{uuid.uuid4()}")
    assert (there.status_code, absent.status_code) == (404, 404)
    assert post(client, f"/members/{member.id}/reveal", "/members/", reason="verify").status_code == 404
    assert audited(tenant, "member.revealed") == 0


def test_member_of_another_tenant_is_absent(tenant: TestTenant, client_of: SignIn) -> None:
    other = make_tenant("4202", name="黄石市")
    foreign = make_member(other)
    client = client_of(tenant.accounts["city_administrator"])
    assert [client.get(f"/members/{foreign.id}{tail}").status_code for tail in ("", "/edit", "/move", "/leave")] == [404] * 4


@pytest.mark.promise(20)
def test_reveal_needs_a_reason_and_is_audited(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    client = client_of(tenant.accounts["community_officer"])
    refused = post(client, f"/members/{member.id}/reveal", f"/members/{member.id}", reason="")
    assert (refused.status_code, member.phone in refused.text) == (422, False)
    shown = post(client, f"/members/{member.id}/reveal", f"/members/{member.id}", reason="contact")
    assert [t in shown.text for t in (member.id_number, member.phone, "测试路 1 号")] == [True] * 3
    assert (shown.headers["Cache-Control"], audited(tenant, "member.revealed")) == ("no-store", 1)


@pytest.mark.promise(20)
def test_reveal_quota_is_thirty_an_hour_for_each_user(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    client = client_of(tenant.accounts["city_administrator"])
    page = f"/members/{member.id}"
    start = dt.datetime(2026, 5, 1, 2, tzinfo=dt.UTC)
    with set_clock(start):
        answers = [post(client_of(tenant.accounts["city_administrator"]) if n == 0 else client, f"{page}/reveal", page, reason="verify")
                   for n in range(31)]
        assert [a.status_code for a in answers] == [200] * 30 + [429]
        assert member.phone not in answers[-1].text
        assert post(client_of(tenant.accounts["unit_liaison"]), f"{page}/reveal", page, reason="verify").status_code == 200
    assert audited(tenant, "member.revealed") == 31


def test_edit_by_an_officer_and_the_conflict(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    client = client_of(tenant.accounts["unit_liaison"])
    page = f"/members/{member.id}/edit"
    assert post(client, page, version=1, skills="手语、园艺", preferences="", position="科长").status_code == 303
    late = post(client, page, version=1, skills="写作", preferences="", position="")
    assert (late.status_code, "刚刚被别人修改过" in late.text) == (409, True)
    assert post(client_of(tenant.accounts["community_officer"]), page, f"/members/{member.id}", version=2).status_code == 403
    with tenant.scope():
        row = locked(member.id)
        assert (row.skills, row.position, row.version) == (["手语", "园艺"], "科长", 2)


def test_an_officer_enters_a_new_phone_number_without_seeing_the_old(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    client, page = client_of(tenant.accounts["unit_liaison"]), f"/members/{member.id}/edit"
    assert member.phone not in client.get(page).text
    kept = {"position": "", "skills": "", "preferences": ""}
    assert post(client, page, version=1, phone="1380", address="", **kept).status_code == 422
    for phone, known in (("", member.phone), ("13800001234", "13800001234")):
        version = version_of(tenant, member)
        assert post(client, page, version=version, phone=phone, address="", **kept).status_code == 303
        with tenant.scope():
            assert clear_values(member.id, ("phone",)) == {"phone": known}


def test_the_member_page_tells_where_reporting_in_stands(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    with tenant.scope():
        certificate = certificates.issue(tenant.counties[0], tenant.units[0], by=None).certificates[0]
        report_in = reporting.accept(member.id, tenant.communities[0], "residence", by=None)
    seen = {}
    for role in ("unit_liaison", "community_officer"):
        page = client_of(tenant.accounts[role]).get(f"/members/{member.id}").text
        seen[role] = [f"/certificates/{certificate}" in page, f"/report-ins/{report_in}" in page, "已报到" in page]
    assert seen == {"unit_liaison": [True, True, True], "community_officer": [False, True, True]}


def test_move_keeps_history_and_opens_an_obligation(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    client = client_of(tenant.accounts["unit_liaison"])
    page = f"/members/{member.id}/move"
    choices = client.get(f"{page}?kind=residence&place=001002")
    ids = re.findall(r'name="organization_id" value="([^"]+)"', choices.text)
    assert ids == [str(tenant.communities[1]), str(tenant.communities[5])]
    assert "第02区 02001街道" in choices.text
    fragment = client.get("/members/places?kind=residence&place=001002")
    assert re.findall(r'name="organization_id" value="([^"]+)"', fragment.text) == ids
    assert post(client, page, kind="residence", organization_id=ids[0], day=today() + dt.timedelta(days=2), version=1).status_code == 422
    assert post(client, page, kind="residence", organization_id=ids[0], day=today(), version=1).status_code == 303
    with tenant.scope():
        ties = session().execute(select(Affiliation.organization_id, Affiliation.valid_to).where(
            Affiliation.tenant_id == tenant_id(), Affiliation.kind == "residence").order_by(Affiliation.valid_to)).all()
        causes = session().scalars(select(Obligation.cause).where(Obligation.tenant_id == tenant_id())).all()
    assert [tuple(t) for t in ties] == [(tenant.communities[0], today()), (tenant.communities[1], None)]
    assert causes == ["residence_changed"]
    foreign_unit = post(client, page, kind="unit", organization_id=str(tenant.units[1]), day=today(), version=2)
    assert foreign_unit.status_code == 422


def test_leave_waives_what_is_owed_and_keeps_the_page(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    client = client_of(tenant.accounts["unit_liaison"])
    post(client, f"/members/{member.id}/move", kind="residence", organization_id=str(tenant.communities[1]), day=today(), version=1)
    assert post(client, f"/members/{member.id}/leave", version=2, day=today()).status_code == 303
    assert (names_in(client.get("/members/")), client.get(f"/members/{member.id}").status_code) == ([], 200)
    with tenant.scope():
        assert session().scalars(select(Obligation.status).where(Obligation.tenant_id == tenant_id())).all() == ["waived"]


def test_own_page(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    assert member.account is not None
    client = client_of(member.account)
    page = client.get("/me/")
    assert [t in page.text for t in ("王小明", "137****5678", member.id_number)] == [True, True, False]
    assert client.get("/members/").status_code == 403
    wrong = post(client, "/me/edit", version=1, phone="123", address="新路 2 号", skills="", preferences="")
    assert (wrong.status_code, "11 位数字" in wrong.text) == (422, True)
    right = {"phone": "13787654321", "address": "新路 2 号", "skills": "手语", "preferences": "应急值守"}
    assert post(client, "/me/edit", version=1, **right).status_code == 303
    assert post(client, "/me/edit", version=1, phone="", address="", skills="", preferences="").status_code == 409
    with tenant.scope():
        assert clear_values(member.id, ("phone", "address")) == {"phone": "13787654321", "address": "新路 2 号"}
    search = post(client_of(tenant.accounts["city_administrator"]), "/members/search", "/members/", q="13787654321")
    assert names_in(search) == ["王小明"]


@pytest.mark.parametrize(("role", "reason", "status", "clear"), [
    ("city_administrator", "", 303, False), ("city_administrator", "report", 303, True), ("community_officer", "", 303, False),
    ("community_officer", "report", 403, False)])
def test_export(tenant: TestTenant, member: TestMember, client_of: SignIn, role: str, reason: str, status: int, clear: bool) -> None:
    make_member(tenant, "外地人", unit=1, residence=7)
    client = client_of(tenant.accounts[role])
    answer = post(client, "/members/export", "/members/", reason=reason)
    assert answer.status_code == status
    if status == 403:
        return
    assert client.get(answer.location).status_code == 200
    run_due()
    file = client.get(f"{answer.location}/file")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(file.data)).get_sheet_by_index(0).to_python()
    told = CalamineWorkbook.from_filelike(io.BytesIO(file.data)).get_sheet_by_index(1).to_python()
    line = next(r for r in rows if r[0] == "王小明")
    assert line[3:5] == ([member.id_number, member.phone] if clear else ["420***********" + member.id_number[-4:], "137****5678"])
    assert [r[0] for r in rows[1:]] == (["外地人", "王小明"] if role == "city_administrator" else ["王小明"])
    assert (told[0], audited(tenant, "members.exported"), audited(tenant, "file.downloaded")) == (["导出人", f"测试{role}"], 1, 1)
    assert client_of(tenant.others["county_officer"]).get(f"{answer.location}/file").status_code == 404


def test_a_number_in_place_of_a_skill_is_told(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    answer = post(client_of(tenant.accounts["city_administrator"]), "/members/export", "/members/", skill=member.phone)
    assert (answer.status_code, "不要填写号码" in answer.text) == (422, True)


def test_an_export_cannot_be_fetched_once_the_right_is_gone(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    """The owner still has an account, as a member has; what was exported in office stays closed."""
    account = tenant.accounts["city_administrator"]
    answer = post(client_of(account), "/members/export", "/members/", reason="report")
    run_due()
    with tenant.scope():
        file = (job_view(uuid.UUID(answer.location.rpartition("/")[2])).result or {})["file"]
    before = client_of(account).get(f"/files/{file}").status_code
    with tenant.scope():
        session().execute(update(Grant).where(Grant.tenant_id == tenant_id(), Grant.account_id == account.id).values(
            role="member", organization_id=tenant.units[0]))
    after = [client_of(account).get(a).status_code for a in (f"/files/{file}", f"{answer.location}/file", "/account/")]
    assert (before, after) == (200, [404, 403, 200])
