"""A unit's claim with its members: waiting together, serving once for each, and never vouching for one's own service."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.access.models import Account
from core.errors import Conflict
from core.extension.facts import ClaimFact
from core.service.claims.claiming import claim, release
from core.service.claims.closing import close_matter
from core.service.claims.collective import claim_for_unit, join
from core.service.claims.fulfilling import Service, complete, serve
from core.service.claims.matters import MatterInput, change_matter
from core.service.claims.models import Claim
from core.service.models import ServiceRecord
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tests.service.claims.test_claiming import states, written
from tests.support.factories import TestMember, TestTenant, make_member

Put = Callable[..., uuid.UUID]


def test_who_serves_under_a_waiting_unit_waits_with_it(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    put = matter(collective=True, waits=True)
    with tenant.scope():
        first = claim(put, members[2].id, by=None)
        made = claim_for_unit(put, tenant.units[0], [m.id for m in members[:2]], by=None)
    assert states(tenant) == ["held", "waiting", "waiting*", "waiting*", 1]
    with pytest.raises(Conflict), tenant.scope():
        serve(made.id, Service(today()), by=None)
    with pytest.raises(Conflict), tenant.scope():
        complete(made.id, None, None, by=None)  # who waits has nothing to close
    with tenant.scope():
        release(first.id, 1, "工作调动")
    assert states(tenant) == ["released", "held", "held*", "held*", 1]
    with tenant.scope():
        assert claim_for_unit(put, tenant.units[0], [members[0].id, members[2].id], by=None).id == made.id  # again: one more joins
    assert states(tenant) == ["released", "held", "held*", "held*", "held*", 1]


def test_the_form_of_several_sent_twice_is_one_record_each(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    put, record_id = matter(collective=True), uuid.uuid4()
    with tenant.scope():
        made = claim_for_unit(put, tenant.units[0], [members[0].id], by=None)
        first = serve(made.id, Service(today()), by=None, record_id=record_id)
    with tenant.scope():
        join(made.id, [members[1].id], by=None)
        second = serve(made.id, Service(today()), by=None, record_id=record_id)
        assert (second[0], len(set(second))) == (first[0], 2)
    with tenant.scope():
        assert complete(made.id, 1, Service(today()), by=None, record_id=record_id) == second  # noted already: closes with these
    assert len(written(tenant)) == 2


def test_nobody_vouches_for_ones_own_service_under_a_unit(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    officer, put, own = tenant.accounts["community_officer"].id, matter(collective=True), make_member(tenant, "周社工").id
    with tenant.scope():
        session().get_one(Account, (tenant.id, officer)).member_id = own
        made = claim_for_unit(put, tenant.units[0], [members[0].id, own], by=None)
        complete(made.id, None, Service(today()), by=officer, verified_by=officer)
        found: dict[Any, str] = dict(session().execute(select(ServiceRecord.member_id, ServiceRecord.status).where(
            ServiceRecord.tenant_id == tenant_id())).all())
    assert found == {members[0].id: "verified", own: "submitted"}


@pytest.mark.parametrize("how", ["release", "complete", "close"])
def test_plugins_hear_of_the_end_of_every_held_claim(how: str, tenant: TestTenant, members: list[TestMember], matter: Put,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    put, told = matter(collective=True), []
    with tenant.scope():
        made = claim_for_unit(put, tenant.units[0], [m.id for m in members], by=None)
    for module in ("claiming", "fulfilling", "closing"):
        monkeypatch.setattr(f"core.service.claims.{module}.tell", lambda name, **facts: told.append((name, *facts.values())))
    with tenant.scope():
        {"release": lambda: release(made.id, 1, "另有任务"), "complete": lambda: complete(made.id, 1, Service(today()), by=None),
         "close": lambda: close_matter(put, None)}[how]()
    ended: list[ClaimFact] = [fact for name, fact in told if name == "claim_ended"]
    assert [fact.member_id for fact in ended] == [None, *(m.id for m in members)]
    assert {fact.parent_id for fact in ended[1:]} == {made.id}


def test_more_places_take_in_who_waits_and_deadlines_follow(tenant: TestTenant, members: list[TestMember], matter: Put) -> None:
    day = today() + dt.timedelta(days=10)
    put = matter(waits=True, due_on=day)
    with tenant.scope():
        claim(put, members[0].id, by=None)
        claim(put, members[1].id, by=None, due_on=day - dt.timedelta(days=4))
        claim(put, members[2].id, by=None, due_on=day - dt.timedelta(days=9))
        change_matter(put, 1, MatterInput(tenant.communities[0], "环境卫生", "清扫楼道", places=2, waits=True, due_on=day - dt.timedelta(days=7)))
    assert states(tenant) == ["held", "held", "waiting", 2]
    with tenant.scope():
        due = session().scalars(select(Claim.due_on).where(Claim.tenant_id == tenant_id()).order_by(Claim.id)).all()
    assert [(day - one).days for one in due if one] == [7, 7, 9]
