"""Reporting in over HTTP: desk, phone, list, register, paper; and what each role and each neighbour may not see."""
from __future__ import annotations

import re
import uuid

import pytest
from sqlalchemy import select

from core.registration import certificates, reporting
from core.registration.certificate_queries import papers
from core.registration.models import ReportIn
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tests.registration.conftest import NO, SignIn, first_column, join, post, set_registration
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

DESK = "/report-ins/desk"


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """安一, who lives in the first community, works in the fifth, and has an account and an open duty."""
    found = make_member(tenant, "安一", workplace=4, account=True)
    join(tenant, found, today())
    return found


def certificate_of(tenant: TestTenant) -> tuple[str, str]:
    """Number and QR text of the first unit's first certificate."""
    with tenant.scope():
        issued = certificates.issue(tenant.counties[0], tenant.units[0], by=None).certificates
        paper = papers(issued)[0]
    return paper.number, paper.qr_text


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of the first confirming form."""
    form = text.split('action="/report-ins/desk/confirm"', 1)[1].split("</form>", 1)[0]
    return {k: v for k, v in re.findall(r'name="([^"]+)" value="([^"]*)"', form) if k != "csrf_token"}


def submitted(tenant: TestTenant, member: TestMember, community: int = 0, basis: str = "residence") -> uuid.UUID:
    """A report-in that waits."""
    with tenant.scope():
        return reporting.submit(member.id, tenant.communities[community], basis, "phone", by=None)


def status_of(tenant: TestTenant, report_in_id: uuid.UUID) -> str:
    """The report-in's status."""
    with tenant.scope():
        return session().scalars(select(ReportIn.status).where(ReportIn.tenant_id == tenant_id(), ReportIn.id == report_in_id)).one()


