"""A tenant with co-building on, an offer of the first unit, a need of the first community, and an agreement of the two."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from core.tenancy import today
from plugins.cobuilding import agreeing, items
from plugins.cobuilding.agreeing import AgreementInput
from plugins.cobuilding.items import Terms
from tests.service.conftest import app, browser, statements, without_locks
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_tenant

__all__ = ["app", "browser", "statements", "without_locks"]
DAY = dt.timedelta(days=1)
VENUE = Terms("venues", "周末开放会议室", hours=4, seats=80)
FUNDS = Terms("funds", "修缮楼道照明", amount=20000)


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with co-building switched on."""
    return make_tenant(plugins=("cobuilding",))


@pytest.fixture
def offer(tenant: TestTenant) -> uuid.UUID:
    """The first unit's hall."""
    with tenant.scope():
        return items.put_up(uuid.uuid4(), "offer", tenant.units[0], VENUE, by=None)


@pytest.fixture
def need(tenant: TestTenant) -> uuid.UUID:
    """The first community has no hall."""
    with tenant.scope():
        return items.put_up(uuid.uuid4(), "need", tenant.communities[0], Terms("venues", "缺少活动场所"), by=None)


def given(tenant: TestTenant, **changes: Any) -> AgreementInput:
    """A proposal between the first unit and the first community, for the year that began ten days ago."""
    return AgreementInput(**{"unit_id": tenant.units[0], "community_id": tenant.communities[0], "terms": VENUE, "since": today() - 10 * DAY,
                             "until": today() + 355 * DAY, "reason": "离社区近", **changes})


def agreed(tenant: TestTenant, **changes: Any) -> uuid.UUID:
    """An agreement that both sides have confirmed."""
    with tenant.scope():
        made = agreeing.propose(uuid.uuid4(), given(tenant, **changes), ["unit"], by=uuid.uuid4())
        agreeing.confirm(made, 1, ["community"], by=uuid.uuid4())
    return made
