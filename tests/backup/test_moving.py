"""A tenant moves to another installation whole: rows, sums, sealed values and the audit log agree; otherwise nothing arrives."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.pool import NullPool

import core.db
from core import audit
from core.errors import BaodaoError, ConfigurationError, Conflict
from core.members.models import Member
from core.privacy import keyring
from core.privacy.cipher import MasterKeys
from core.tenancy import Tenant, tenant_scope, unscoped
from tenants import keys
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_member, make_tenant
from web.backup import arriving, leaving
from web.backup.checking import totals
from web.backup.envelope import Key, Lock

WORDS = "words for the way"
THERE = MasterKeys({7: os.urandom(32)})


@pytest.fixture
def moved(database: TestDatabase, tmp_path: Path) -> tuple[TestTenant, Path]:
    """A tenant with members whose numbers are sealed, beside another tenant, and its archive."""
    make_tenant(code="4202")
    tenant = make_tenant(code="4203")
    for number in range(3):
        make_member(tenant, name=f"张\t三\\{number}\n", phone=f"1391234567{number}")
    with tenant_scope(tenant.id):
        audit.record("done", "thing", None, {"text": "行\n\t\\N"})
    leaving.leave(tenant.id, tmp_path / "archive", Lock(words=WORDS))
    return tenant, tmp_path / "archive"


@pytest.fixture
def elsewhere(new_database: Callable[..., TestDatabase]) -> Iterator[TestDatabase]:
    """Another installation with another master key and a tenant of its own, to which this process is connected as `import-data` is."""
    there = new_database()
    core.db.configure(there.app_url)
    keyring.configure(THERE, keys.load)
    yield there
    core.db.database.dispose()


def connect_there(there: TestDatabase) -> None:
    core.db.configure(there.migrate_url, statement_timeout=60)
    keyring.configure(THERE, keys.load)


def tenants() -> list[str]:
    with unscoped() as opened:
        return list(opened.scalars(select(Tenant.code).order_by(Tenant.code)))


def test_all_arrives_under_another_number_and_opens(moved: tuple[TestTenant, Path], database: TestDatabase,
                                                    new_database: Callable[..., TestDatabase]) -> None:
    tenant, path = moved
    with tenant_scope(tenant.id) as opened:
        before = totals(opened.connection(), tenant.id)
        phones = _phones(tenant.id, opened)
        rows = opened.execute(select(Member.id, Member.name).order_by(Member.id)).all()
    there = new_database()
    connect_there(there)
    try:
        number, arrived = arriving.arrive(path, Key(words=WORDS))
        assert number != tenant.id
        assert arrived["member"] == 3
        with tenant_scope(number) as opened:
            counts, sums = totals(opened.connection(), number)
            assert (counts | {"audit_entry": counts["audit_entry"] - 1}, sums) == before  # the arrival itself is noted
            assert _phones(number, opened) == phones == [f"1391234567{n}" for n in range(3)]
            assert opened.execute(select(Member.id, Member.name).order_by(Member.id)).all() == rows
            assert audit.verify() == []
        core.db.configure(there.app_url)
        with tenant_scope(number):
            audit.record("goes on", "thing")
        with tenant_scope(number):
            assert audit.verify() == []
        connect_there(there)
        with pytest.raises(Conflict, match="4203"):
            arriving.arrive(path, Key(words=WORDS))
        assert tenants() == ["4203"]
    finally:
        core.db.database.dispose()


def _phones(tenant: int, opened: object) -> list[str | None]:
    rows = opened.execute(select(Member.id, Member.phone).where(Member.phone.is_not(None)).order_by(Member.id)).all()  # type: ignore[attr-defined]
    return sorted(keyring.for_tenant(tenant).decrypt_many("member", "phone", [tuple(row) for row in rows]))  # type: ignore[type-var]


@pytest.mark.parametrize("fault", ["words", "cut", "schema", "lost row", "altered log"])
def test_otherwise_nothing_arrives(fault: str, moved: tuple[TestTenant, Path], database: TestDatabase, elsewhere: TestDatabase,
                                   monkeypatch: pytest.MonkeyPatch) -> None:
    _tenant, path = moved
    connect_there(elsewhere)
    statements = {"schema": "update alembic_version set version_num = 'x'"}
    if fault == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    if fault in ("lost row", "altered log"):
        harm = {"lost row": "delete from member where id = (select min(id::text)::uuid from member)",
                "altered log": "update audit_entry set action = 'undone' where seq = 2"}[fault]
        real = arriving._compare
        monkeypatch.setattr(arriving, "_compare", lambda opened, number, head: (opened.execute(text(harm)), real(opened, number, head)))
    with create_engine(elsewhere.admin_url, poolclass=NullPool).begin() as connection:
        before = connection.execute(text("select version_num from alembic_version")).scalar_one()
        if fault in statements:
            connection.execute(text(statements[fault]))
    try:
        with pytest.raises((Conflict, ConfigurationError, BaodaoError)):
            arriving.arrive(path, Key(words="other words than those" if fault == "words" else WORDS))
        assert tenants() == []
        with create_engine(elsewhere.admin_url, poolclass=NullPool).connect() as connection:
            assert connection.execute(select(func.count()).select_from(Member.__table__)).scalar_one() == 0
    finally:
        with create_engine(elsewhere.admin_url, poolclass=NullPool).begin() as connection:
            connection.execute(text("update alembic_version set version_num = :before"), {"before": before})


@pytest.mark.parametrize("harm", ["delete from member where id = (select min(id::text)::uuid from member)",
                                  "update audit_entry set action = 'undone' where seq = 2"])
def test_twin_without_the_comparison_it_would_arrive(harm: str, moved: tuple[TestTenant, Path], database: TestDatabase,
                                                     elsewhere: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    connect_there(elsewhere)
    monkeypatch.setattr(arriving, "_compare", lambda opened, _number, _head: opened.execute(text(harm)))
    arriving.arrive(moved[1], Key(words=WORDS))
    assert tenants() == ["4203"]
    with create_engine(elsewhere.admin_url, poolclass=NullPool).begin() as connection:
        connection.execute(text("set session_replication_role = replica"))
        for name in totals(connection, 1)[0]:
            connection.execute(text(f'delete from "{name}"'))
        connection.execute(text("delete from tenant_key"))
        connection.execute(text("delete from tenant"))


def test_the_archive_holds_nothing_of_the_others_and_nothing_in_clear(moved: tuple[TestTenant, Path]) -> None:
    content = moved[1].read_bytes()
    assert "张".encode() not in content
    assert b"4203" not in content
