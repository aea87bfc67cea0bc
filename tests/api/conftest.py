"""A program that calls the API with somebody's token."""
from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from core.access.actor import load_actor
from core.access.roles import permissions
from core.access.tokens import create_token
from core.config import Config
from core.tenancy import tenant_scope
from tests.support.applications import shared_app
from tests.support.factories import TestAccount, TestTenant, make_tenant


class Program:
    """Sends a token with each request."""

    def __init__(self, application: Flask, token: str) -> None:
        self._client, self.token = application.test_client(), token

    def get(self, address: str, **options: Any) -> TestResponse:
        """GET below /api/v1."""
        return self.call("GET", address, **options)

    def post(self, address: str, body: object = None, **options: Any) -> TestResponse:
        """POST a JSON body below /api/v1."""
        return self.call("POST", address, **({"json": body} if "data" not in options else {}), **options)

    def call(self, method: str, address: str, **options: Any) -> TestResponse:
        """Any method below /api/v1."""
        return self._client.open(f"/api/v1{address}", method=method, headers={"Authorization": f"Bearer {self.token}"}, **options)


@pytest.fixture
def application(config: Config) -> Flask:
    """The application as it runs."""
    return shared_app(config)


@pytest.fixture
def tenant(config: Config) -> TestTenant:
    """A tenant with an officer of every role."""
    return make_tenant()


@pytest.fixture
def program_of(application: Flask) -> Callable[..., Program]:
    """Make a program with an account's token; `scopes` None is all that the account may."""
    def make(account: TestAccount, scopes: Collection[str] | None = None) -> Program:
        with tenant_scope(account.tenant_id):
            actor = load_actor(account.id)
            assert actor is not None
            wanted = [p.code for p in permissions() if actor.can(p.code)] if scopes is None else scopes
            return Program(application, create_token(actor, "a program", wanted, 30))
    return make
