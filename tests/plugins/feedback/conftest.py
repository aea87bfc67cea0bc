"""A tenant in which feedback is on, with members who have reported in, claimed, promised and served in the first community."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlalchemy import select

from core.registration import reporting
from core.service import evaluation, records
from core.service.claims.claiming import claim
from core.service.claims.fulfilling import Service, complete
from core.service.claims.matters import MatterInput, open_matter
from core.service.records import RecordInput
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from plugins.feedback import making, moving, periods
from plugins.feedback.models import FeedbackLine, FeedbackPack
from plugins.feedback.periods import Period
from plugins.pledges import making as pledging, publishing
from tests.plugins.quick import quick
from tests.service.conftest import app, browser, statements, without_locks
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

__all__ = ["app", "browser", "quick", "statements", "without_locks"]
RESIDENT = "孙桂兰"
DAY = dt.timedelta(days=1)


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with feedback, pledges and posts switched on."""
    return make_tenant(plugins=("feedback", "pledges", "posts"))


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """Lives in the first community, belongs to the first unit, has a phone, has reported in and served."""
    one = make_member(tenant, account=True)
    report(tenant, one)
    serve(tenant, one)
    return one


def report(tenant: TestTenant, member: TestMember, community: int = 0) -> None:
    """Report in at a community, confirmed."""
    officer = tenant.accounts["community_officer"].id
    with tenant.scope():
        reporting.confirm(reporting.submit(member.id, tenant.communities[community], "residence", "officer", by=officer), 1, by=officer)


def serve(tenant: TestTenant, member: TestMember, rating: str = "satisfied", minutes: int = 90, community: int = 0, *, on: dt.date | None = None,
          kind: str = "政策宣传") -> uuid.UUID:
    """A record that counts."""
    officer = tenant.accounts["community_officer"].id
    with tenant.scope():
        record = records.submit(member.id, RecordInput(kind, "入户宣传", on or today(), minutes, tenant.communities[community], recipient=RESIDENT),
                                entered_by=officer)
        records.verify(record, 1, by=uuid.uuid4())
        evaluation.key_in(record, "visit", rating, None, today(), by=officer)
        return record


def promise(tenant: TestTenant, member: TestMember, *, kept: bool) -> None:
    """Claim a matter and pledge on it in public; kept with the claim."""
    with tenant.scope():
        matter = open_matter("posts", MatterInput(tenant.communities[0], "环境卫生", "清扫楼道"), by=None)
        claim_id = claim(matter, member.id, by=None).id
        publishing.publish(pledging.make(pledging.PledgeInput(claim_id, "每周六清扫三号楼楼道", today() + DAY), by=None), 1)
        if kept:
            complete(claim_id, None, Service(today(), minutes=30), by=None)


def present() -> Period:
    """The year that is going on."""
    return periods.containing(today(), "year")


def make(tenant: TestTenant, community: int = 0) -> list[uuid.UUID]:
    """Make the packs of a community; answers all it has, in the order of units."""
    with tenant.scope():
        making.make([tenant.communities[community]], present())
        return list(session().scalars(select(FeedbackPack.id).where(
            FeedbackPack.tenant_id == tenant_id(), FeedbackPack.community_id == tenant.communities[community])
            .order_by(FeedbackPack.sort_key, FeedbackPack.revision)))


def pack(tenant: TestTenant, pack_id: uuid.UUID) -> FeedbackPack:
    """The pack as it is now."""
    with tenant.scope():
        return session().get_one(FeedbackPack, (tenant_id(), pack_id))


def lines(tenant: TestTenant, pack_id: uuid.UUID) -> list[dict[str, Any]]:
    """Its lines as mappings, by name."""
    with tenant.scope():
        rows = session().scalars(select(FeedbackLine).where(FeedbackLine.tenant_id == tenant_id(), FeedbackLine.pack_id == pack_id)
                                 .order_by(FeedbackLine.name)).all()
        return [{c.key: getattr(row, c.key) for c in FeedbackLine.__table__.c} for row in rows]


def send(tenant: TestTenant, pack_id: uuid.UUID) -> None:
    """Review, sign and send."""
    with tenant.scope():
        version = session().get_one(FeedbackPack, (tenant_id(), pack_id)).version
        moving.review(pack_id, version, by=uuid.uuid4())
        moving.sign(pack_id, version + 1, "周书记", by=uuid.uuid4())
        moving.send(pack_id, version + 2)
