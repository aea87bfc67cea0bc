"""Two at once: one answer with two signatures and never one person twice; answered or withdrawn, not both. Each wall has a twin without it."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from core.access.doors import act_as, acting
from core.db import new_id
from core.errors import Conflict, Forbidden
from core.tenancy import session
from core.tenancy.scope import tenant_id
from plugins.consultation import answering, tracing
from plugins.consultation.models import ConsultationAnswer, ConsultationSignature
from tests.plugins.consultation.conftest import World, as_, ask, report, request_of
from tests.service.conftest import at_once
from tests.support.databases import TestDatabase
from tests.support.factories import make_account, make_member

KEYS = {"uq_consultation_signature_tenant_id_answer_id_signer_id": "(tenant_id, answer_id, signer_id)",
        "uq_consultation_signature_tenant_id_answer_id_number": "(tenant_id, answer_id, number)"}


def written(world: World) -> None:
    """An answer that nobody has signed yet."""
    version, given = world.row().version, world.answer()
    as_(world.tenant, world.officer, lambda: answering.write(world.request, version, given))()


def signs(world: World, account: Any) -> Callable[[], Any]:
    """The account signs what stands there."""
    return as_(world.tenant, account, lambda: answering.sign(world.request, 1, world.tenant.communities[0]))


def standing(world: World) -> tuple[str, int, int]:
    """The request's state, the answers and the signatures."""
    with world.tenant.scope():
        counts = [session().scalar(select(func.count()).select_from(model).where(model.tenant_id == tenant_id())) or 0
                  for model in (ConsultationAnswer, ConsultationSignature)]
    return world.row().state, counts[0], counts[1]


def test_two_officers_sign_at_once_and_it_is_one_answer_with_two_signatures(world: World) -> None:
    written(world)
    made = at_once(signs(world, world.officer), signs(world, world.second))
    assert (sorted(map(str, made)), standing(world)) == (["False", "True"], ("answered", 1, 2))


def test_one_person_twice_at_once_is_one_signature_and_no_answer(world: World) -> None:
    written(world)
    assert (at_once(*[signs(world, world.officer)] * 3), standing(world)) == ([False] * 3, ("open", 1, 1))


def test_a_second_account_of_the_first_signer_is_refused_and_a_third_comes_too_late(world: World) -> None:
    written(world)
    person = new_id()

    def sign_as_person() -> bool:
        with act_as(replace(acting(), member_id=person)):
            return answering.sign(world.request, 1, world.tenant.communities[0])
    assert as_(world.tenant, world.officer, sign_as_person)() is False
    with pytest.raises(Forbidden):
        as_(world.tenant, world.second, sign_as_person)()
    assert (signs(world, world.second)(), standing(world)) == (True, ("answered", 1, 2))
    with world.tenant.scope():
        late = make_account(world.tenant, "community_officer", world.tenant.communities[0])
    with pytest.raises(Conflict):
        signs(world, late)()


@pytest.fixture
def without_keys(database: TestDatabase, without_locks: None) -> Iterator[None]:
    """Locks and unique keys taken away."""
    with database.connect_admin() as admin:
        for name in KEYS:
            admin.execute(f"alter table consultation_signature drop constraint {name}")  # type: ignore[arg-type]
        yield
        admin.execute("delete from consultation_signature")
        for name, columns in KEYS.items():
            admin.execute(f"alter table consultation_signature add constraint {name} unique {columns}")  # type: ignore[arg-type]


def another(world: World, number: int) -> World:
    """A new request about somebody else, so that a race can be tried again."""
    person = make_member(world.tenant, f"李{number}")
    report(world.tenant, person)
    occasion = ask(world.tenant, person)
    return World(world.tenant, person, world.liaison, world.officer, world.second, occasion, request_of(world.tenant, occasion))


def test_twin_without_locks_and_keys_one_person_signs_twice(world: World, without_keys: None) -> None:
    for number in range(10):  # a race has to happen once
        one = another(world, number)
        written(one)
        at_once(*[signs(one, one.officer)] * 4)
        with one.tenant.scope():
            answers = select(ConsultationAnswer.id).where(ConsultationAnswer.tenant_id == tenant_id(), ConsultationAnswer.request_id == one.request)
            found = session().scalar(select(func.count()).select_from(ConsultationSignature).where(
                ConsultationSignature.tenant_id == tenant_id(), ConsultationSignature.answer_id.in_(answers)))
        if found != 1:
            return
    pytest.fail("neither the lock nor the keys are what holds")


def ends(world: World) -> list[Any]:
    """The last signature and the withdrawal at once; answers how each ended."""
    written(world)
    assert signs(world, world.officer)() is False
    withdraws = as_(world.tenant, world.liaison, lambda: tracing.withdraw(world.request, None, "不再评选"))
    return at_once(signs(world, world.second), withdraws, signs(world, world.second), withdraws)


def test_answered_or_withdrawn_but_not_both(world: World) -> None:
    made = ends(world)
    refused = [one for one in made if isinstance(one, Conflict)]
    assert (len(refused), world.row().state in ("answered", "withdrawn")) == (3, True)


def test_twin_without_the_lock_both_believe_to_have_done_it(world: World, without_locks: None) -> None:
    for number in range(10):
        made = ends(another(world, number))
        if sum(not isinstance(one, Exception) for one in made) > 1:
            return
    pytest.fail("the lock is not what holds")
