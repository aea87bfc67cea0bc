"""A tenant, and a registry of its own in which a test puts its plugins."""
from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import structlog

from core.extension.manifest import Plugin
from core.extension.registry import Registry, using
from core.tenancy import tenant_scope
from tenants.activation import enable
from tests.support.cities import configure_keys, make_city
from tests.support.databases import TestDatabase
from tests.support.plugins import make_plugin
from tests.support.statements import sent

Install = Callable[..., Plugin]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Failures are expected here; to draw each with its variables takes seconds."""
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
def city(database: TestDatabase) -> int:
    """A tenant with a data key."""
    configure_keys()
    return make_city(1)


@pytest.fixture
def registry(database: TestDatabase) -> Iterator[Registry]:
    """An empty registry, which is the process's during the test."""
    with using(Registry()) as fresh:
        yield fresh


@pytest.fixture
def install(city: int, registry: Registry) -> Install:
    """`install("name", hook=function, ..., on=True)` loads a plugin with these hooks and switches it on in the city."""
    def put(name: str, *, on: bool = True, manifest: dict[str, object] | None = None, **hooks: object) -> Plugin:
        plugin = make_plugin(name, hooks, **(manifest or {}))
        assert registry.register(plugin), registry.refused
        if on:
            with tenant_scope(city):
                enable(name)
        return plugin

    return put


@pytest.fixture
def statements(database: TestDatabase) -> Iterator[list[str]]:
    """The SQL that is sent during the test."""
    with sent() as seen:
        yield seen
