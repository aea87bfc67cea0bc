"""A tenant moves to another installation whole: rows, sums, sealed values and the audit log agree; otherwise nothing arrives."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

import core.db
from core import audit
from core.errors import ConfigurationError, Conflict
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


LOST = "delete from member where id = (select min(id::text)::uuid from member)"
ALTERED = "update audit_entry set action = 'undone' where seq = 2"


def test_otherwise_nothing_arrives_and_without_the_comparison_it_would(moved: tuple[TestTenant, Path], elsewhere: TestDatabase,
                                                                       tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _tenant, path = moved
    connect_there(elsewhere)
    (tmp_path / "cut").write_bytes(path.read_bytes()[:-1])
    for key, archive in ((Key(words="other words than those"), path), (Key(words=WORDS), tmp_path / "cut")):
        with pytest.raises(ConfigurationError):
            arriving.arrive(archive, key)
    with elsewhere.connect_admin() as admin:
        admin.execute("update alembic_version set version_num = 'x' || version_num")
        with pytest.raises(Conflict, match="core"):
            arriving.arrive(path, Key(words=WORDS))
        admin.execute("update alembic_version set version_num = substr(version_num, 2)")
    real = arriving._compare
    for harm, told in ((LOST, "member"), (ALTERED, "审计日志")):
        with monkeypatch.context() as patched, pytest.raises(Conflict, match=told):
            patched.setattr(arriving, "_compare", lambda opened, number, head, harm=harm: (opened.execute(text(harm)), real(opened, number, head)))
            arriving.arrive(path, Key(words=WORDS))
    assert tenants() == []
    with elsewhere.connect_admin() as admin:
        assert admin.execute("select count(*) from member").fetchone() == (0,)
    monkeypatch.setattr(arriving, "_compare", lambda opened, _number, _head: opened.execute(text(LOST)))  # the twin
    arriving.arrive(path, Key(words=WORDS))
    assert tenants() == ["4203"]


def test_the_archive_holds_nothing_of_the_others_and_nothing_in_clear(moved: tuple[TestTenant, Path]) -> None:
    content = moved[1].read_bytes()
    assert "张".encode() not in content
    assert b"4203" not in content
