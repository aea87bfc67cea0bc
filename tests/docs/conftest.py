"""A process in which the examples of the reference are installed, and a database that has their tables."""
from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import pytest
from flask import Flask

import core.db
from core import i18n, terms
from core.access import roles
from core.config import Config
from core.extension import settings_registry
from core.extension.holding import look
from core.extension.registry import Registry, using
from core.jobs import registry as jobs
from migrations.runner import upgrade
from tenants.loading import adopt
from tests.support.databases import MASTER_KEYS, TestDatabase, Washer
from tests.support.factories import TestMember, TestTenant, make_member, make_tenant
from web.app import create_app
from web.pages import discover

sys.path.append(str(Path(__file__).parents[2] / "docs" / "examples"))
EXAMPLES = tuple(importlib.import_module(name).plugin for name in ("tally", "versatile"))
_KNOWN = ((terms, "TERMS"), (roles, "_permissions"), (jobs, "_handlers"), (jobs, "_periods"), (settings_registry, "_sections"))


@pytest.fixture(scope="module")
def registry(template: TestDatabase) -> Iterator[Registry]:
    """The registry with the examples in it; what they made known is forgotten after the module."""
    discover()  # what the product's own pages make known when they are first imported is not to be forgotten with it
    with ExitStack() as stack:
        for module, name in _KNOWN:
            stack.enter_context(patch.dict(getattr(module, name)))
        stack.enter_context(patch.object(i18n, "_catalogues", list(i18n._catalogues)))
        found = stack.enter_context(using(Registry()))
        for plugin in EXAMPLES:
            assert found.register(plugin, known_permissions=roles._permissions), found.refused
            adopt(plugin)
        assert not found.refused
        yield found
    roles.role_permissions.cache_clear()


@pytest.fixture(scope="module")
def shared_database(new_database: Callable[..., TestDatabase], registry: Registry) -> Iterator[tuple[TestDatabase, Washer]]:
    """A database of this folder's own, with the examples' tables."""
    database = new_database()
    upgrade(database.migrate_url)
    core.db.configure(database.app_url, statement_timeout=30)
    look()  # at the examples' tables here: in the database before they were missing
    washer = Washer(database)
    yield database, washer
    core.db.database.dispose()
    washer.close()


@pytest.fixture(scope="module")
def app(registry: Registry) -> Flask:
    """The application with the examples' pages."""
    return create_app(Config(database_url="", redis_url="", secret_key="for tests only", master_keys=MASTER_KEYS,
                             data_dir=Path("/nonexistent"), base_url="http://127.0.0.1",
                             environment="test", log_level="WARNING", log_format="text", second_factor="optional"))


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """A city that has the examples on."""
    return make_tenant(plugins=[plugin.name for plugin in EXAMPLES])


@pytest.fixture
def member(tenant: TestTenant) -> TestMember:
    """A member with a phone."""
    return make_member(tenant, account=True)
