"""A deed's way: who may declare, approve and withdraw it, and that plugins hear of it once."""
from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from core.access.accounts import grant_role
from core.access.actor import Actor, load_actor
from core.access.roles import ADMINISTRATOR, COMMUNITY, COUNTY, LIAISON, STREET
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.rules import deeds, packs
from core.rules.deeds import DeedInput
from core.rules.facts import deed_fact, deed_facts
from core.rules.quantities import QuantitySchema, quantity
from core.tenancy import session, today
from tests.rules.conftest import AWARD, VISIT, Told
from tests.service.conftest import at_once, without_locks
from tests.support.factories import TestAccount, TestMember, TestTenant, make_account, make_member, make_tenant

__all__ = ["without_locks"]


@pytest.fixture(autouse=True)
def _rule(tenant: TestTenant) -> None:
    """The rule in force knows awards and visits."""
    with tenant.scope():
        packs.publish(packs.draft("gifts", "default", {"title": "x", "deeds": [AWARD, VISIT]}), today())


def actor(account: TestAccount) -> Actor:
    """Who acts."""
    found = load_actor(account.id)
    assert found is not None
    return found


def award(**changes: Any) -> DeedInput:
    """A provincial award, today."""
    return DeedInput(**{"kind": "award", "happened_on": today(), "evidence": "鄂表〔2026〕1 号", "level": "省级", **changes})


def test_a_declared_deed_counts_when_its_level_approves_it(tenant: TestTenant, member: TestMember, told: Told) -> None:
    assert member.account is not None
    with tenant.scope():
        deed_id = deeds.enter(award(), member_id=member.id, by=actor(member.account))
        assert told.deeds == []
        for role in (COMMUNITY, STREET, LIAISON):
            with pytest.raises(Forbidden):
                deeds.approve(deed_id, 1, by=actor(tenant.accounts[role]))
        with pytest.raises(Forbidden):
            deeds.approve(deed_id, 1, by=actor(member.account))
        deeds.approve(deed_id, 1, by=actor(tenant.accounts[COUNTY]))
        assert [(what, d.deed_id, d.member_id, d.level, d.quantity) for what, d in told.deeds] == [("counted", deed_id, member.id, "省级", 1)]
        stored, heard = (session().execute(select(source)).one() for source in (deed_facts(), deed_fact(told.deeds[0][1])))
        assert (heard, heard._fields) == (stored, stored._fields)
        with pytest.raises(Conflict):
            deeds.approve(deed_id, 2, by=actor(tenant.accounts[COUNTY]))


def test_an_officer_who_may_approve_enters_what_counts_at_once(tenant: TestTenant, member: TestMember, told: Told) -> None:
    with tenant.scope():
        deeds.enter(award(kind="visit", level=None), member_id=member.id, by=actor(tenant.accounts[COMMUNITY]))
        deeds.enter(award(), member_id=member.id, by=actor(tenant.accounts[COMMUNITY]))
        deeds.enter(award(), member_id=member.id, by=actor(tenant.accounts[ADMINISTRATOR]))
        assert [d.kind for _what, d in told.deeds] == ["visit", "award"]


def test_a_units_own_deed_is_of_no_member(tenant: TestTenant, told: Told) -> None:
    with tenant.scope():
        by = actor(tenant.accounts[ADMINISTRATOR])
        deeds.enter(award(), unit_id=tenant.units[0], by=by)
        assert [(d.member_id, d.unit_id) for _what, d in told.deeds] == [(None, tenant.units[0])]
        with pytest.raises(Invalid):
            deeds.enter(award(kind="visit", level=None), unit_id=tenant.units[0], by=by)


def test_one_that_counted_is_withdrawn_with_a_reason_and_plugins_hear_it(tenant: TestTenant, member: TestMember, told: Told) -> None:
    with tenant.scope():
        by = actor(tenant.accounts[COUNTY])
        deed_id = deeds.enter(award(), member_id=member.id, by=by)
        with pytest.raises(Invalid):
            deeds.withdraw(deed_id, 2, " ", by=by)
        with pytest.raises(Forbidden):
            deeds.withdraw(deed_id, 2, "不对", by=actor(tenant.accounts[COMMUNITY]))
        deeds.withdraw(deed_id, 2, "登记错了人", by=by)
        assert [what for what, _d in told.deeds] == ["counted", "withdrawn"]
        assert session().execute(select(deed_facts())).all() == []


