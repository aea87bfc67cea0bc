"""Step 7 of the story: a member writes a service down, the community verifies it, the recipient judges it on the public page."""
from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from core.service import evaluation
from core.service.models import ServiceRecord
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tests.e2e.conftest import Visitor
from tests.support.factories import make_member, make_tenant


def test_a_service_counts_once_its_recipient_was_asked(visit: Callable[[], Visitor]) -> None:
    tenant = make_tenant()
    member = make_member(tenant, "王小明", account=True)
    assert member.account is not None
    person, officer, resident = visit(), visit(), visit()
    person.sign_in(tenant, member.account)
    person.open("/records/new")
    person.page.get_by_role("main").get_by_text("困难帮扶", exact=True).click()
    person.page.fill("[name=title]", "为独居老人修理水管")
    person.page.fill("[name=recipient]", "李婆婆")
    person.press("提交")
    assert "待查验" in person.text

    officer.sign_in(tenant, tenant.accounts["community_officer"])
    officer.open("/records/work/")
    officer.press("查验通过")
    officer.open("/records/work/?status=verified")
    officer.follow(officer.page.get_by_role("main").get_by_role("link", name="王小明").first)
    with tenant.scope():
        record = session().execute(select(ServiceRecord.id).where(ServiceRecord.tenant_id == tenant_id())).scalar_one()
        code = evaluation.issue_code(record)  # it stands on the printed slip

    resident.open(f"/t/{tenant.slug}/e")
    resident.page.fill("[name=code]", f"{code[:4]} {code[4:8]} {code[8:]}")
    resident.press("下一步")
    assert "为独居老人修理水管" in resident.text
    assert "王小明" not in resident.page.content()
    resident.page.get_by_role("main").get_by_text("满意", exact=True).click()
    resident.page.fill("[name=comment]", "谢谢")
    resident.press("提交评价")
    assert "评价已经收到" in resident.text

    person.open("/records/")
    assert "已计入" in person.text
