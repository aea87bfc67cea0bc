"""Certificates over HTTP: issue for units, one PDF by a job, download by its owner only, revoke and reissue, reach."""
from __future__ import annotations

import io
import re

from python_calamine import CalamineWorkbook
from sqlalchemy import select

from core.jobs import run_due
from core.registration import certificates
from core.registration.models import Certificate
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tests.registration.conftest import NO, SignIn, first_column, post
from tests.support.factories import TestTenant, make_member, make_tenant


def rows(tenant: TestTenant) -> list[Certificate]:
    """All certificates by number."""
    with tenant.scope():
        return list(session().scalars(select(Certificate).where(Certificate.tenant_id == tenant_id()).order_by(Certificate.number)))


def test_a_county_officer_issues_for_a_unit_and_prints_one_file(tenant: TestTenant, client_of: SignIn) -> None:
    for name in ("安一", "白二", "常三"):
        make_member(tenant, name)
    client = client_of(tenant.accounts["county_officer"])
    page = client.get("/certificates/issue")
    assert re.findall(r'name="unit" value="([^"]+)"', page.text) == [str(tenant.units[0])]
    answer = post(client, "/certificates/issue", unit=str(tenant.units[0]))
    assert answer.status_code == 303
    assert 'class="progress-part"' in client.get(answer.location).text
    run_due()
    done = client.get(answer.location)
    link = re.search(r'href="(/certificates/prints/[^"]+\.pdf)"', done.text)
    assert link is not None
    pdf = client.get(link[1])
    assert (pdf.mimetype, len(re.findall(rb"/MediaBox", pdf.data))) == ("application/pdf", 3)
    assert client_of(tenant.accounts["city_administrator"]).get(link[1]).status_code == 404
    listed = client.get("/certificates/")
    assert first_column(listed, "编号") == [row.number for row in rows(tenant)]
    assert "没有新制发" in client.get(post(client, "/certificates/issue", unit=str(tenant.units[0])).location).text


def test_for_some_of_a_unit_only(tenant: TestTenant, client_of: SignIn) -> None:
    wanted, _other = make_member(tenant, "安一"), make_member(tenant, "白二")
    client = client_of(tenant.accounts["county_officer"])
    address = f"/certificates/issue/{tenant.units[0]}"
    assert re.findall(r'data-label="姓名">([^<]+)<', client.get(address).text) == ["安一", "白二"]
    assert post(client, address).status_code == 422
    assert post(client, address, member=str(wanted.id)).status_code == 303
    assert [row.member_id for row in rows(tenant)] == [wanted.id]


def test_reprint_revoke_and_reissue(tenant: TestTenant, client_of: SignIn) -> None:
    make_member(tenant, "安一")
    with tenant.scope():
        first = certificates.issue(tenant.counties[0], tenant.units[0], by=None).certificates[0]
    client = client_of(tenant.accounts["county_officer"])
    assert client.get(f"/certificates/{first}.pdf").mimetype == "application/pdf"
    assert post(client, f"/certificates/{first}/revoke", f"/certificates/{first}", reason="").status_code == 422
    answer = post(client, f"/certificates/{first}/revoke", f"/certificates/{first}", reason="lost", again="true")
    assert [(r.status, r.revoked_reason) for r in rows(tenant)] == [("revoked", "lost"), ("valid", None)]
    assert answer.location == f"/certificates/{rows(tenant)[1].id}"
    assert client.get(f"/certificates/{first}.pdf").status_code == 409
    assert "遗失" in client.get(f"/certificates/{first}").text
    by_number = client.get(f"/certificates/?q={rows(tenant)[1].number.lower()}&status=valid")
    assert first_column(by_number, "编号") == [rows(tenant)[1].number]


def test_the_export_says_who_and_why(tenant: TestTenant, client_of: SignIn) -> None:
    make_member(tenant, "安一")
    with tenant.scope():
        certificates.issue(tenant.counties[0], tenant.units[0], by=None)
    client = client_of(tenant.accounts["county_officer"])
    assert post(client, "/certificates/export.xlsx", "/certificates/", why=" ").status_code == 422
    book = CalamineWorkbook.from_filelike(io.BytesIO(post(client, "/certificates/export.xlsx", "/certificates/", why="年底核对").data))
    assert book.get_sheet_by_index(0).to_python()[1][:3] == [rows(tenant)[0].number, "安一", "第0单位"]
    assert ["用途", "年底核对"] in book.get_sheet_by_index(1).to_python()


def test_reach_and_roles(tenant: TestTenant, client_of: SignIn) -> None:
    make_member(tenant, "安一", account=True)
    other = make_tenant("4202")
    make_member(other, "别市")
    with tenant.scope():
        own = certificates.issue(tenant.counties[0], tenant.units[0], by=None).certificates[0]
    with other.scope():
        foreign = certificates.issue(other.counties[0], other.units[0], by=None).certificates[0]
    officer, liaison = client_of(tenant.accounts["county_officer"]), client_of(tenant.accounts["unit_liaison"])
    neighbour, community = client_of(tenant.others["county_officer"]), client_of(tenant.accounts["community_officer"])
    absent = officer.get(f"/certificates/{NO}")
    assert (absent.status_code, officer.get(f"/certificates/{foreign}").text.count("没有找到")) == (404, absent.text.count("没有找到"))
    for address in (f"/certificates/{foreign}", f"/certificates/{foreign}.pdf", f"/certificates/issue/{tenant.units[1]}",
                    f"/certificates/issue/{other.units[0]}", f"/certificates/issue/{tenant.streets[0]}"):
        assert officer.get(address).status_code == 404, address
    assert post(officer, "/certificates/issue", unit=str(tenant.units[1])).status_code == 404
    assert [neighbour.get(f"/certificates/{own}{s}").status_code for s in ("", ".pdf")] == [404, 404]
    pages = (f"/certificates/{own}", f"/certificates/{own}.pdf", "/certificates/issue")
    assert [liaison.get(a).status_code for a in pages] == [200, 403, 403]
    assert community.get("/certificates/").status_code == 403
    assert first_column(neighbour.get("/certificates/"), "编号") == []
