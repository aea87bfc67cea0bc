"""Odd values in every address and every form, as every role: a clear refusal or a page, never an answer of 500.

Names of parameters and fields are read from the source, so that a new one is tested by being there.
"""
from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, request

import plugins
import web
from core.access.actor import load_actor
from core.access.roles import COUNTY, MEMBER
from core.config import Config
from tests.security import rows
from tests.support.browsing import without_csrf
from tests.support.databases import TestDatabase
from tests.support.factories import TestAccount, TestTenant, make_member, make_tenant, sign_in
from web.app import create_app
from web.routing import Access, access_of, declare

pytestmark = pytest.mark.promise(9)
ODD = ("x", "9" * 40, "\0", "²", "9999-12-31")
READ_BY = re.compile(r"""(?:args|form|values|given)\.(?:get|getlist)\(\s*"(\w+)"|^    (\w+) = fields\.\w+\(|_id\("(\w+)"\)""", re.MULTILINE)


def names() -> list[str]:
    """Every parameter and field that a page reads."""
    found = {name for room in (web, plugins) for path in Path(str(room.__file__)).parent.rglob("*.py")
             for groups in READ_BY.findall(path.read_text("utf-8"))
             for name in groups if name}
    return sorted(found - {"csrf_token"})


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """A tenant with the plugin on."""
    return make_tenant("4201", plugins=rows.PLUGINS)


@pytest.mark.long
def test_no_odd_value_breaks_a_page(config: Config, tenant: TestTenant) -> None:
    app = without_csrf(create_app(config))
    app.config.update(PROPAGATE_EXCEPTIONS=False)
    ids, own = rows.things(tenant), make_member(tenant, account=True)
    assert own.account is not None
    accounts = {**tenant.accounts, MEMBER: own.account}
    broken = {f"{method} {rule}: {value[:20]!r} as {role}" for role, account in accounts.items()
              for rule, method, value, status in _answers(app, tenant, account, ids) if status >= 500}
    assert sorted(broken) == []


def test_twin_a_page_that_trusts_a_number_is_seen(config: Config, tenant: TestTenant) -> None:
    app = without_csrf(create_app(config))
    app.config.update(PROPAGATE_EXCEPTIONS=False)
    trusting = declare(lambda: str(int(request.args["page"])), Access(permission="account.self"))
    app.view_functions["account.index"] = trusting
    found = _answers(app, tenant, tenant.accounts[COUNTY], rows.things(tenant))
    assert next(rule for rule, _method, _value, status in found if status >= 500) == "/account/"


def _answers(app: Flask, tenant: TestTenant, account: TestAccount, ids: dict[str, list[uuid.UUID]]) -> Iterator[tuple[str, str, str, int]]:
    with tenant.scope():
        actor = load_actor(account.id)
    assert actor is not None
    client, read = app.test_client(), names()
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if access is None or (access.permission is not None and not actor.can(access.permission)) or rule.rule.startswith("/api/"):
            continue
        values = {n: ids[n][0] if n in ids else tenant.slug if n == "slug" else "registration" for n in rule.arguments}
        with app.test_request_context():
            address = app.url_map.bind("localhost").build(rule.endpoint, values)
        for method in sorted(set(rule.methods or ()) & {"GET", "POST"}):
            signed_in = False
            for value in ODD:
                if not signed_in:  # a page may have signed out
                    sign_in(client, account)
                odd = dict.fromkeys(read, value)
                answer = client.get(address, query_string=odd) if method == "GET" else client.post(address, data=odd)
                signed_in = not (answer.status_code // 100 == 3 and "login" in answer.headers["Location"]) and answer.status_code != 401
                yield rule.rule, method, value, answer.status_code