def test_scan_press_receipt(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    number, code = certificate_of(tenant)
    desk = client_of(tenant.accounts["community_officer"])
    for scanned in (code, f" {number.lower()} "):
        card = post(desk, DESK, scanned=scanned)
        shown = [text in card.text for text in ("安一", member.id_number, member.phone)]
        assert (card.status_code, shown) == (200, [True, False, False])
    fields = hidden(card.text)
    assert (fields["member_id"], fields["community_id"]) == (str(member.id), str(tenant.communities[0]))
    answer = post(desk, f"{DESK}/confirm", DESK, **fields)
    assert answer.status_code == 303
    page = desk.get(answer.location)
    assert f"420102001001-{today().year}-00001" in page.text
    assert desk.get(f"{answer.location}/receipt.pdf").mimetype == "application/pdf"
    again = post(desk, f"{DESK}/confirm", DESK, **fields)
    assert (again.status_code, "不必重复办理" in again.text) == (409, True)
    unit = client_of(tenant.accounts["unit_liaison"]).get("/report-ins/unit")
    assert ("自动登记" in unit.text, first_column(unit)) == (True, ["安一"])


def test_only_the_own_desk_is_told_that_a_certificate_was_revoked(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    number, _code = certificate_of(tenant)
    with tenant.scope():
        certificates.revoke(certificates.find(number).id, "lost")
    desks = [client_of(account) for account in (tenant.accounts["community_officer"], tenant.others["community_officer"])]
    assert ["已经作废" in post(desk, DESK, scanned=number).text for desk in desks] == [True, False]


def test_a_mistaken_confirmation_is_taken_back_by_its_community_alone(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    waiting = submitted(tenant, member)
    page, desk = f"/report-ins/{waiting}", client_of(tenant.accounts["community_officer"])
    before = desk.get(page).text
    assert [t in before for t in ("公民身份号码", member.id_number, "确认报到", "确认有误")] == [True, False, True, False]
    post(desk, f"{page}/confirm", page, version="1")
    assert [t in desk.get(page).text for t in ("确认有误", "打印回执")] == [True, True]
    liaison = client_of(tenant.accounts["unit_liaison"])
    assert "确认有误" not in liaison.get(page).text
    assert post(liaison, f"{page}/take-back", page, version="2", reason="认错了人").status_code in (403, 404)
    assert post(desk, f"{page}/take-back", page, version="2", reason=" ").status_code == 422
    assert post(desk, f"{page}/take-back", page, version="2", reason="认错了人").status_code == 303
    assert status_of(tenant, waiting) == "returned"
    own = client_of(tenant.accounts["unit_liaison"]).get("/report-ins/unit").text
    assert "自动登记" not in own


def test_who_has_many_communities_sees_first_where_somebody_waits(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    officer = client_of(tenant.accounts["street_officer"])
    assert "有待确认报到的" not in officer.get("/report-ins/").text
    submitted(tenant, member)
    page = officer.get("/report-ins/").text
    assert re.findall(r'community=([^"]+)">([^<]+) <span class="count">(\d+)</span>', page) == [
        (str(tenant.communities[0]), "001001社区", "1")]
    assert "有待确认报到的" not in officer.get("/report-ins/?q=001002").text


def test_the_paper_form_knows_what_the_system_knows(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    liaison, page = client_of(tenant.accounts["unit_liaison"]), f"/report-ins/unit/{member.id}/paper"
    assert " checked" not in liaison.get(page).text  # two communities are possible
    submitted(tenant, member)
    chosen = re.findall(r'name="community_id" value="([^"]+)" checked', liaison.get(page).text)
    assert chosen == [str(tenant.communities[0])]


def test_what_the_desk_does_not_take(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    number, code = certificate_of(tenant)
    elsewhere = client_of(tenant.others["community_officer"])
    answers = [post(elsewhere, DESK, scanned=s) for s in (code, number, "420102-2020-000009")]
    assert [(a.status_code, "没有找到可以在本社区办理" in a.text, "安一" in a.text) for a in answers] == [(404, True, False)] * 3
    assert post(elsewhere, DESK, scanned="").status_code == 422
    values = {"member_id": str(member.id), "community_id": str(tenant.communities[-1])}
    assert post(elsewhere, f"{DESK}/confirm", DESK, **values).status_code == 404
    assert post(elsewhere, f"{DESK}/card", DESK, member_id=str(member.id)).status_code == 404
    own = client_of(tenant.accounts["community_officer"])
    assert post(own, f"{DESK}/confirm", DESK, **values).status_code == 404
    forged = values | {"community_id": str(tenant.communities[0]), "certificate_id": str(NO)}
    assert post(own, f"{DESK}/confirm", DESK, **forged).status_code == 409


def test_without_a_certificate_by_name(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    make_member(tenant, "安二", residence=3)
    desk = client_of(tenant.accounts["community_officer"])
    found = post(desk, f"{DESK}/search", DESK, name="安")
    assert re.findall(r'data-label="姓名">([^<]+)<', found.text) == ["安一"]
    card = post(desk, f"{DESK}/card", DESK, member_id=str(member.id))
    assert post(desk, f"{DESK}/confirm", DESK, **hidden(card.text)).status_code == 303
    assert "已在001001社区报到" in post(desk, f"{DESK}/card", DESK, member_id=str(member.id)).text


def test_two_taps_on_the_phone_and_back(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    assert member.account is not None
    phone = client_of(member.account)
    page = phone.get("/report-in")
    offered = [str(tenant.communities[n]) for n in (0, 4)]
    assert re.findall(r'type="radio" name="community" value="([^"]+)"', page.text) == offered
    assert post(phone, "/report-in").status_code == 422
    assert post(phone, "/report-in", community=str(tenant.communities[2])).status_code == 404
    assert post(phone, "/report-in", community=str(tenant.communities[4])).status_code == 303
    waiting = phone.get("/report-in").text
    found = re.search(r'action="(/report-in/[^"]+/withdraw)"', waiting)
    assert found is not None
    assert 'name="community"' not in waiting
    assert post(phone, found[1], "/report-in", version="1").status_code == 303
    assert 'name="community"' in phone.get("/report-in").text
    assert post(phone, found[1], "/report-in", version="2").status_code == 409


def test_both_are_submitted_at_once_where_both_are_asked(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    set_registration(tenant, report_to="both")
    assert member.account is not None
    phone = client_of(member.account)
    assert phone.get("/report-in").text.count('type="checkbox" name="community"') == 2
    assert post(phone, "/report-in", community=[str(tenant.communities[0]), str(tenant.communities[4])]).status_code == 303
    with tenant.scope():
        found = session().scalars(select(ReportIn.status).where(ReportIn.tenant_id == tenant_id())).all()
    assert found == ["submitted"] * 2


def test_a_member_sees_ones_own_only(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    other = make_member(tenant, "白二", account=True)
    with tenant.scope():
        theirs = reporting.accept(other.id, tenant.communities[0], "residence", by=None)
        mine = reporting.accept(member.id, tenant.communities[0], "residence", by=None)
    certificate_of(tenant)
    assert member.account is not None
    phone = client_of(member.account)
    assert [phone.get(f"/report-in/{i}/receipt.pdf").status_code for i in (mine, theirs, NO)] == [200, 404, 404]
    assert "<svg" in phone.get("/report-in/certificate").text
    assert [phone.get(a).status_code for a in ("/report-ins/", DESK, f"/report-ins/{mine}", "/certificates/")] == [403] * 4


def test_confirm_one_several_and_return(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    people = [member, make_member(tenant, "白二"), make_member(tenant, "常三"), make_member(tenant, "邓四")]
    waiting = [submitted(tenant, m) for m in people]
    officer = client_of(tenant.accounts["community_officer"])
    page = officer.get("/report-ins/")
    assert first_column(page) == ["安一", "白二", "常三", "邓四"]
    assert re.findall(r'name="report_in" value="([^"]+)"', page.text) == [f"{i}:1" for i in waiting]
    assert post(officer, f"/report-ins/{waiting[0]}/confirm", "/report-ins/", version="1").status_code == 303
    assert post(officer, f"/report-ins/{waiting[0]}/confirm", "/report-ins/", version="1").status_code == 409
    assert post(officer, f"/report-ins/{waiting[3]}/return", "/report-ins/", version="1", reason="").status_code == 422
    assert post(officer, f"/report-ins/{waiting[3]}/return", "/report-ins/", version="1", reason="请带报到证").status_code == 303
    assert post(officer, "/report-ins/confirm", "/report-ins/", report_in=[f"{waiting[1]}:1", f"{waiting[2]}:9"]).status_code == 303
    assert [status_of(tenant, i) for i in waiting] == ["confirmed", "confirmed", "submitted", "returned"]
    assert "请带报到证" in officer.get("/report-ins/?status=returned").text


def test_other_communities_and_tenants_are_not_there(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    mine = submitted(tenant, member)
    other = make_tenant("4202")
    foreign = submitted(other, make_member(other, "别市"))
    neighbour = client_of(tenant.others["community_officer"])
    officer = client_of(tenant.accounts["community_officer"])
    for client, found in ((neighbour, mine), (officer, foreign), (officer, NO)):
        assert client.get(f"/report-ins/{found}").status_code == 404
        assert post(client, f"/report-ins/{found}/confirm", "/report-ins/", version="1").status_code == 404
        assert post(client, "/report-ins/confirm", "/report-ins/", report_in=f"{found}:1").status_code == 404
    assert neighbour.get(f"/report-ins/?community={tenant.communities[0]}").status_code == 404
    assert (status_of(tenant, mine), status_of(other, foreign)) == ("submitted", "submitted")


def test_who_reads_and_who_decides(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    found = submitted(tenant, member)
    for role, index in (("city_administrator", 200), ("county_officer", 200), ("street_officer", 200), ("unit_liaison", 302)):
        client = client_of(tenant.accounts[role])
        assert (client.get("/report-ins/").status_code, client.get(f"/report-ins/{found}").status_code) == (index, 200)
        assert client.get(DESK).status_code == 403
        assert post(client, f"/report-ins/{found}/confirm", f"/report-ins/{found}", version="1").status_code == 403
    county = client_of(tenant.accounts["county_officer"])
    assert "安一" in county.get(f"/report-ins/?community={tenant.communities[0]}").text
    assert county.get(f"/report-ins/?community={tenant.communities[7]}").status_code == 404


def test_a_paper_receipt_is_keyed_in_by_the_unit(tenant: TestTenant, member: TestMember, client_of: SignIn) -> None:
    liaison = client_of(tenant.accounts["unit_liaison"])
    address = f"/report-ins/unit/{member.id}/paper"
    wrong = post(liaison, address, community_id=str(tenant.communities[0]), reported_on="2999-01-01", paper_number="甲-7")
    assert (wrong.status_code, "日期还没有到" in wrong.text) == (422, True)
    right = {"community_id": str(tenant.communities[4]), "reported_on": today().isoformat(), "paper_number": "甲-7"}
    assert post(liaison, address, **(right | {"community_id": str(tenant.communities[2])})).status_code == 422
    assert post(liaison, address, **right).status_code == 303
    page = liaison.get("/report-ins/unit?state=reported")
    assert ("纸质：甲-7" in page.text, "录入纸质回执" in page.text) == (True, True)
    conflict = post(liaison, address, **(right | {"community_id": str(tenant.communities[0])}))
    assert (conflict.status_code, "另一个社区" in conflict.text) == (409, True)
    number, code = certificate_of(tenant)
    for scanned in (number, code):
        found = post(liaison, "/report-ins/unit/find", "/report-ins/unit", scanned=scanned)
        assert f'value="{number}"' in liaison.get(found.location).text
    assert post(liaison, "/report-ins/unit/find", "/report-ins/unit", scanned="420102-1999-000001").status_code == 404
    stranger = make_member(tenant, "外人", unit=1)
    assert liaison.get(f"/report-ins/unit/{stranger.id}/paper").status_code == 404
    assert liaison.get(f"/report-ins/unit?unit={tenant.units[1]}").status_code == 404
    assert client_of(tenant.accounts["county_officer"]).get(address).status_code == 403
