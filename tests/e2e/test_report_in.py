"""Step 4 of the story: a member reports in at the desk by number, another on the phone; the unit's register closes by itself."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.registration import certificates
from core.registration.models import Certificate
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tests.e2e.conftest import Visitor
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant


def issue(tenant: TestTenant, member: TestMember) -> str:
    """A certificate for the member; answers its number."""
    with tenant.scope():
        certificates.issue(tenant.counties[0], tenant.units[0], by=None, members=[member.id])
        found: str = session().execute(select(Certificate.number).where(Certificate.tenant_id == tenant_id(),
                                                                        Certificate.member_id == member.id)).scalar_one()
        return found


@pytest.mark.long  # tests/registration/test_pages_report_ins.py asks the desk's pages in each run
def test_report_in_at_the_desk(visit: Callable[[], Visitor]) -> None:
    tenant = make_tenant()
    number = issue(tenant, make_member(tenant, "欧阳小兰"))
    officer, liaison = visit(), visit()
    officer.sign_in(tenant, tenant.accounts["community_officer"])
    officer.open("/report-ins/desk")
    officer.page.get_by_label("报到证", exact=True).fill(number.lower())
    officer.page.keyboard.press("Enter")
    expect(officer.page.locator(".desk-name")).to_have_text("欧阳小兰")
    officer.look()
    officer.press("确认报到")
    receipts = officer.page.locator("a[href$='receipt.pdf']").first
    expect(receipts).to_be_visible()
    pdf = officer.page.request.get(officer.address + str(receipts.get_attribute("href")))

    liaison.sign_in(tenant, tenant.accounts["unit_liaison"])
    liaison.open("/report-ins/unit")
    assert (pdf.status, pdf.body()[:5]) == (200, b"%PDF-")
    assert "欧阳小兰" in liaison.text
    assert "已报到" in liaison.text
    liaison.follow(liaison.page.get_by_role("link", name="补记编号").first)
    liaison.page.get_by_label("编号").fill("武汉市城市管理执法局回字第100号")
    liaison.press("登记")
    liaison.open("/report-ins/unit")
    assert "纸质：武汉市城市管理执法局回字第100号" in liaison.text


@pytest.mark.early
def test_report_in_on_the_phone(visit: Callable[[], Visitor]) -> None:
    tenant = make_tenant()
    member = make_member(tenant, "王小明", workplace=1, account=True)
    issue(tenant, member)
    person, officer = visit(), visit()
    assert member.account is not None
    person.sign_in(tenant, member.account)
    person.open("/report-in/certificate")
    person.open("/report-in")
    person.press("提交报到")
    assert "待确认" in person.text

    officer.sign_in(tenant, tenant.accounts["community_officer"])
    officer.open("/report-ins/")
    officer.follow(officer.page.get_by_role("main").get_by_text("王小明").first)
    officer.press("确认报到")

    person.open("/report-in")
    assert "已报到" in person.text
    expect(person.page.get_by_role("link", name="查看回执")).to_be_visible()
    person.open("/")
