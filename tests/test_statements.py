"""What outlives a transaction does not reach the next one: not another tenant's, on the same connection."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

import core.db
import core.statements
from core.tenancy import session, tenant_scope
from tests.support.cities import configure_keys, make_city
from tests.support.databases import TestDatabase

LEFT = {
    "a setting": ("SET statement_timeout = '59s'", "show statement_timeout", "30s"),
    "a setting by function": ("select set_config('statement_timeout', '59s', false)", "show statement_timeout", "30s"),
    "a setting by block": ("DO $$ begin execute 'set statement_timeout = 59000'; end $$", "show statement_timeout", "30s"),
    "a table": ("CREATE TEMP TABLE IF NOT EXISTS seen (x int)", "select to_regclass('pg_temp.seen')::text", None),
    "another kind of table": ("create local temporary table seen (x int)", "select to_regclass('pg_temp.seen')::text", None),
}


def left(statement: str, question: str) -> object:
    """What the next tenant finds after one tenant's statement."""
    configure_keys()
    make_city(1)
    make_city(2)
    with tenant_scope(1):
        session().execute(text(statement))
    with tenant_scope(2):
        return session().scalar(text(question))


@pytest.fixture(autouse=True)
def _fresh(database: TestDatabase) -> Iterator[None]:
    """A pool of one connection."""
    core.db.configure(database.app_url, statement_timeout=30, pool_size=1)
    yield
    core.db.configure(database.app_url, statement_timeout=30)


@pytest.mark.parametrize(("statement", "question", "clean"), LEFT.values(), ids=LEFT)
def test_nothing_is_left_to_the_next_tenant(statement: str, question: str, clean: str | None) -> None:
    assert left(statement, question) == clean


@pytest.mark.parametrize(("statement", "question", "clean"), LEFT.values(), ids=LEFT)
def test_twin_otherwise_it_would_be(monkeypatch: pytest.MonkeyPatch, statement: str, question: str, clean: str | None) -> None:
    monkeypatch.setattr(core.db, "outlived", lambda connection: False)
    assert left(statement, question) != clean


@pytest.mark.parametrize("statement", ["select 1", "SET LOCAL search_path = public", "SET TRANSACTION READ ONLY", "update setting set version = 1"])
def test_an_ordinary_connection_is_kept(statement: str) -> None:
    def process() -> object:
        with tenant_scope(1):
            session().execute(text(statement))
            return session().connection().connection.driver_connection.info.backend_pid  # type: ignore[union-attr]

    make_city(1)
    assert process() == process()
