"""A tenant, and locks taken away for the twins."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

import core.db
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_tenant


@pytest.fixture
def tenant(database: TestDatabase) -> TestTenant:
    """武汉."""
    return make_tenant()


@pytest.fixture
def without_locks(database: TestDatabase) -> Iterator[None]:
    """Reads codes without locking them, and writes tickets without a look at those of others: the twin's missing walls."""
    def strip(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> tuple[str, Any]:
        statement = re.sub(r"\s+FOR UPDATE\b", "", statement)
        return re.sub(r" ON CONFLICT \(tenant_id, ticket_hash\) DO UPDATE SET \S+ = \S+", "", statement), parameters

    engine = core.db.database.engine
    event.listen(engine, "before_cursor_execute", strip, retval=True)
    yield
    event.remove(engine, "before_cursor_execute", strip)
