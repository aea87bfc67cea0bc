"""Databases of a test run: one migrated template, real commits, and a wash between tests that costs milliseconds."""
from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from migrations.roles import app_url, ensure_roles, migrate_url

APP_PASSWORD = "test-app"  # noqa: S105  of servers that live as long as a test run
MIGRATE_PASSWORD = "test-migrate"  # noqa: S105  likewise
MASTER_KEYS = {1: b"a master key, for the tests only"}


@dataclass(frozen=True)
class TestDatabase:
    """One database of the run and the URLs of its roles (SQLAlchemy form)."""

    __test__ = False

    name: str
    server_url: str

    @property
    def admin_url(self) -> str:
        """As superuser, which no wall holds: for set-up and for the twins of the walls' tests."""
        return make_url(self.server_url).set(drivername="postgresql+psycopg", database=self.name).render_as_string(hide_password=False)

    @property
    def app_url(self) -> str:
        """As baodao_app, like web and workers."""
        return app_url(self.server_url, APP_PASSWORD, database=self.name)

    @property
    def migrate_url(self) -> str:
        """As baodao_migrate, like migrations."""
        return migrate_url(self.server_url, MIGRATE_PASSWORD, database=self.name)

    def connect_admin(self) -> psycopg.Connection:
        """A superuser's connection in autocommit."""
        return connect(self.admin_url)


def connect(url: str) -> psycopg.Connection:
    """An autocommit psycopg connection from a SQLAlchemy URL."""
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True)


def make_database(server_url: str, name: str, *, template: str | None = None) -> TestDatabase:
    """A new database with the product's roles: empty, or a copy of `template`."""
    if template is not None:
        with connect(server_url) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    ensure_roles(server_url, app_password=APP_PASSWORD, migrate_password=MIGRATE_PASSWORD, database=name)
    return TestDatabase(name, server_url)


def drop_database(database: TestDatabase) -> None:
    """Remove it with whatever is still connected."""
    with connect(database.server_url) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database.name)))


class Washer:
    """Empties the tables that a test wrote to. Tables that the migrations filled are left alone.

    Code commits for real, so rolling back is no way; DELETE on a few small tables takes less time than TRUNCATE, which
    makes new files for each table and index.
    """

    def __init__(self, database: TestDatabase) -> None:
        self._connection = database.connect_admin()
        self._connection.execute("SET session_replication_role = replica")  # no foreign-key checks: any order will do
        self._connection.execute("SET lock_timeout = '5s'")  # a test that left a transaction open is told so
        self._filled = frozenset(self._used(self._tables()))

    def wash(self) -> None:
        """Delete every row that is not the migrations' own."""
        used = self._used([name for name in self._tables() if name not in self._filled])
        with self._connection.transaction():
            for name in used:
                self._connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _tables(self) -> list[str]:
        rows = self._connection.execute("select relname from pg_class where relkind in ('r', 'p') and not relispartition"
                                        " and relnamespace = 'public'::regnamespace and relname not like 'alembic%' order by 1")
        return [row[0] for row in rows]

    def _used(self, tables: list[str]) -> Iterator[str]:
        if not tables:
            return
        probes = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(name)) for name in tables)
        yield from [row[0] for row in self._connection.execute(probes)]


def external_admin_url() -> str | None:
    """BAODAO_TEST_ADMIN_URL: a superuser's URL of a server to test on, instead of the embedded one."""
    return os.environ.get("BAODAO_TEST_ADMIN_URL") or None
