"""Two at once: one star a case and scheme, one approval a step. Each wall has a twin without it."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, func, select

import core.db
from core.errors import Conflict
from core.rules.queries import packs_in_force
from core.tenancy import session, today
from plugins.stars import cases, granting
from plugins.stars.models import Star, StarCase
from tests.plugins.stars.conftest import case_of, hours, level, scheme, serve, simple
from tests.plugins.stars.test_flow import ONE, TWO
from tests.plugins.stars.test_pages import computed
from tests.service.conftest import at_once
from tests.service.test_records import in_scope
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member

UNIQUE = {"uq_stars_star_held": "create unique index uq_stars_star_held on stars_star (tenant_id, scheme, member_id) where state = 'held'",
          "uq_stars_star_tenant_id_case_id": "alter table stars_star add constraint uq_stars_star_tenant_id_case_id unique (tenant_id, case_id)"}


def ready(tenant: TestTenant, member: TestMember) -> Any:
    """A case that is approved and waits for its notice."""
    serve(tenant, member, 10, today())
    computed(tenant, {**simple(10), "entry": "automatic"})
    with tenant.scope():
        cases.approve(case_of_now(member), 1, by=ONE)
    return case_of(tenant, member)


def case_of_now(member: TestMember) -> Any:
    """The member's case, inside a scope."""
    return session().scalars(select(StarCase.id).where(StarCase.member_id == member.id)).one()


def stars(tenant: TestTenant) -> int:
    """How many stars there are."""
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(Star)) or 0


def test_granted_twice_at_once_it_is_one_star(tenant: TestTenant, member: TestMember) -> None:
    found = ready(tenant, member)
    made = at_once(*[in_scope(tenant, lambda: granting.grant([found.id], by=ONE))] * 4)
    assert (sorted(len(one) for one in made), stars(tenant)) == ([0, 0, 0, 1], 1)


@pytest.fixture
def without_locks(database: TestDatabase) -> Iterator[None]:
    """Reads cases without locking them, and without looking at their state a second time."""
    def strip(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> tuple[str, Any]:
        return re.sub(r"\s+FOR UPDATE\b", " ", statement) if "stars_case" in statement else statement, parameters

    engine = core.db.database.engine
    event.listen(engine, "before_cursor_execute", strip, retval=True)
    yield
    event.remove(engine, "before_cursor_execute", strip)


@pytest.fixture
def without_keys(database: TestDatabase, without_locks: None) -> Iterator[None]:
    """Takes the unique keys of stars away too."""
    with database.connect_admin() as admin:
        admin.execute("drop index uq_stars_star_held")
        admin.execute("alter table stars_star drop constraint uq_stars_star_tenant_id_case_id")
        yield
        admin.execute("delete from stars_star")
        for statement in UNIQUE.values():
            admin.execute(statement)  # type: ignore[arg-type]


def test_twin_without_locks_and_keys_it_is_several(tenant: TestTenant, without_keys: None) -> None:
    for number in range(10):  # a race has to happen once
        found = ready(tenant, make_member(tenant, f"李{number}")) if number == 0 else again(tenant, number)
        before = stars(tenant)
        at_once(*[in_scope(tenant, lambda found=found: granting.grant([found.id], by=ONE))] * 4)
        if stars(tenant) > before + 1:
            return
    pytest.fail("neither the lock nor the keys are what holds")


def again(tenant: TestTenant, number: int) -> Any:
    """Another person's case, applied for in the same round."""
    person = make_member(tenant, f"李{number}")
    serve(tenant, person, 10, today())
    with tenant.scope():
        case_id = cases.enter_now(person.id, packs_in_force("stars", today())[0], by=ONE)
        cases.approve(case_id, 2, by=ONE)
    return case_of(tenant, person)


def test_the_keys_hold_alone_when_the_locks_are_gone(tenant: TestTenant, member: TestMember, without_locks: None) -> None:
    found = ready(tenant, member)
    made = at_once(*[in_scope(tenant, lambda: granting.grant([found.id], by=ONE))] * 4)
    assert stars(tenant) == 1
    assert sum(isinstance(one, list) and len(one) == 1 for one in made) == 1


def test_two_approvers_at_once_give_one_approval(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, today())
    computed(tenant, simple(10) | {"levels": [level(1, hours(10), steps=["community", "county"])], "entry": "automatic"})
    found = case_of(tenant, member)
    made = at_once(*(in_scope(tenant, lambda who=who: cases.approve(found.id, 1, by=who)) for who in (ONE, TWO, ONE, TWO)))
    assert sorted(type(one).__name__ for one in made) == ["Conflict", "Conflict", "Conflict", "NoneType"]
    assert (case_of(tenant, member).step, case_of(tenant, member).step_level) == (1, "county")
    assert all(one is None or isinstance(one, Conflict) for one in made)


def test_twin_without_the_lock_both_believe_to_have_given_it(tenant: TestTenant, member: TestMember, without_locks: None) -> None:
    serve(tenant, member, 10, today())
    computed(tenant, simple(10) | {"levels": [level(1, hours(10), steps=["community", "county"])], "entry": "automatic"})
    for _attempt in range(10):  # a race has to happen once
        found = case_of(tenant, member)
        if found.state != "pending":
            break
        made = at_once(*(in_scope(tenant, lambda who=who, found=found: cases.approve(found.id, found.version, by=who))
                         for who in (ONE, TWO, ONE, TWO)))
        if sum(one is None for one in made) > 1:
            return
        with tenant.scope():
            row = cases.locked(found.id)
            row.state, row.step, row.step_level = "pending", 0, "community"
    pytest.fail("the lock is not what holds")


def test_applied_for_twice_at_once_it_is_one_case(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 10, today())
    with tenant.scope():
        pack = scheme(simple(10))
    made = at_once(*[in_scope(tenant, lambda: cases.enter_now(member.id, pack, by=ONE))] * 4)
    assert sorted(type(one).__name__ for one in made) == ["Conflict", "Conflict", "Conflict", "UUID"]
