"""A pooled connection that was lost is replaced before anybody works on it, and each transaction names its tenant at once."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DataError, OperationalError

import core.db
from core.tenancy import session, tenant_scope, unscoped
from tests.support.databases import TestDatabase
from tests.support.factories import make_tenant


@pytest.fixture
def pooled(database: TestDatabase) -> Iterator[TestDatabase]:
    """A pool whose connections the server has just ended."""
    core.db.configure(database.app_url, pool_size=2)
    with unscoped():
        server_process()
    end_connections(database)
    yield database
    core.db.database.dispose()


def server_process() -> int:
    """The number of the server's process behind the scope's connection."""
    found: int = session().execute(text("select pg_backend_pid()")).scalar_one()
    return found


def end_connections(database: TestDatabase) -> None:
    """As a restart of PostgreSQL does."""
    with database.connect_admin() as admin:
        ended = admin.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'baodao_app'"
                              " and datname = %s", (database.name,)).fetchall()
        assert ended == [(True,)]


def test_a_lost_connection_is_replaced(pooled: TestDatabase) -> None:
    with unscoped():
        assert server_process() > 0


def test_without_the_look_a_lost_connection_is_handed_out(pooled: TestDatabase) -> None:
    event.remove(core.db.database.engine, "checkout", core.db.refuse_dropped)
    with pytest.raises(OperationalError), unscoped():
        server_process()
    with unscoped():  # and it is gone then
        assert server_process() > 0


def test_after_a_quiet_minute_a_connection_is_asked(database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    core.db.configure(database.app_url, pool_size=1)
    with unscoped():
        driver = session().connection().connection.driver_connection
        assert driver is not None
    execute = driver.execute
    monkeypatch.setattr(driver, "execute", lambda query, **options: (asked.append(query), execute(query, **options)))
    for quiet in (60.0, 0.0):
        monkeypatch.setattr(core.db, "_QUIET", quiet)
        with unscoped():
            session().connection()
    assert asked == ["BEGIN", "", "BEGIN"]
    core.db.database.dispose()


def test_every_transaction_of_a_scope_names_the_tenant(database: TestDatabase) -> None:
    tenant, other = make_tenant("4201"), make_tenant("4202")
    named = text("select current_setting('app.tenant_id', true)")
    with tenant_scope(tenant.id) as opened:
        first = opened.execute(named).scalar()
        opened.rollback()
        again = opened.execute(named).scalar()
    with tenant_scope(other.id) as opened:
        second = opened.execute(named).scalar()
    with unscoped() as opened:
        nobody = opened.execute(named).scalar()
    assert (first, again, second, nobody) == (str(tenant.id), str(tenant.id), str(other.id), "")


def prepared() -> int:
    """How many statements the scope's connection has prepared at the server; asking five times prepares this one too."""
    return [session().execute(text("select count(*) from pg_prepared_statements")).scalar_one() for _ in range(8)][-1]


def given_up() -> None:
    """Two requests that are refused."""
    for _ in range(2):
        with pytest.raises(ValueError, match="refused"), unscoped():
            assert prepared() == 1
            raise ValueError("refused")


def test_a_refused_request_leaves_the_prepared_statements_to_the_next_one(database: TestDatabase) -> None:
    core.db.configure(database.app_url, pool_size=1)
    given_up()
    with unscoped():
        assert session().execute(text("select count(*) from pg_prepared_statements")).scalar_one() == 1
        assert session().connection().connection.driver_connection.info.transaction_status.name == "INTRANS"  # type: ignore[union-attr]
    with pytest.raises(DataError), unscoped():  # a failure throws them away: one of them may no longer fit its table
        session().execute(text("select 1 / 0"))
    with unscoped():
        assert session().execute(text("select count(*) from pg_prepared_statements")).scalar_one() == 0


def test_twin_the_drivers_own_rollback_throws_them_away(database: TestDatabase) -> None:
    event.remove(core.db.configure(database.app_url, pool_size=1), "rollback", core.db._give_up)
    given_up()
    with unscoped():
        assert session().execute(text("select count(*) from pg_prepared_statements")).scalar_one() == 0
