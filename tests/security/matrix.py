"""Who gets what: every endpoint and method asked as each of twelve actors about one community's things (promise 1).

`matrix.txt` holds the expected answers, written down once. The resident is a browser in which the code of a slip was typed and taken:
no form leaves anything behind in it, so what is a resident's in the matrix is anybody's. An answer is one of four letters:
    i  let in (whatever the form then says of an empty body)
    f  403: in reach, without the right
    a  404, in status, headers and body the same as for a thing that does not exist
    l  asked to sign in
"""
from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from core.access import operators
from core.access.actor import load_actor
from core.access.roles import ADMINISTRATOR, AUDITOR, COMMUNITY, COUNTY, LIAISON, STREET, permissions, role_permissions
from core.access.tokens import create_token
from core.residents.codes import issue_code
from core.tenancy import unscoped
from plugins.wishes.holding import RECEIPT
from tests.security import bodies, rows
from tests.support.factories import PASSWORD, TestAccount, TestTenant, make_member, make_tenant, sign_in
from web.routing import API_PREFIX, access_of

ACTORS = ("anonymous", "resident", "member", "liaison", "community", "sibling", "street", "county", "city", "other", "auditor", "operator")
#: Who mostly gets the same: nobody of the tenant's, one without an office over the community, one with an office above it.
ALIKE = (("anonymous", "resident", "operator"), ("member", "liaison", "auditor"), ("street", "county", "city"))
STRANGERS = frozenset({"anonymous", "resident", "sibling", "other", "auditor", "operator"})  # to whom the member's name is never shown
NAME = "欧阳不可见"
FILE = Path(__file__).with_name("matrix.txt")
NOISE = re.compile(rb'[0-9a-f]{32}|name="csrf_token" value="[^"]+"|csrf-token" content="[^"]+"')
UUID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
GOLDEN = Path(__file__).with_name("headers.txt").read_text("utf-8").splitlines()
#: Headers that say something of the one answer; whatever else there is must stand in `headers.txt`.
FREE = frozenset({"Content-Type", "Content-Length", "Content-Disposition", "Content-Language", "Set-Cookie", "Location", "X-Request-ID", "Vary",
                  "WWW-Authenticate", "Retry-After", "Allow", "Accept-Ranges", "HX-Redirect", "HX-Trigger", "HX-Push-Url", "Last-Modified", "ETag", "Date",
                  "Clear-Site-Data"})
TEXTS = {"word": "x", "kind_name": "points", "name": "points", "namespace": "registration"}


@dataclass(frozen=True)
class World:
    """The application, each actor's cookie and token, the ids of the community's things by URL parameter, and bodies that the API takes."""

    app: Flask
    tenant: TestTenant
    cookies: dict[str, str]
    tokens: dict[str, str]
    ids: dict[str, list[uuid.UUID]]
    bodies: dict[str, Any]


def make_world(app: Flask) -> World:
    """Two cities; the things belong to a member of the first unit who lives in the first community of the first."""
    tenant, theirs = make_tenant("4201", plugins=rows.PLUGINS), make_tenant("4228", plugins=rows.PLUGINS)
    member = make_member(tenant, NAME, account=True)
    assert member.account is not None
    accounts = {"member": member.account, "liaison": tenant.accounts[LIAISON], "community": tenant.accounts[COMMUNITY],
                "sibling": tenant.others[COMMUNITY], "street": tenant.accounts[STREET], "county": tenant.accounts[COUNTY],
                "city": tenant.accounts[ADMINISTRATOR], "auditor": tenant.accounts[AUDITOR], "other": theirs.accounts[ADMINISTRATOR]}
    clients = {actor: app.test_client() for actor in ACTORS}
    for actor, account in accounts.items():
        sign_in(clients[actor], account)
    with unscoped():
        operators.create_operator("root", PASSWORD)
        token = operators.sign_in("root", PASSWORD).token
    with clients["operator"].session_transaction() as cookie:
        cookie["operator"] = token
    places = [tenant.communities[0], tenant.counties[0], tenant.streets[0], tenant.sectors[0], tenant.units[0]]
    ids = rows.things_of(tenant, member, accounts["community"].id, tenant.counties[0], places)
    _type_code(clients["resident"], tenant, ids["wish_id"][0])
    tokens = {actor: _token(tenant if actor != "other" else theirs, one) for actor, one in accounts.items()}
    return World(app, tenant, {actor: _cookie(client) for actor, client in clients.items()}, tokens, ids, bodies.of(app))


def _type_code(client: FlaskClient, tenant: TestTenant, wish_id: uuid.UUID) -> None:
    """What a resident does: types the code of the slip, and reads how far the wish is."""
    with tenant.scope():
        code = issue_code(RECEIPT, wish_id)
    address = f"/t/{tenant.slug}/p/wishes/done"
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)
    assert client.post(address, data={"code": code, "csrf_token": found[1] if found else ""}).status_code == 200


def _cookie(client: FlaskClient) -> str:
    found = client.get_cookie("baodao")
    return f"baodao={found.value}" if found else ""


