"""The whole application on a clean database, and a tenant in it."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.config import Config
from tests.support.applications import shared_app
from tests.support.factories import TestAccount, TestTenant, make_tenant, sign_in


@pytest.fixture
def application(config: Config) -> Flask:
    """The application as it runs, CSRF included."""
    return shared_app(config)


@pytest.fixture
def tenant(config: Config) -> TestTenant:
    """A tenant with an officer of every role."""
    return make_tenant()


@pytest.fixture
def browser(application: Flask) -> FlaskClient:
    """A browser that nobody is signed in with."""
    return application.test_client()


@pytest.fixture
def browser_of(application: Flask) -> Callable[[TestAccount], FlaskClient]:
    """Make a browser in which an account is signed in."""
    def make(account: TestAccount) -> FlaskClient:
        client = application.test_client()
        sign_in(client, account)
        return client
    return make
