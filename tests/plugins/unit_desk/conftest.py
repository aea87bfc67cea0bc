"""A tenant in which the unit's desk is on, with a unit below another, a member with a phone and one without."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from core.access.roles import LIAISON
from core.members.models import Affiliation, Member
from core.organizations import tree
from core.service import records
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tests.service.conftest import app, browser, service, statements, without_locks
from tests.support.databases import TestDatabase
from tests.support.factories import TestAccount, TestMember, TestTenant, make_account, make_member, make_tenant

__all__ = ["app", "browser", "statements", "without_locks"]
SECRET = "母亲住院，晚上要陪护，去不了社区"


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with the desk and pledges switched on."""
    return make_tenant(plugins=("unit_desk", "pledges", "posts"))


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """Lives in the first community, works in the second, belongs to the first unit, has a phone."""
    return make_member(tenant, account=True, workplace=1)


@pytest.fixture
def below(tenant: TestTenant) -> tuple[uuid.UUID, TestAccount, TestMember]:
    """A unit below the first one, its liaison, and its member 李芳."""
    with tenant.scope():
        place = tree.add(tree.get(tenant.units[0]), "unit", "4201-unit-0-1", "第0单位机关服务中心", unit_type="government")
        account = make_account(tenant, LIAISON, place.id)
    person = make_member(tenant, "李芳")
    move(tenant, person, place.id)
    return place.id, account, person


def move(tenant: TestTenant, person: TestMember, unit_id: uuid.UUID) -> None:
    """Let a member belong to another unit."""
    with tenant.scope():
        session().execute(update(Member).where(Member.tenant_id == tenant_id(), Member.id == person.id).values(unit_id=unit_id))
        session().execute(update(Affiliation).where(Affiliation.tenant_id == tenant_id(), Affiliation.member_id == person.id, Affiliation.kind == "unit")
                          .values(organization_id=unit_id))


@pytest.fixture
def served(tenant: TestTenant) -> Callable[..., uuid.UUID]:
    """`served(member, day, verified=True)` gives a member a service record in the first community."""
    def serve(person: TestMember, day: dt.date, *, verified: bool = True, **changes: Any) -> uuid.UUID:
        with tenant.scope():
            record = records.submit(person.id, service(tenant.communities[0], happened_on=day, **changes), entered_by=None)
            if verified:
                records.verify(record, 1, by=None)
        return record
    return serve


def rows(tenant: TestTenant, model: Any, *columns: Any) -> list[Any]:
    """All rows of a table of the tenant, as tuples of the columns."""
    with tenant.scope():
        return [tuple(row) for row in session().execute(select(*columns).where(model.tenant_id == tenant_id()).order_by(model.id))]
