"""Every form of the site refuses to be sent without this browser's token; the URL map says which there are."""
from __future__ import annotations

import uuid

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.access import operators
from core.access.roles import role_permissions
from core.config import Config
from core.tenancy import unscoped
from tests.security import rows
from tests.support.browsing import UNSENT, without_csrf
from tests.support.factories import PASSWORD, TestAccount, TestTenant, make_member, make_tenant, sign_in
from web.app import create_app
from web.routing import access_of

pytestmark = pytest.mark.promise(7)
#: Addresses for machines, which read no cookie and check a signature: each named here on purpose.
SIGNED: set[str] = {"/t/<slug>/exchange/in", "/t/<slug>/p/needs/inbox/<code>", "/t/<slug>/p/menu/calendar/<token>.ics"}


def unguarded(app: Flask, tenant: TestTenant) -> list[str]:
    """The writes, the API's aside, that are not refused for want of a token when somebody sends them who may."""
    person = make_member(tenant, account=True).account
    assert person is not None
    found, accounts, clients = [], [*tenant.accounts.values(), person], {}
    for rule in app.url_map.iter_rules():
        methods = set(rule.methods or ()) - {"GET", "HEAD", "OPTIONS"}
        if not methods or rule.rule.startswith("/api/") or rule.rule in SIGNED:
            continue
        values = {name: tenant.slug if name == "slug" else uuid.uuid4() if "uuid:" in rule.rule else "registration" for name in rule.arguments}
        with app.test_request_context():
            address = app.url_map.bind("localhost").build(rule.endpoint, values)
        who = account_for(app, rule.endpoint, accounts)
        clients[who] = clients.get(who) or client_of(app, who)
        for method in sorted(methods):
            answer = clients[who].open(address, method=method)
            if answer.status_code != 400 or UNSENT.encode() not in answer.data:
                found.append(f"{method} {rule.rule}")
    return found


def account_for(app: Flask, endpoint: str, accounts: list[TestAccount]) -> TestAccount | None:
    """An account that has the permission for which the view asks; None is an operator."""
    access = access_of(app, endpoint)
    assert access is not None
    return None if access.operator else next(a for a in accounts if access.public or access.permission in role_permissions(a.role))


def client_of(app: Flask, account: TestAccount | None) -> FlaskClient:
    """A client in which the account, or an operator, is signed in."""
    client = app.test_client()
    if account is None:
        with unscoped():
            operators.create_operator(name := uuid.uuid4().hex, PASSWORD)
            token = operators.sign_in(name, PASSWORD).token
        with client.session_transaction() as cookie:
            cookie["operator"] = token
    else:
        sign_in(client, account)
    return client


def test_every_write_needs_the_token(config: Config) -> None:
    app = create_app(config)
    doors = {rule.rule: access_of(app, rule.endpoint) for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static")}
    assert {rule for rule, access in doors.items() if access is not None and not access.csrf} == SIGNED
    assert unguarded(app, make_tenant(plugins=rows.PLUGINS)) == []


def test_twin_without_the_check_none_is_refused(config: Config) -> None:
    app = without_csrf(create_app(config))
    writes = [r for r in app.url_map.iter_rules()
              if "POST" in (r.methods or ()) and not r.rule.startswith("/api/") and r.rule not in SIGNED]
    assert len(unguarded(app, make_tenant(plugins=rows.PLUGINS))) == len(writes) > 50
