"""Accounts for a benchmark: somebody with one role, signed in to a test client or holding a token."""
from __future__ import annotations

import uuid

from flask import Flask
from flask.testing import FlaskClient

from core.access.accounts import create_account, grant_role
from core.access.actor import load_actor
from core.access.opening import open_login
from core.access.tokens import create_token
from core.tenancy import tenant_scope


def signed_in(app: Flask, tenant: int, role: str, organization_id: uuid.UUID) -> FlaskClient:
    """A client with the role's cookie."""
    with tenant_scope(tenant):
        return _client(app, tenant, _account(role, organization_id))


def cookie_and_token(app: Flask, tenant: int, role: str, organization_id: uuid.UUID) -> tuple[str, str]:
    """(Cookie header, API token) of somebody with the role."""
    name = app.config["SESSION_COOKIE_NAME"]
    with tenant_scope(tenant):
        account = _account(role, organization_id)
        stored, actor = _client(app, tenant, account).get_cookie(name), load_actor(account)
        assert stored is not None
        assert actor is not None
        return f"{name}={stored.value}", create_token(actor, "bench", ["members.read"], 30)


def _account(role: str, organization_id: uuid.UUID) -> uuid.UUID:
    account = create_account(f"bench-{role}-{uuid.uuid4().hex[:8]}", role, None)
    grant_role(account, role, organization_id)
    return account


def _client(app: Flask, tenant: int, account: uuid.UUID) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = f"{tenant}.{open_login(account)}", True
    return client