def _token(tenant: TestTenant, account: TestAccount) -> str:
    with tenant.scope():
        actor = load_actor(account.id)
        assert actor is not None
        return create_token(actor, "all", [p.code for p in permissions() if actor.can(p.code)], 1)


def take_back(opened: Session) -> None:
    """Instead of a commit: what the database refuses is refused, and nothing stays for the next question."""
    opened.flush()
    opened.rollback()


def cases(app: Flask) -> Iterator[tuple[str, Rule, str]]:
    """Each endpoint and method of the URL map, under the name that it has in `matrix.txt`."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static" and not rule.endpoint.endswith(".static"):
            for method in sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"}):
                yield f"{method} {rule.endpoint}", rule, method


def may_enter(app: Flask, rule: Rule, role: str) -> bool:
    """Whether a role carries the permission of the endpoint; who does not is refused before anything is looked for, as `matrix.txt` pins."""
    access = access_of(app, rule.endpoint)
    return access is None or access.permission is None or access.permission in role_permissions(role)


def expected() -> dict[str, str]:
    """What stands in `matrix.txt`: a line of twelve letters, then the endpoints for which it holds."""
    found: dict[str, str] = {}
    letters = ""
    for line in FILE.read_text("utf-8").splitlines():
        if line.startswith("= "):
            letters = line[2:].replace(" ", "")
        elif line and not line.startswith("#"):
            assert line not in found, f"{line} stands there twice"
            found[line] = letters
    return found


def representatives(number: int, letters: str) -> tuple[str, ...]:
    """Actors whose answers tell most: of those alike whose letters are the same only one, another at each endpoint."""
    left_out = set()
    for alike in ALIKE:
        if len({letters[ACTORS.index(actor)] for actor in alike}) == 1:
            left_out |= set(alike) - {alike[number % len(alike)]}
    return tuple(actor for actor in ACTORS if actor not in left_out)


def answers(world: World, rule: Rule, method: str, actors: Sequence[str] = ACTORS) -> tuple[str, list[str]]:
    """A letter for each of the actors as it is now, and the actors to whom the answer says what it should not."""
    letters, leaks = "", []
    for actor in actors:
        answer = _ask(world, actor, rule, method, _values(world, rule))
        if answer.status_code == 404:
            absent = _ask(world, actor, rule, method, {name: _absent(value) for name, value in _values(world, rule).items()})
            letters += "a"
            if _plain(answer) != _plain(absent):
                leaks.append(f"{actor} can tell it from an absent one")
        else:
            letters += _letter(answer)
        if actor in STRANGERS and (NAME.encode() in answer.data or answer.status_code >= 500):
            leaks.append(f"{actor} reads the name or meets an error ({answer.status_code})")
        leaks += [f"{actor} is sent other headers: {line}" for line in odd_headers(answer)]
    return letters, leaks


def odd_headers(answer: TestResponse) -> list[str]:
    """What differs from `headers.txt`: lines that are missing, and lines that are too many."""
    found = [f"{name}: {value}" for name, value in answer.headers.items() if name not in FREE]
    return [f"without {line}" for line in GOLDEN if line not in found] + [f"with {line}" for line in found if line not in GOLDEN]


def _letter(answer: TestResponse) -> str:
    if answer.status_code == 401 or (answer.status_code == 302 and answer.headers["Location"].startswith("/login")):
        return "l"
    return "f" if answer.status_code == 403 else "i"


def _values(world: World, rule: Rule) -> dict[str, object]:
    texts = {**TEXTS, "slug": world.tenant.slug, "token": "x", "code": world.tenant.paths[world.tenant.communities[0]].rstrip("/").rpartition("/")[2]}
    texts["community_code"] = texts["code"]
    if rule.endpoint.startswith("operator"):
        texts["code"] = world.tenant.code
    if rule.endpoint.startswith("reports"):
        texts["code"] = "roster"
    last = rule.endpoint.startswith("menu")
    return {name: world.ids[name][-1 if last else 0] if name in world.ids else texts[name] for name in rule.arguments}


def _absent(value: object) -> object:
    return uuid.uuid4() if isinstance(value, uuid.UUID) else value


def _ask(world: World, actor: str, rule: Rule, method: str, values: dict[str, object]) -> TestResponse:
    address = world.app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
    client = world.app.test_client(use_cookies=False)
    if address.startswith(API_PREFIX):
        token = world.tokens.get(actor)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return client.open(address, method=method, headers=headers, json=world.bodies.get(rule.endpoint, {}) if method != "GET" else None)
    return client.open(address, method=method, headers={"Cookie": world.cookies[actor]}, data={"version": "1"} if method != "GET" else None)


def _plain(answer: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    """Everything that a client gets, without the marks that differ from one request to the next."""
    headers = sorted((name, "" if name in {"Set-Cookie", "X-Request-ID"} else value) for name, value in answer.headers.items())
    return answer.status_code, headers, UUID.sub(b"ID", NOISE.sub(b"", answer.data))
