"""A tenant in which pledges are on, with members who have claimed something."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.service.claims.claiming import claim
from core.service.claims.matters import MatterInput, open_matter
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from plugins.pledges import making, publishing
from plugins.pledges.models import Pledge
from tests.service.conftest import app, browser, statements
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

__all__ = ["app", "browser", "statements"]
RESIDENT = "孙桂兰"
TEXT = "每周六清扫三号楼楼道，请大家监督"


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with pledges and posts switched on."""
    return make_tenant(plugins=("pledges", "posts"))


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """Lives in the first community, belongs to the first unit, has a phone."""
    return make_member(tenant, account=True)


@pytest.fixture
def claimed(tenant: TestTenant) -> Callable[..., uuid.UUID]:
    """`claimed(member, due_on=...)` puts a matter up in the first community and lets the member claim it."""
    def take(member: TestMember, **changes: object) -> uuid.UUID:
        given: dict[str, Any] = {"community_id": tenant.communities[0], "kind": "环境卫生", "title": "清扫楼道", "minutes": 90,
                                 "recipient_kind": "person", "recipient": RESIDENT, "collective": True, **changes}
        with tenant.scope():
            return claim(open_matter("posts", MatterInput(**given), by=None), member.id, by=None).id
    return take


@pytest.fixture
def pledged(tenant: TestTenant, claimed: Callable[..., uuid.UUID]) -> Callable[..., uuid.UUID]:
    """`pledged(member, deadline=..., public=False)` makes a pledge on a new claim."""
    def promise(member: TestMember, deadline: dt.date | None = None, *, text: str = TEXT, public: bool = True, **changes: object) -> uuid.UUID:
        claim_id = claimed(member, **changes)
        with tenant.scope():
            pledge_id = making.make(making.PledgeInput(claim_id, text, deadline or today() + dt.timedelta(days=10)), by=None)
            if public:
                publishing.publish(pledge_id, 1)
        return pledge_id
    return promise


def pledge(tenant: TestTenant, pledge_id: uuid.UUID) -> Any:
    """The pledge as it is now."""
    with tenant.scope():
        return session().scalars(select(Pledge).where(Pledge.tenant_id == tenant_id(), Pledge.id == pledge_id)).one()


def change(tenant: TestTenant, pledge_id: uuid.UUID, **values: Any) -> None:
    """Set columns of a pledge directly, such as a deadline that lies in the past."""
    with tenant.scope():
        row = session().get_one(Pledge, (tenant.id, pledge_id))
        for name, value in values.items():
            setattr(row, name, value)
