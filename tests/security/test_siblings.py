"""Within one tenant: what belongs to another county, sector, community or unit is as good as absent, and stands in no list."""
from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from core.access import authorization
from core.access.actor import Actor, load_actor
from core.access.roles import COMMUNITY, COUNTY, LIAISON, MEMBER, STREET, permissions
from core.access.tokens import create_token
from core.config import Config
from tests.security import rows
from tests.security.matrix import may_enter
from tests.support.applications import shared_app
from tests.support.browsing import UNSENT, without_csrf
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_member, make_tenant, sign_in

pytestmark = pytest.mark.promise(1)
NOISE = re.compile(rb'[0-9a-f]{32}|name="csrf_token" value="[^"]+"|csrf-token" content="[^"]+"')
ROLES = (COUNTY, STREET, COMMUNITY, LIAISON, MEMBER)
STRANGER = "欧阳不可见"
#: What a community puts up for every member of the city, who may read and claim it wherever it is (R54, R96).
PUT_UP_FOR_ALL = {"/p/posts/me/<uuid:matter_id>", "/p/posts/me/<uuid:matter_id>/claim", "/p/posts/me/communities/<uuid:community_id>",
                  "/api/v1/p/posts/own/<uuid:matter_id>/claim", "/api/v1/p/posts/own/<uuid:matter_id>/release"}
#: What units offer and communities need is put up for everybody who does this work in the city (R17): in reach of all, so 403 and no 404.
ON_OFFER = {"/p/cobuilding/items/<uuid:item_id>/fitting", "/p/cobuilding/items/<uuid:item_id>/propose"}


@dataclass(frozen=True)
class World:
    """The application, whoever asks from the first county, and the ids of the sibling's things by URL parameter."""

    app: Flask
    tenant: TestTenant
    clients: dict[str, FlaskClient]
    tokens: dict[str, str]
    theirs: dict[str, list[uuid.UUID]]


@pytest.fixture
def world(config: Config, database: TestDatabase) -> World:
    """One tenant; a full set of things in its last sector, county and community; a client for each role of the first ones."""
    app = shared_app(config)
    without_csrf(app)
    tenant = make_tenant("4201", plugins=rows.PLUGINS)
    own = make_member(tenant, account=True)
    assert own.account is not None
    clients, tokens = {}, {}
    for role, account in ({**tenant.accounts, MEMBER: own.account}).items():
        if role not in ROLES:
            continue
        clients[role] = app.test_client()
        sign_in(clients[role], account)
        with tenant.scope():
            actor = load_actor(account.id)
            assert actor is not None
            tokens[role] = create_token(actor, "all", [p.code for p in permissions() if actor.can(p.code)], 1)
    return World(app, tenant, clients, tokens, rows.sibling_things(tenant, STRANGER))


def _cases(app: Flask) -> Iterator[tuple[Rule, str, list[str]]]:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/t/<slug>/p/"):  # a plugin's public page shows everybody the same, whoever's it is
            continue
        names = [name for name, converter in rule._converters.items() if type(converter).__name__ == "UUIDConverter"]
        for method in sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"}):
            yield rule, method, names


@pytest.mark.long  # test_matrix asks the same in each run, with fewer rows
def test_a_siblings_thing_looks_absent(world: World) -> None:
    leaks = []
    for rule, method, names in _cases(world.app):
        if not names:
            continue
        for role in (role for role in world.clients if may_enter(world.app, rule, role)):
            if rule.rule in ON_OFFER or (role == MEMBER and rule.rule in PUT_UP_FOR_ALL):
                continue
            absent = _ask(world, role, rule, method, {n: uuid.uuid4() for n in names})
            for ids in zip(*(world.theirs[n] for n in names), strict=False):
                sibling = _ask(world, role, rule, method, dict(zip(names, ids, strict=True)))
                if sibling != absent:
                    leaks.append(f"{method} {rule.rule} as {role}: {sibling[0]} for the sibling's, {absent[0]} for an absent one")
    assert leaks == []


@pytest.mark.long
def test_no_page_names_a_siblings_member(world: World) -> None:
    named = [f"{method} {rule.rule} as {role}" for rule, method, names in _cases(world.app) if method == "GET" and not names
             and set(rule.arguments) <= {"slug"} for role in world.clients if may_enter(world.app, rule, role)
             if STRANGER.encode() in _ask(world, role, rule, method, {})[1]]
    assert named == []


def test_twin_without_the_reach_a_siblings_member_is_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = next(rule for rule in world.app.url_map.iter_rules() if rule.endpoint == "members.show")
    values = {"member_id": world.theirs["member_id"][0]}
    assert _ask(world, COMMUNITY, rule, "GET", values)[0] == 404
    monkeypatch.setattr(Actor, "paths", lambda _actor, _permission: (world.tenant.paths[world.tenant.root],))
    monkeypatch.setattr(authorization, "_reaches", lambda *_asked: True)
    status, page = _ask(world, COMMUNITY, rule, "GET", values)
    assert (status, STRANGER.encode() in page) == (200, True)


def _ask(world: World, role: str, rule: Rule, method: str, values: dict[str, uuid.UUID]) -> tuple[int, bytes]:
    texts = {"slug": world.tenant.slug} if "slug" in rule.arguments else {}
    with world.app.test_request_context():
        address = world.app.url_map.bind("localhost").build(rule.endpoint, {**values, **texts}, method=method)
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
