"""Entries end after their time, never before half a year, and what follows can still be verified (promise 17)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import ProgrammingError

import core.db
from core.audit import OPERATORS, Fault, Purged, anchors, purge, record, record_operator, verify
from core.audit.anchors import Anchoring
from core.audit.models import AuditEntry
from core.config import Config
from core.errors import ConfigurationError, Conflict
from core.tenancy import now, set_clock, tenant_scope, unscoped
from tests.support.databases import TestDatabase

pytestmark = pytest.mark.promise(17)


@pytest.fixture
def old(city: int, tmp_path: Path) -> Iterator[int]:
    """A tenant with five entries of 401 days ago, three of 100 days ago, and a kept head of each time."""
    anchors.configure(Anchoring(tmp_path))
    moment = now()
    for days, count in ((401, 5), (100, 3)):
        with set_clock(moment - dt.timedelta(days=days)):
            for _ in range(count):
                with tenant_scope(city):
                    record("done", "thing")
                    record_operator("done", "thing")
            with tenant_scope(city):
                anchors.keep()
                anchors.keep(OPERATORS)
    yield city
    anchors.configure(Anchoring())


@pytest.fixture
def as_maintenance(old: int, database: TestDatabase) -> Iterator[int]:
    """The same, with this process connected as baodao_migrate, as `baodao audit purge` is."""
    core.db.configure(database.migrate_url)
    yield old
    core.db.database.dispose()


def faults(tenant: int) -> list[Fault]:
    with tenant_scope(tenant):
        return verify(anchors.kept())


def test_what_is_old_goes_and_the_rest_is_whole(as_maintenance: int) -> None:
    city = as_maintenance
    with tenant_scope(city):
        assert purge() == Purged(5, 5)
        record("audit.purged", "audit", None, {"count": 5})
    with tenant_scope(city) as opened:
        assert opened.scalar(select(func.min(AuditEntry.seq))) == 6
        assert purge() == Purged(0, 0)
    assert faults(city) == []
    with unscoped():
        assert purge(trail=OPERATORS) == Purged(5, 5)
    with unscoped():
        assert verify(anchors.kept(OPERATORS), trail=OPERATORS) == []


def test_a_chain_that_is_all_old_goes_on(as_maintenance: int) -> None:
    city = as_maintenance
    with set_clock(now() + dt.timedelta(days=500)), tenant_scope(city):
        assert purge() == Purged(8, 8)
    assert faults(city) == []
    with tenant_scope(city):
        record("done", "thing")
    assert faults(city) == []


def test_tampering_around_a_checkpoint_is_found(as_maintenance: int, database: TestDatabase) -> None:
    city = as_maintenance
    with tenant_scope(city):
        purge()
    with database.connect_admin() as admin:
        admin.execute("DELETE FROM audit_entry WHERE seq = 6")
        assert faults(city) == [Fault(7, "missing")]
        admin.execute("UPDATE audit_checkpoint SET seq = 6")
        assert faults(city) == [Fault(6, "checkpoint"), Fault(7, "missing"), Fault(5, "copy")]
        admin.execute("DELETE FROM audit_checkpoint")
        assert faults(city) == [Fault(7, "missing"), Fault(5, "copy")]


def test_a_broken_chain_is_kept_as_evidence(as_maintenance: int, database: TestDatabase) -> None:
    with database.connect_admin() as admin:
        admin.execute("UPDATE audit_entry SET action = 'undone' WHERE seq = 2")
    with pytest.raises(Conflict), tenant_scope(as_maintenance):
        purge()
    with tenant_scope(as_maintenance) as opened:
        assert opened.scalar(select(func.count()).select_from(AuditEntry)) == 8


def test_the_applications_role_cannot_purge(old: int, database: TestDatabase) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), tenant_scope(old):
        purge()


def test_twin_with_the_missing_rights_it_could(old: int, database: TestDatabase) -> None:
    with database.connect_admin() as admin:
        admin.execute("GRANT INSERT ON audit_checkpoint TO baodao_app; GRANT DELETE ON audit_entry TO baodao_app")
    try:
        with tenant_scope(old):
            assert purge() == Purged(5, 5)
    finally:
        with database.connect_admin() as admin:
            admin.execute("REVOKE INSERT ON audit_checkpoint FROM baodao_app; REVOKE DELETE ON audit_entry FROM baodao_app")


def test_less_than_half_a_year_is_refused(old: int) -> None:
    given = {"DATABASE_URL": "postgresql:///x", "REDIS_URL": "redis://localhost", "BAODAO_SECRET_KEY": "s", "BAODAO_MASTER_KEY": "A" * 43 + "="}
    assert [Config.from_env(given | more).audit_days for more in ({}, {"BAODAO_AUDIT_DAYS": "184"})] == [400, 184]
    for days in ("183", "0"):
        with pytest.raises(ConfigurationError, match="184"):
            Config.from_env(given | {"BAODAO_AUDIT_DAYS": days})
    with tenant_scope(old), pytest.raises(ConfigurationError, match="184"):
        purge(183)
