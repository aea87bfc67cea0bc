"""A city with two city administrators and a county's officer who wants to move a street."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from core.access.roles import ADMINISTRATOR
from tests.service.conftest import Browser, app, at_once, without_locks
from tests.support.databases import TestDatabase
from tests.support.factories import TestAccount, TestTenant, make_account, make_tenant

__all__ = ["app", "at_once", "without_locks"]


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉, with points and reports."""
    return make_tenant(plugins=("points", "reports"))


@pytest.fixture
def second(tenant: TestTenant) -> TestAccount:
    """Another city administrator."""
    with tenant.scope():
        return make_account(tenant, ADMINISTRATOR, tenant.root, display_name="李第二")


@pytest.fixture
def browser(app: Flask) -> Callable[..., Browser]:
    """`browser(account)` opens one."""
    return lambda account=None: Browser(app, account)
