"""A tenant with liaison communities on, a leading cadre who is a member with a phone, and a community that the cadre looks after."""
from __future__ import annotations

import datetime as dt
import uuid

import pytest

from core.tenancy import today
from plugins.liaison import cadres, pointing
from plugins.liaison.pointing import PointInput
from plugins.liaison.settings import CRITERIA
from tests.service.conftest import app, browser, statements, without_locks
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

__all__ = ["app", "browser", "statements", "without_locks"]
WEAK, HARD = CRITERIA[0], CRITERIA[2]
DAY = dt.timedelta(days=1)


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with liaison communities switched on."""
    return make_tenant(plugins=("liaison", "posts"))


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """Lives in the second community, belongs to the first unit, leads it, has a phone."""
    return make_member(tenant, "周局长", residence=1, account=True)


@pytest.fixture
def cadre(tenant: TestTenant, member: TestMember) -> uuid.UUID:
    """The member, flagged as a leading cadre by the first county."""
    with tenant.scope():
        return cadres.flag(member.id, "党组书记、局长", None, tenant.counties[0])


@pytest.fixture
def point(tenant: TestTenant, cadre: uuid.UUID) -> uuid.UUID:
    """The first community is the cadre's since a hundred days ago: a visit was missed."""
    with tenant.scope():
        return pointing.assign(PointInput(cadre, tenant.communities[0], today() - 100 * DAY, [WEAK]), by=None)
