"""Several at once on one matter: nobody is lost, the places are right, a service is written once; with a twin that holds no lock."""
from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from core.errors import Conflict
from core.service.claims import claiming
from core.service.claims.claiming import claim, release
from core.service.claims.closing import close_matter
from core.service.claims.fulfilling import Service, complete
from core.service.claims.models import Claim, Matter
from core.service.models import ServiceRecord
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from tests.registration.test_races import Meeting
from tests.service.conftest import without_locks as _without_locks
from tests.support.factories import TestMember, TestTenant

Put = Callable[..., uuid.UUID]
without_locks = _without_locks


def meet(monkeypatch: pytest.MonkeyPatch, first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """The first has read the matter and stands before it writes, when the second comes and reads it too, if nothing holds it up."""
    meeting, real = Meeting(), claiming.locked_matter

    def locked(*args: Any, **kwargs: Any) -> Any:
        return meeting.tell(meeting.pause(real))(*args, **kwargs)

    for module in ("claiming.locked_matter", "closing.locked"):
        monkeypatch.setattr(f"core.service.claims.{module}", locked)
    return meeting.hold(first, second)


def in_scope(tenant: TestTenant, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[[], Any]:
    """The work in a transaction of its own."""
    def run() -> Any:
        with tenant.scope():
            return work(*args, **kwargs)
    return run


def books(tenant: TestTenant) -> tuple[int, list[str]]:
    """The places that the matter says are taken, and the states of its claims."""
    with tenant.scope():
        taken = session().scalar(select(Matter.taken).where(Matter.tenant_id == tenant_id()))
        return taken or 0, list(session().scalars(select(Claim.state).where(Claim.tenant_id == tenant_id()).order_by(Claim.id)))


def release_while_another_claims(tenant: TestTenant, members: list[TestMember], matter: Put, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    put = matter(waits=True)
    with tenant.scope():
        held = claim(put, members[0].id, by=None).id
        claim(put, members[1].id, by=None)  # waits
    meet(monkeypatch, in_scope(tenant, release, held, 1, "工作调动"), in_scope(tenant, claim, put, members[2].id, by=None))
    return books(tenant)


def release_while_another_comes_to_wait(tenant: TestTenant, members: list[TestMember], matter: Put,
                                        monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    """One finds the matter full and is about to wait when its holder leaves, all of it; then a third comes."""
    put, meeting = matter(waits=True), Meeting()
    with tenant.scope():
        held = claim(put, members[0].id, by=None).id
    monkeypatch.setattr(claiming, "locked_matter", meeting.pause(claiming.locked_matter))
    meeting.hold(in_scope(tenant, claim, put, members[1].id, by=None), meeting.tell(in_scope(tenant, release, held, 1, "工作调动")))
    with tenant.scope():
        claim(put, members[2].id, by=None)
    return books(tenant)


def release_of_the_last_while_another_claims(tenant: TestTenant, members: list[TestMember], matter: Put,
                                             monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    put = matter(places=2)
    with tenant.scope():
        held = claim(put, members[0].id, by=None).id
    meet(monkeypatch, in_scope(tenant, release, held, 1, "工作调动"), in_scope(tenant, claim, put, members[2].id, by=None))
    return books(tenant)


def close_while_another_claims(tenant: TestTenant, members: list[TestMember], matter: Put, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str], Any]:
    put = matter(places=2)
    found = meet(monkeypatch, in_scope(tenant, close_matter, put, None, "天气原因"), in_scope(tenant, claim, put, members[0].id, by=None))
    return (*books(tenant), found[1])


def complete_twice(tenant: TestTenant, members: list[TestMember], matter: Put, monkeypatch: pytest.MonkeyPatch) -> int:
    put = matter()
    with tenant.scope():
        held = claim(put, members[0].id, by=None).id
    meet(monkeypatch, *[in_scope(tenant, complete, held, 1, Service(today()), by=None, record_id=uuid.uuid4()) for _twice in range(2)])
    with tenant.scope():
        return session().scalar(select(func.count()).select_from(ServiceRecord).where(ServiceRecord.tenant_id == tenant_id())) or 0


def test_one_gives_up_while_one_waits_and_one_comes(tenant: TestTenant, members: list[TestMember], matter: Put,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    assert release_while_another_claims(tenant, members, matter, monkeypatch) == (1, ["released", "held", "waiting"])


def test_one_gives_up_while_one_comes_to_wait_and_a_third_comes(tenant: TestTenant, members: list[TestMember], matter: Put,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    assert release_while_another_comes_to_wait(tenant, members, matter, monkeypatch) == (1, ["released", "held", "waiting"])


def test_a_place_given_up_and_one_taken(tenant: TestTenant, members: list[TestMember], matter: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    assert release_of_the_last_while_another_claims(tenant, members, matter, monkeypatch) == (1, ["released", "held"])


def test_nobody_takes_a_place_of_a_matter_that_closes(tenant: TestTenant, members: list[TestMember], matter: Put,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    assert close_while_another_claims(tenant, members, matter, monkeypatch) == (0, [], Conflict.__name__)


def test_closed_twice_at_once_is_one_record(tenant: TestTenant, members: list[TestMember], matter: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    assert complete_twice(tenant, members, matter, monkeypatch) == 1


# The twins: without the lock of the matter each of these goes wrong.

def test_without_the_lock_the_places_are_wrong(tenant: TestTenant, members: list[TestMember], matter: Put, monkeypatch: pytest.MonkeyPatch,
                                               without_locks: None) -> None:
    taken, found = release_of_the_last_while_another_claims(tenant, members, matter, monkeypatch)
    assert taken != found.count("held")


def test_without_the_lock_whoever_waits_is_passed_over(tenant: TestTenant, members: list[TestMember], matter: Put, monkeypatch: pytest.MonkeyPatch,
                                                       without_locks: None) -> None:
    assert release_while_another_comes_to_wait(tenant, members, matter, monkeypatch) == (1, ["released", "waiting", "held"])


def test_without_the_lock_a_closed_matter_has_a_holder(tenant: TestTenant, members: list[TestMember], matter: Put, monkeypatch: pytest.MonkeyPatch,
                                                       without_locks: None) -> None:
    assert close_while_another_claims(tenant, members, matter, monkeypatch)[1] == ["held"]


def test_without_the_lock_it_is_two_records(tenant: TestTenant, members: list[TestMember], matter: Put, monkeypatch: pytest.MonkeyPatch,
                                            without_locks: None) -> None:
    assert complete_twice(tenant, members, matter, monkeypatch) == 2
