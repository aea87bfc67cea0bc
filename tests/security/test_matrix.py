"""Promise 1: no endpoint answers an actor otherwise than `matrix.txt` says; one that does not stand there fails the build."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.access import authorization
from core.access.actor import Actor
from core.config import Config
from core.errors import NotFound
from core.members.models import Member
from core.tenancy import guard, session
from tests.security import matrix
from tests.security.matrix import ACTORS, World
from tests.support.applications import shared_app
from tests.support.browsing import without_csrf
from tests.support.databases import TestDatabase
from web.routing import Access, declare

pytestmark = pytest.mark.promise(1)
PARTS = 3  # for as many processes
ONE = {"GET members.show"}


@pytest.fixture
def world(config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = matrix.make_world(without_csrf(shared_app(config)))
    monkeypatch.setattr(Session, "commit", matrix.take_back)
    return made


def differing(world: World, chosen: Callable[[int, str], bool], *, all_twelve: bool = True) -> list[str]:
    """One line for each endpoint that is answered otherwise than it is written, and for each thing said that should not be."""
    found, written = [], matrix.expected()
    for number, (name, rule, method) in enumerate(matrix.cases(world.app)):
        if chosen(number, name):
            row = written.get(name, "")
            actors = ACTORS if all_twelve or not row else matrix.representatives(number, row)
            wanted = "".join(row[ACTORS.index(actor)] for actor in actors) if row else "no row"
            letters, leaks = matrix.answers(world, rule, method, actors)
            if letters != wanted:
                found.append(f"{name}: {' '.join(wanted)} expected, {' '.join(letters)} answered" + ("" if len(actors) == len(ACTORS) else f" by {actors}"))
            found += [f"{name}: {leak}" for leak in leaks]
    return found


def test_the_rows_are_the_endpoints(config: Config) -> None:
    there = {name for name, _rule, _method in matrix.cases(shared_app(config))}
    rows = matrix.expected()
    assert (sorted(there - rows.keys()), sorted(rows.keys() - there)) == ([], [])
    assert {len(letters) for letters in rows.values()} == {len(ACTORS)}


def test_a_resident_who_typed_a_code_holds_nothing_and_gets_what_anybody_gets(world: World) -> None:
    client = world.app.test_client()
    client.set_cookie("baodao", world.cookies["resident"].removeprefix("baodao="))
    with client.session_transaction() as cookie:
        assert {name: value for name, value in cookie.items() if name != "csrf_token"} == {"_fresh": False}  # flask-login's, who found nobody
    assert [name for name, letters in matrix.expected().items() if letters[ACTORS.index("resident")] != letters[ACTORS.index("anonymous")]] == []


@pytest.mark.early
@pytest.mark.parametrize("part", range(PARTS))
def test_one_of_those_alike_is_answered_as_it_is_written(world: World, part: int, record_property: Callable[[str, object], None]) -> None:
    """In every run, each endpoint: whoever gets another answer than those like them, and one of those who get the same."""
    assert differing(world, lambda number, _name: number % PARTS == part, all_twelve=False) == []
    record_property("form", "small")


def test_those_alike_take_turns_and_who_differs_is_always_asked() -> None:
    rows = matrix.expected()
    asked = [(letters, matrix.representatives(number, letters)) for number, letters in enumerate(rows.values())]
    assert {actor for _letters, actors in asked for actor in actors} == set(ACTORS)
    assert all({letters[ACTORS.index(actor)] for actor in actors} == set(letters) for letters, actors in asked)


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_each_actor_is_answered_as_it_is_written(world: World, part: int, record_property: Callable[[str, object], None]) -> None:
    assert differing(world, lambda number, _name: number % PARTS == part) == []
    record_property("figure", f"{len(matrix.expected()) * len(ACTORS)} answers in {PARTS} parts, 0 otherwise" if part == 0 else "")


def test_twin_without_the_question_of_reach_the_sibling_gets_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorization, "_reaches", lambda *_asked: True)
    monkeypatch.setattr(Actor, "paths", lambda _actor, _permission: ("",))
    found = "\n".join(differing(world, lambda _number, name: name in ONE))
    assert "GET members.show: l l f i i a i i i a f l expected, l l f i i i i i i a f l answered" in found
    assert "GET members.show: sibling reads the name" in found


def forgetful(member_id: uuid.UUID) -> str:
    """A view that forgets both the tenant and the reach."""
    if (name := session().scalar(select(Member.name).where(Member.id == member_id))) is None:
        raise NotFound
    return name


def test_twin_without_guard_and_policy_the_other_city_gets_in(world: World, shared_database: tuple[TestDatabase, object]) -> None:
    world.app.view_functions["members.show"] = declare(forgetful, Access(permission="members.read"))
    assert "i i i i i i a f l answered" in differing(world, lambda _number, name: name in ONE)[0]  # with both, even this view shows nothing
    guard.remove()
    with shared_database[0].connect_admin() as admin:
        admin.execute("ALTER TABLE member DISABLE ROW LEVEL SECURITY")
    try:
        assert "i i i i i i i f l answered" in differing(world, lambda _number, name: name in ONE)[0]
    finally:
        guard.install()
        with shared_database[0].connect_admin() as admin:
            admin.execute("ALTER TABLE member ENABLE ROW LEVEL SECURITY")
