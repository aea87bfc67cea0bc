"""A tenant with an officer of every role."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.config import Config
from core.tenancy import set_clock
from tests.access.reading import NOON
from tests.support.audit_words import without_title
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_tenant


@pytest.fixture
def tenant(config: Config) -> TestTenant:
    """武汉."""
    return make_tenant()


@pytest.fixture(autouse=True)
def _said(database: TestDatabase) -> Iterator[None]:
    yield
    assert without_title(database) == []


@pytest.fixture
def noon() -> Iterator[None]:
    """The clock stands at the beginning of a step of one-time codes."""
    with set_clock(NOON):
        yield


@pytest.fixture
def scope(tenant: TestTenant) -> Iterator[None]:
    """The tenant's scope, for the whole test."""
    with tenant.scope():
        yield
