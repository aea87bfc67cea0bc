"""A tenant in which consultations are on, with members who report in, two officers in the first community and a request between them."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from core.access.actor import load_actor
from core.access.doors import act_as
from core.db import new_id
from core.registration.models import ReportIn
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id
from plugins.consultation import answering, asking
from plugins.consultation.answering import OpinionInput
from plugins.consultation.asking import AskInput
from plugins.consultation.models import ConsultationRequest, ConsultationSubject
from tests.service.conftest import app, browser, statements, without_locks
from tests.support.databases import TestDatabase
from tests.support.factories import TestAccount, TestMember, TestTenant, make_account, make_member, make_tenant

__all__ = ["app", "browser", "statements", "without_locks"]
SAYS, REASON = "年度优秀共产党员甲乙丙丁", "邻里反映其热心戊己庚辛"
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class World:
    """The tenant with a request of the first unit to the first community about `member`, and who plays in it."""

    tenant: TestTenant
    member: TestMember
    liaison: TestAccount
    officer: TestAccount
    second: TestAccount
    occasion: uuid.UUID
    request: uuid.UUID

    def row(self) -> Any:
        """The request as it is now."""
        with self.tenant.scope():
            return session().get_one(ConsultationRequest, (self.tenant.id, self.request))

    def subjects(self) -> list[uuid.UUID]:
        """The ids of whom it is about."""
        with self.tenant.scope():
            return list(session().scalars(select(ConsultationSubject.id).where(ConsultationSubject.tenant_id == tenant_id(),
                                                                               ConsultationSubject.request_id == self.request)))

    def answer(self, opinion: str = "remark", reason: str = REASON) -> dict[uuid.UUID, OpinionInput]:
        """An answer that says the same of everybody."""
        return dict.fromkeys(self.subjects(), OpinionInput(opinion, reason))


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with consultations, posts and pledges switched on."""
    return make_tenant(plugins=("consultation", "posts", "pledges"))


def report(tenant: TestTenant, member: TestMember, community: int = 0, basis: str = "residence") -> None:
    """A confirmed report-in."""
    with tenant.scope():
        session().add(ReportIn(member_id=member.id, community_id=tenant.communities[community], unit_id=member.unit_id, sort_key="", basis=basis,
                               channel="officer", status="confirmed", reported_on=today(), decided_on=today(), created_at=now()))


def as_(tenant: TestTenant, account: TestAccount, work: Callable[[], Any]) -> Callable[[], Any]:
    """The work as that account, in a scope of its own."""
    def run() -> Any:
        with tenant.scope():
            actor = load_actor(account.id)
            assert actor is not None
            with act_as(actor):
                return work()
    return run


def ask(tenant: TestTenant, *members: TestMember, account: TestAccount | None = None, says: str = SAYS, purpose: str = "评先表优",
        asker: uuid.UUID | None = None, copy: uuid.UUID | None = None, identity: uuid.UUID | None = None) -> uuid.UUID:
    """Ask about these members everywhere they report in; answers the occasion."""
    place = asker or tenant.units[0]
    given = AskInput(place, purpose, says, today() + 10 * DAY, copy)
    return as_(tenant, account or tenant.accounts["unit_liaison"], lambda: asking.ask_members(  # type: ignore[no-any-return]
        identity or new_id(), given, asking.everywhere(place, [one.id for one in members])))()


def request_of(tenant: TestTenant, occasion: uuid.UUID, community: int = 0) -> uuid.UUID:
    """The request of an occasion to one community."""
    with tenant.scope():
        return session().scalars(select(ConsultationRequest.id).where(
            ConsultationRequest.tenant_id == tenant_id(), ConsultationRequest.occasion_id == occasion,
            ConsultationRequest.community_id == tenant.communities[community])).one()


@pytest.fixture
def world(tenant: TestTenant) -> World:
    """One request about a member who lives and reports in the first community."""
    member = make_member(tenant, "欧阳不可见", account=True)
    report(tenant, member)
    with tenant.scope():
        second = make_account(tenant, "community_officer", tenant.communities[0], display_name="副书记")
    occasion = ask(tenant, member)
    return World(tenant, member, tenant.accounts["unit_liaison"], tenant.accounts["community_officer"], second, occasion, request_of(tenant, occasion))


def answered(world: World, opinion: str = "remark", reason: str = REASON) -> None:
    """Both officers answer and sign."""
    place = world.tenant.communities[0]
    version, given = world.row().version, world.answer(opinion, reason)

    def first() -> None:
        answering.write(world.request, version, given)
        answering.sign(world.request, None, place)
    as_(world.tenant, world.officer, first)()
    assert as_(world.tenant, world.second, lambda: answering.sign(world.request, None, place))() is True
