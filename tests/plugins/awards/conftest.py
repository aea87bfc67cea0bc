"""A tenant in which awards are on, members with records that count, and a selection of the first county."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from core.access.doors import act_as
from core.db import new_id
from core.service import evaluation, records
from core.tenancy import now, session, today
from core.tenancy.clock import set_clock
from plugins.awards import calling, deciding, nominating, objecting, publishing
from plugins.awards.calling import SelectionInput
from plugins.awards.models import AwardNomination, AwardSelection
from plugins.awards.nominating import NominationInput
from tests.plugins.quick import quick
from tests.service.conftest import app, at_once, browser, service, statements
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant

__all__ = ["app", "at_once", "browser", "quick", "statements"]
REASON = "三年坚持上门看望独居老人"


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with awards, points and stars switched on."""
    return make_tenant(plugins=("awards", "points", "stars"))


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """Lives in the first community, belongs to the first unit, has a phone."""
    return make_member(tenant, account=True)


@contextmanager
def acting_as(tenant: TestTenant, role: str = "county_officer") -> Iterator[None]:
    """Inside the tenant's scope, with an officer acting."""
    with tenant.scope(), act_as(tenant.actor(role)):
        yield


@pytest.fixture
def called(tenant: TestTenant) -> Callable[..., uuid.UUID]:
    """`called(subject="member", ...)` calls a selection for the first county."""
    def call(role: str = "county_officer", place: uuid.UUID | None = None, **changes: Any) -> uuid.UUID:
        given: dict[str, Any] = {"kind": "社区服务之星", "title": "年度社区服务之星", "criteria": "热心服务，群众满意", **changes}
        with acting_as(tenant, role):
            return calling.call(new_id(), place or tenant.counties[0], SelectionInput(**given))
    return call


@pytest.fixture
def nominated(tenant: TestTenant, called: Callable[..., uuid.UUID]) -> Callable[..., tuple[uuid.UUID, uuid.UUID]]:
    """`nominated(member)` nominates by the community with agreement on paper; answers the selection's and the nomination's id."""
    def nominate(member: TestMember, selection_id: uuid.UUID | None = None, *, agreed: bool = True, **changes: Any) -> tuple[uuid.UUID, uuid.UUID]:
        selection = selection_id or called(**changes)
        with acting_as(tenant, "community_officer"):
            made = nominating.nominate(new_id(), selection, NominationInput(REASON, tenant.communities[0], member_id=member.id, agreed=agreed))
        return selection, made
    return nominate


@pytest.fixture
def published(tenant: TestTenant, nominated: Callable[..., tuple[uuid.UUID, uuid.UUID]]) -> Callable[..., tuple[uuid.UUID, uuid.UUID]]:
    """`published(member)` publishes the nomination."""
    def publish(member: TestMember, **changes: Any) -> tuple[uuid.UUID, uuid.UUID]:
        selection, made = nominated(member, **changes)
        with acting_as(tenant):
            publishing.publish(selection, None, [made])
        return selection, made
    return publish


@pytest.fixture
def granted(tenant: TestTenant, published: Callable[..., tuple[uuid.UUID, uuid.UUID]]) -> Callable[..., tuple[uuid.UUID, uuid.UUID]]:
    """`granted(member)` lets the publication pass and decides."""
    def grant(member: TestMember, **changes: Any) -> tuple[uuid.UUID, uuid.UUID]:
        selection, made = published(member, **changes)
        pass_publication(tenant, selection)
        with acting_as(tenant):
            deciding.decide(selection, None, today(), "武组发〔2026〕3号")
        return selection, made
    return grant


def served(tenant: TestTenant, member: TestMember, grade: str = "satisfied") -> uuid.UUID:
    """A record of an hour and a half that counts."""
    with tenant.scope():
        record = records.submit(member.id, service(tenant.communities[0]), entered_by=tenant.accounts["community_officer"].id)
        records.verify(record, 1, by=None)
        evaluation.key_in(record, "visit", grade, "", today(), by=tenant.accounts["community_officer"].id)
    return record


def pass_publication(tenant: TestTenant, selection_id: uuid.UUID) -> None:
    """As if the days of the publication lay in the past."""
    with tenant.scope():
        row = session().get_one(AwardSelection, (tenant.id, selection_id))
        row.published_on, row.objections_until = today() - dt.timedelta(days=9), today() - dt.timedelta(days=1)


def objected(tenant: TestTenant, nomination_id: uuid.UUID) -> uuid.UUID:
    """An objection of a resident's to somebody on a list."""
    with tenant.scope():
        return objecting.raise_objection(uuid.uuid4(), nomination_id, "那天并没有来过", "13900000000")


def selection(tenant: TestTenant, selection_id: uuid.UUID) -> AwardSelection:
    """The selection as it is now."""
    with tenant.scope():
        return session().get_one(AwardSelection, (tenant.id, selection_id))


def nomination(tenant: TestTenant, nomination_id: uuid.UUID) -> AwardNomination:
    """The nomination as it is now."""
    with tenant.scope():
        return session().get_one(AwardNomination, (tenant.id, nomination_id))


@pytest.fixture
def later() -> Iterator[Callable[[], None]]:
    """`later()` lets ten seconds pass, as long as people type at least."""
    moment = now()
    with ExitStack() as clocks:
        def pass_by() -> None:
            nonlocal moment
            moment += dt.timedelta(seconds=10)
            clocks.enter_context(set_clock(moment))
        pass_by()
        yield pass_by
