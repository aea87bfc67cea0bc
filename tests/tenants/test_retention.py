"""What is over its period goes by night, what is held stays, and the page tells beforehand (PIPL 19, 47)."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from core.access.models import Grant
from core.db import new_id
from core.jobs import enqueue, job_view, run_due
from core.members import holds
from core.members.models import Affiliation, Member
from core.registration import membership
from core.service import records
from core.service.models import ServiceRecord
from core.service.records import RecordInput
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id
from tenants import settings
from tenants.rights import retention
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

pytestmark = pytest.mark.usefixtures("database")
LONG_AGO = dt.date(2020, 1, 1)


def _left(tenant: TestTenant, name: str, *, account: bool = False) -> TestMember:
    member = make_member(tenant, name, account=account)
    with tenant.scope():
        membership.leave(member.id, today())
        session().execute(update(Affiliation).where(Affiliation.tenant_id == tenant_id(), Affiliation.member_id == member.id)
                          .values(valid_from=LONG_AGO, valid_to=LONG_AGO))
    return member


def _night(tenant: TestTenant) -> dict[str, object]:
    with tenant.scope():
        job = enqueue("privacy.retention", {})
    run_due()
    with tenant.scope():
        return job_view(job).result or {}


def test_what_is_over_goes_what_is_held_or_an_officers_stays() -> None:
    tenant = make_tenant()
    gone, held, officer, active = (_left(tenant, "赵一"), _left(tenant, "钱二"), _left(tenant, "孙三", account=True), make_member(tenant, "李四"))
    assert officer.account is not None
    with tenant.scope():
        holds.hold(held.id, "inspection", today(), by=None)
        session().add(Grant(id=new_id(), account_id=officer.account.id, role="unit_liaison", organization_id=tenant.units[0], created_at=now()))
        kept = records.submit(active.id, RecordInput("政策宣传", "入户宣传", today(), 60, tenant.communities[0], recipient="王大爷"), entered_by=None)
        session().execute(update(ServiceRecord).where(ServiceRecord.tenant_id == tenant_id()).values(happened_on=LONG_AGO))
    assert _night(tenant) == {"words_months_comment": 0, "words_months_note_finding": 0, "request_months_says_answer": 0}, "off by default"
    with tenant.scope():
        settings.save("retention", {"left_months": 12, "recipient_months": 12}, version=settings.get("retention").version)
    with tenant.scope():
        assert [(row.setting, row.tonight, row.soon) for row in retention.outlook() if row.tonight] == [
            ("left_months", 2, 0), ("recipient_months", 1, 0)]
        assert [name for _id, name in retention.leaving()] == ["孙三", "赵一"]
    done = _night(tenant)
    assert (done["left_months"], done["recipient_months_recipient"]) == (1, 1)
    with tenant.scope():
        names = dict(session().execute(select(Member.id, Member.name).where(Member.tenant_id == tenant_id())).all())
        assert [names[one.id] for one in (gone, held, officer, active)] == ["（已删除）", "钱二", "孙三", "李四"]
        assert session().get_one(ServiceRecord, (tenant.id, kept)).recipient is None
        holds.lift(held.id)
    assert _night(tenant)["left_months"] == 1
