"""Core's later migrations go down and up again, and leave whole walls either way."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from sqlalchemy import NullPool, create_engine, text

from core.tenancy.gate import holes
from migrations.roles import MIGRATE, OWNER
from migrations.runner import downgrade_plugin, histories, upgrade
from tests.security import rows
from tests.support.databases import TestDatabase

TABLES = "select to_regclass('operator_entry')::text, to_regclass('operator_head')::text, to_regclass('address_try')::text"


def downgrade(database: TestDatabase, target: str) -> None:
    """Core's history back to a revision."""
    script = histories()[0].script()

    def steps(revision: Any, _context: Any) -> Any:
        return script._downgrade_revs(target, revision)

    with create_engine(database.migrate_url, poolclass=NullPool).connect() as connection, \
            EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection, version_table="alembic_version")
        with environment.begin_transaction():
            environment.run_migrations()
            connection.execute(text(f"REASSIGN OWNED BY {MIGRATE} TO {OWNER}"))


def seen(database: TestDatabase) -> tuple[list[str], tuple[Any, ...]]:
    """The holes, and which tables are there, as the application sees them."""
    with create_engine(database.app_url, poolclass=NullPool).connect() as connection:
        return holes(connection), tuple(connection.execute(text(TABLES)).one())


@pytest.mark.long  # test_runner.py takes a plugin's history down and up in each run
def test_the_operators_log_and_the_address_tries_go_and_come_back(new_database: Callable[..., TestDatabase]) -> None:
    database = new_database()
    for plugin in rows.PLUGINS:  # their tables lean on core's
        downgrade_plugin(database.migrate_url, plugin)
    downgrade(database, "0005")
    assert seen(database) == ([], ("operator_entry", "operator_head", None))
    downgrade(database, "0004")
    assert seen(database) == ([], (None, None, None))
    upgrade(database.migrate_url)
    assert seen(database) == ([], ("operator_entry", "operator_head", "address_try"))