def test_the_member_takes_back_only_what_waits(tenant: TestTenant, member: TestMember, told: Told) -> None:
    assert member.account is not None
    with tenant.scope():
        own, county = actor(member.account), actor(tenant.accounts[COUNTY])
        waiting, done = (deeds.enter(award(), member_id=member.id, by=own) for _n in range(2))
        deeds.withdraw(waiting, 1, "", by=own)
        deeds.approve(done, 1, by=county)
        with pytest.raises(Forbidden):
            deeds.withdraw(done, 2, "", by=own)
        with pytest.raises(Forbidden):
            deeds.enter(award(kind="visit", level=None), member_id=member.id, by=own)
        refused = deeds.enter(award(), member_id=member.id, by=own)
        deeds.refuse(refused, 1, "不是本人", by=county)
        assert [what for what, _d in told.deeds] == ["counted"]


def test_a_form_sent_twice_makes_one(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        by, identity = actor(tenant.accounts[COUNTY]), uuid.uuid4()
        assert [deeds.enter(award(), member_id=member.id, by=by, deed_id=identity) for _n in range(2)] == [identity] * 2
        other = make_member
    stranger = other(tenant, "李四")
    with tenant.scope(), pytest.raises(Conflict):
        deeds.enter(award(), member_id=stranger.id, by=by, deed_id=identity)


def test_two_who_decide_at_once_count_it_once(tenant: TestTenant, member: TestMember, told: Told) -> None:
    assert member.account is not None
    with tenant.scope():
        deed_id = deeds.enter(award(), member_id=member.id, by=actor(member.account))

    def decide() -> None:
        with tenant.scope():
            deeds.approve(deed_id, 1, by=actor(tenant.accounts[COUNTY]))

    outcome = at_once(decide, decide, decide)
    assert sorted(type(o).__name__ for o in outcome) == ["Conflict", "Conflict", "NoneType"]
    assert len(told.deeds) == 1


def test_twin_without_the_lock_it_counts_more_than_once(tenant: TestTenant, member: TestMember, told: Told, without_locks: None) -> None:
    assert member.account is not None

    def decide(deed_id: uuid.UUID) -> None:
        with tenant.scope():
            deeds.approve(deed_id, 1, by=actor(tenant.accounts[COUNTY]))

    for attempt in range(1, 31):  # a race has to happen once
        with tenant.scope():
            deed_id = deeds.enter(award(), member_id=member.id, by=actor(member.account))
        at_once(*[lambda deed_id=deed_id: decide(deed_id)] * 4)
        if len(told.deeds) > attempt:
            return
    pytest.fail("the lock is not what holds")


def test_the_level_must_come_from_a_grant_that_reaches_the_member(tenant: TestTenant, member: TestMember) -> None:
    """Who keeps this community and, elsewhere, a whole county is no county for the people of this community."""
    assert member.account is not None
    with tenant.scope():
        both = make_account(tenant, COMMUNITY, tenant.communities[0])
        grant_role(both.id, COUNTY, tenant.counties[-1])
        deed_id = deeds.enter(award(), member_id=member.id, by=actor(member.account))
        with pytest.raises(Forbidden):
            deeds.approve(deed_id, 1, by=actor(both))
        deeds.approve(deed_id, 1, by=actor(tenant.accounts[COUNTY]))


@pytest.mark.parametrize(("changes", "field"), [({"kind": "nothing"}, "kind"), ({"level": "国家级"}, "level"), ({"quantity": 0}, "quantity"),
                                                ({"evidence": "x"}, "evidence"), ({"level": None}, "level")])
def test_what_is_wrong_is_named(tenant: TestTenant, member: TestMember, changes: dict[str, Any], field: str) -> None:
    with tenant.scope(), pytest.raises(Invalid) as refused:
        deeds.enter(award(**changes), member_id=member.id, by=actor(tenant.accounts[COUNTY]))
    assert list(refused.value.fields) == [field]


def test_a_quantity_of_deeds_and_the_other_tenants_are_not_there(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        by = actor(tenant.accounts[COUNTY])
        ids = [deeds.enter(award(quantity=n, level=level), member_id=member.id, by=by) for n, level in ((1, "省级"), (5, "市级"))]
        facts = deed_facts()
        specs = ({"of": "deeds"}, {"of": "deed_quantity"}, {"of": "deed_quantity", "deed_levels": ["市级"]}, {"of": "deeds", "deed_kinds": ["x"]})
        assert session().execute(select(*(quantity(QuantitySchema().load(s), facts) for s in specs))).one() == (2, 6, 5, 0)
    with make_tenant("4202").scope():
        assert session().execute(select(deed_facts())).all() == []
        with pytest.raises(NotFound):
            deeds.locked(ids[0])
