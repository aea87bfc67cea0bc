"""A tenant, the application, and clients signed in as one of its people."""
from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.config import Config
from tests.support.applications import shared_app
from tests.support.databases import TestDatabase
from tests.support.factories import TestAccount, TestTenant, make_tenant, sign_in

SignIn = Callable[[TestAccount], FlaskClient]


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """A small tenant."""
    return make_tenant()


@pytest.fixture
def app(config: Config) -> Flask:
    """The application on this test's database."""
    return shared_app(config)


@pytest.fixture
def client_of(app: Flask) -> SignIn:
    """Give a client that is signed in as an account."""
    def make(account: TestAccount) -> FlaskClient:
        client = app.test_client()
        sign_in(client, account)
        return client
    return make


def post(client: FlaskClient, address: str, form: str | None = None, /, **values: object) -> TestResponse:
    """Post a form with the CSRF token of the page at `form` (by default the address itself)."""
    page = client.get(form or address)
    token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
    assert token is not None
    return client.post(address, data={"csrf_token": token[1], **values}, content_type="multipart/form-data")


def names_in(page: TestResponse) -> list[str]:
    """The names in the roster's first column, in order."""
    return re.findall(r'<td data-label="姓名"[^>]*><a href="[^"]+">([^<]+)</a>', page.text)
