"""A tenant in which reports are on, with a member who reported in and served."""
from __future__ import annotations

import datetime as dt

import pytest

from core.db import new_id
from core.registration import certificates, reporting
from core.service.models import ServiceRecord
from core.tenancy import now, session, today
from tests.service.conftest import app, browser, statements
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

__all__ = ["app", "browser", "statements"]


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with reports switched on."""
    return make_tenant(plugins=("reports",))


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """张三 reported in at the first community and served there for an hour and a half today."""
    return settle(tenant, make_member(tenant, "张三", account=True))


def settle(tenant: TestTenant, member: TestMember, *, times: int = 1, day: dt.date | None = None) -> TestMember:
    """Let a member report in with a certificate, and serve."""
    account = tenant.accounts["city_administrator"].id
    with tenant.scope():
        certificates.issue(tenant.counties[0], member.unit_id, by=account)
        reporting.confirm(reporting.submit(member.id, member.residence_id, "residence", "officer", by=account), 1, by=account)
        for number in range(times):
            serve(member, day or today(), f"清扫楼道{number + 1}")
    return member


def serve(member: TestMember, day: dt.date, title: str = "清扫楼道", **changes: object) -> None:
    """A counted service; in a scope."""
    values = {"member_id": member.id, "community_id": member.residence_id, "unit_id": member.unit_id, "kind": "环境卫生", "title": title,
              "happened_on": day, "minutes": 90, "status": "counted", "verified_on": day, "counted_on": day, "created_at": now()}
    session().add(ServiceRecord(id=new_id(), **(values | changes)))
    session().flush()
