"""A tenant with posts switched on, a matter with places, and members who may claim it."""
from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from core.service.claims.matters import MatterInput, open_matter
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with posts switched on."""
    return make_tenant(plugins=("posts",))


@pytest.fixture
def members(tenant: TestTenant) -> list[TestMember]:
    """Three members of the first unit who live in the first community."""
    return [make_member(tenant, name, account=True) for name in ("王小明", "李芳", "赵强")]


@pytest.fixture
def matter(tenant: TestTenant) -> Callable[..., uuid.UUID]:
    """`matter(places=2)` puts one up in the first community."""
    def put_up(**changes: object) -> uuid.UUID:
        given = {"community_id": tenant.communities[0], "kind": "环境卫生", "title": "清扫楼道", "minutes": 90, **changes}
        with tenant.scope():
            return open_matter("posts", MatterInput(**given), by=None)  # type: ignore[arg-type]
    return put_up
