"""A tenant in which wishes are on, a member with a phone, and short ways to a wish in any state."""
from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from core.service.claims.models import Claim
from core.service.models import Evaluation, ServiceRecord
from core.tenancy import session
from core.tenancy.scope import tenant_id
from plugins.wishes import claims, entering, gate
from plugins.wishes.entering import WishInput
from plugins.wishes.gate import AcceptInput
from plugins.wishes.models import WishesWish
from tests.service.conftest import app, browser, statements
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

__all__ = ["app", "browser", "statements"]
NAME, PHONE, ADDRESS, TEXT = "孙桂兰", "13971234567", "青山里 3 栋 502", "孙女在外地，想学会视频通话"
TITLE = "学用手机视频通话"


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with wishes switched on."""
    return make_tenant(plugins=("wishes",))


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """Lives in the first community, belongs to the first unit, has a phone."""
    return make_member(tenant, account=True)


def enter(tenant: TestTenant, **changes: Any) -> uuid.UUID:
    """A wish that was handed in at the first community."""
    given = {"community_id": tenant.communities[0], "kind": "wish", "text": TEXT, "group": "elderly", "name": NAME, "phone": PHONE,
             "address": ADDRESS, **changes}
    with tenant.scope():
        return entering.enter(WishInput(**given), by=officer(tenant))


def accept(tenant: TestTenant, wish_id: uuid.UUID | None = None, *, title: str = TITLE, **changes: Any) -> uuid.UUID:
    """A wish that is on the wall."""
    wish_id = wish_id or enter(tenant)
    with tenant.scope():
        gate.accept(wish_id, None, AcceptInput(**{"title": title, "concrete": True, "real": True, "easy": True, **changes}), by=officer(tenant))
    return wish_id


def claim(tenant: TestTenant, member: TestMember, wish_id: uuid.UUID | None = None) -> uuid.UUID:
    """A wish that the member has claimed."""
    wish_id = wish_id or accept(tenant)
    with tenant.scope():
        claims.take(wish_id, member.id, by=None)
    return wish_id


def code_of(tenant: TestTenant, wish_id: uuid.UUID) -> str:
    """A fresh code on a receipt."""
    with tenant.scope():
        return entering.receipt_code(wish_id)


def officer(tenant: TestTenant) -> uuid.UUID:
    """The account of the first community's officer."""
    return tenant.accounts["community_officer"].id


def wish(tenant: TestTenant, wish_id: uuid.UUID) -> WishesWish:
    """The wish as it is."""
    with tenant.scope():
        return session().scalars(select(WishesWish).where(WishesWish.tenant_id == tenant_id(), WishesWish.id == wish_id)
                                 .execution_options(populate_existing=True)).one()


def state(tenant: TestTenant, wish_id: uuid.UUID) -> str:
    """Its state."""
    return wish(tenant, wish_id).state


def records(tenant: TestTenant) -> list[tuple[Any, ...]]:
    """The service records: kind, state, rating, minutes, together or not, the evaluation's channel."""
    with tenant.scope():
        return [tuple(row) for row in session().execute(
            select(ServiceRecord.kind, ServiceRecord.status, ServiceRecord.rating, ServiceRecord.minutes, ServiceRecord.collective, Evaluation.channel)
            .outerjoin(Evaluation, (Evaluation.tenant_id == ServiceRecord.tenant_id) & (Evaluation.record_id == ServiceRecord.id))
            .where(ServiceRecord.tenant_id == tenant_id()).order_by(ServiceRecord.id))]


def claim_states(tenant: TestTenant) -> list[str]:
    """The claims' states in the order in which they were made."""
    with tenant.scope():
        return list(session().scalars(select(Claim.state).where(Claim.tenant_id == tenant_id()).order_by(Claim.id)))
