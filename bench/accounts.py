"""Accounts for a benchmark: somebody with one role, signed in to a test client or holding a token."""
from __future__ import annotations

import uuid

from flask import Flask
from flask.testing import FlaskClient

from core.access.accounts import create_account, grant_role
from core.access.actor import load_actor
from core.access.logins import open_login
from core.access.tokens import create_token
from core.tenancy import tenant_scope


def signed_in(app: Flask, tenant: int, role: str, organization_id: uuid.UUID) -> FlaskClient:
    """A client with the role's cookie."""
    with tenant_scope(tenant):
        account = create_account(f"bench-{role}-{uuid.uuid4().hex[:8]}", role, None)
        grant_role(account, role, organization_id)
        token = open_login(account)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = f"{tenant}.{token}", True
    return client


def cookie_and_token(app: Flask, tenant: int, role: str, organization_id: uuid.UUID) -> tuple[str, str]:
    """(Cookie header, API token) of somebody with the role."""
    client = signed_in(app, tenant, role, organization_id)
    name = app.config["SESSION_COOKIE_NAME"]
    stored = client.get_cookie(name)
    assert stored is not None
    with client.session_transaction() as cookie:
        token = cookie["_user_id"].partition(".")[2]
    with tenant_scope(tenant):
        from core.access.logins import find_login
        login = find_login(token)
        actor = load_actor(login.account_id) if login else None
        assert actor is not None
        return f"{name}={stored.value}", create_token(actor, "bench", ["members.read"], 30)
