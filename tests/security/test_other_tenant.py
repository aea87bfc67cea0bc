"""Every route that names a thing by id: a thing of another tenant is answered exactly like one that does not exist.

The rows come from the URL map: a new route is tested by being there, and one with a parameter unknown here fails.
"""
from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule

from core.access.actor import load_actor
from core.access.roles import MEMBER, permissions
from core.access.tokens import create_token
from core.config import Config
from core.members.models import Member
from core.tenancy import guard
from tests.security import rows
from tests.security.matrix import may_enter
from tests.support.applications import shared_app
from tests.support.browsing import UNSENT, without_csrf
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_member, make_tenant, sign_in

pytestmark = pytest.mark.promise(1)
NOISE = re.compile(rb'[0-9a-f]{32}|name="csrf_token" value="[^"]+"|csrf-token" content="[^"]+"')


@dataclass(frozen=True)
class World:
    """The application, the tenant of whoever asks, and the ids of the other tenant's things by URL parameter."""

    app: Flask
    mine: TestTenant
    clients: dict[str, FlaskClient]
    tokens: dict[str, str]
    foreign: dict[str, list[uuid.UUID]]


@pytest.fixture
def world(config: Config) -> World:
    """Two tenants with the plugin on, a full set of things in the second, a client for each role of the first."""
    app = shared_app(config)
    without_csrf(app)
    mine, theirs = make_tenant("4201", plugins=rows.PLUGINS), make_tenant("4228", plugins=rows.PLUGINS)
    own = make_member(mine, account=True)
    accounts = dict(mine.accounts)
    if own.account is not None:
        accounts[MEMBER] = own.account
    clients, tokens = {}, {}
    for role, account in accounts.items():
        clients[role] = app.test_client()
        sign_in(clients[role], account)
        with mine.scope():
            actor = load_actor(account.id)
            assert actor is not None
            tokens[role] = create_token(actor, "all", [p.code for p in permissions() if actor.can(p.code)], 1)
    return World(app, mine, clients, tokens, rows.things(theirs))


def _cases(app: Flask) -> Iterator[tuple[Rule, str, list[str]]]:
    for rule in app.url_map.iter_rules():
        names = [name for name, converter in rule._converters.items() if type(converter).__name__ == "UUIDConverter"]
        if names:
            for method in sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"}):
                yield rule, method, names


@pytest.mark.long  # test_matrix asks the same of the other city in each run, with fewer rows
def test_a_foreign_thing_looks_absent(world: World) -> None:
    leaks, unknown = [], set()
    for rule, method, names in _cases(world.app):
        if missing := {n for n in names if n not in world.foreign}:
            unknown |= missing
            continue
        for role in (role for role in world.clients if may_enter(world.app, rule, role)):
            absent = _ask(world, role, rule, method, {n: uuid.uuid4() for n in names})
            for ids in zip(*(world.foreign[n] for n in names), strict=False):
                foreign = _ask(world, role, rule, method, dict(zip(names, ids, strict=True)))
                if foreign != absent or (foreign[0] < 400 and method == "POST" and not rule.rule.startswith("/t/")):
                    leaks.append(f"{method} {rule.rule} as {role}: {foreign[0]} for a foreign thing, {absent[0]} for an absent one")
    assert sorted(unknown) == []
    assert leaks == []


def _ask(world: World, role: str, rule: Rule, method: str, values: dict[str, uuid.UUID]) -> tuple[int, bytes]:
    with world.app.test_request_context():
        address = world.app.url_map.bind("localhost").build(rule.endpoint, {**values, **_texts(rule, world)}, method=method)
    if address.startswith("/api/"):
        headers = {"Authorization": f"Bearer {world.tokens[role]}"}
        answer = world.app.test_client().open(address, method=method, headers=headers, json={} if method != "GET" else None)
    else:
        answer = world.clients[role].open(address, method=method, data={"version": "1"} if method == "POST" else None)
    assert UNSENT.encode() not in answer.data  # it got past the CSRF check, which answers all forms alike
    body = NOISE.sub(b"", answer.data)
    for value in values.values():
        body = body.replace(str(value).encode(), b"ID")
    return answer.status_code, body


def _texts(rule: Rule, world: World) -> dict[str, str]:
    code = world.mine.paths[world.mine.communities[0]].rstrip("/").rpartition("/")[2]
    return {name: text for name, text in (("slug", world.mine.slug), ("code", code)) if name in rule.arguments}


def test_twin_without_the_tenant_in_the_walls_a_foreign_member_is_found(world: World, shared_database: tuple[TestDatabase, object]) -> None:
    """Policy down, guard off: a query that forgets its tenant reaches the very member whose page said 404 above."""
    database = shared_database[0]
    query = select(func.count()).select_from(Member).where(Member.id == world.foreign["member_id"][0])
    with world.mine.scope() as opened:
        assert opened.scalar(query) == 0
    guard.remove()
    with database.connect_admin() as admin:
        admin.execute("ALTER TABLE member DISABLE ROW LEVEL SECURITY")
    try:
        with world.mine.scope() as opened:
            assert opened.scalar(query) == 1
    finally:
        guard.install()
        with database.connect_admin() as admin:
            admin.execute("ALTER TABLE member ENABLE ROW LEVEL SECURITY")
