"""Two cities side by side, each with organizations of its own, so that a leak has something to leak."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.organizations import tree
from core.tenancy import tenant_scope
from tests.support.audit_words import without_title
from tests.support.cities import configure_keys, make_city
from tests.support.databases import TestDatabase

MINE, THEIRS = 1, 2


#: Tests of signing in, whose audit rows must all be sayable.
SIGNING_IN = frozenset({"factor_owner", "factor_rule", "logins", "old_password", "passkeys", "passwords", "second_factor", "sign_in", "spraying"})


@pytest.fixture(autouse=True)
def _said(request: pytest.FixtureRequest) -> Iterator[None]:
    checked = request.module.__name__.rpartition(".test_")[2] in SIGNING_IN and "database" in request.fixturenames
    database = request.getfixturevalue("database") if checked else None
    yield
    assert database is None or without_title(database) == []


@pytest.fixture
def cities(database: TestDatabase) -> TestDatabase:
    """Tenant 1 with two organizations, tenant 2 with three."""
    configure_keys()
    for number, counties in ((MINE, 1), (THEIRS, 2)):
        make_city(number)
        with tenant_scope(number):
            root = tree.add(None, "committee", "root", f"{number} 号市委组织部")
            for county in range(counties):
                tree.add(root, "county", f"c{county}", f"{number} 号市第 {county} 县")
    return database


@pytest.fixture
def without_policies(cities: TestDatabase) -> Iterator[None]:
    """The third wall taken down on one table, so that a test sees the second wall alone."""
    _policies(cities, "DISABLE")
    yield
    _policies(cities, "ENABLE")


def _policies(database: TestDatabase, verb: str) -> None:
    with database.connect_admin() as connection:
        connection.execute(f"ALTER TABLE organization {verb} ROW LEVEL SECURITY")


