"""A tenant in which posts are on, with a way to put one up and members who may claim it."""
from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.service.claims.models import Claim
from core.service.models import ServiceRecord
from core.tenancy import session
from core.tenancy.scope import tenant_id
from plugins.posts import setting
from plugins.posts.setting import PostInput
from tests.service.conftest import app, browser, statements
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

__all__ = ["app", "browser", "statements"]
Put = Callable[..., uuid.UUID]


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with posts switched on."""
    return make_tenant(plugins=("posts",))


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """Lives in the first community, belongs to the first unit, has a phone."""
    return make_member(tenant, account=True)


@pytest.fixture
def put(tenant: TestTenant) -> Put:
    """`put(places=2)` sets a post in the first community."""
    def put_up(**changes: Any) -> uuid.UUID:
        given = {"community_id": tenant.communities[0], "category": "治安巡逻", "title": "夜间巡逻员", "duties": "傍晚在东区巡逻", "minutes": 90, **changes}
        with tenant.scope():
            return setting.create(PostInput(**given), by=None)
    return put_up


def claims(tenant: TestTenant) -> list[tuple[Any, ...]]:
    """Each claim's member and state, in the order in which they were made."""
    with tenant.scope():
        return [tuple(row) for row in session().execute(select(Claim.member_id, Claim.state).where(Claim.tenant_id == tenant_id()).order_by(Claim.id))]


def claim_id(tenant: TestTenant) -> uuid.UUID:
    """The latest claim."""
    with tenant.scope():
        return session().scalars(select(Claim.id).where(Claim.tenant_id == tenant_id()).order_by(Claim.id.desc()).limit(1)).one()


def written(tenant: TestTenant) -> list[tuple[Any, ...]]:
    """The records: whose, kind, minutes, where they come from, state, by id of the member's row."""
    with tenant.scope():
        return [tuple(row) for row in session().execute(
            select(ServiceRecord.kind, ServiceRecord.title, ServiceRecord.minutes, ServiceRecord.hours_source, ServiceRecord.status)
            .where(ServiceRecord.tenant_id == tenant_id()).order_by(ServiceRecord.created_at, ServiceRecord.id))]
