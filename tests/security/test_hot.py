"""The compiled statements stand behind the same walls as the others."""
from __future__ import annotations

import pytest
from sqlalchemy import bindparam, select

from core.access.models import Account
from core.errors import ScopeError
from core.tenancy import hot, tenant_scope, unscoped
from tests.support.databases import TestDatabase
from tests.support.factories import make_tenant

pytestmark = pytest.mark.promise(3)


def test_a_compiled_statement_sees_its_tenant_only_even_without_a_predicate(database: TestDatabase) -> None:
    tenants = [make_tenant("4201"), make_tenant("4202")]
    for tenant in tenants:
        with tenant_scope(tenant.id):
            rows = hot.rows("test accounts", lambda: select(Account.id, Account.tenant_id))
            assert {r.tenant_id for r in rows} == {tenant.id}
            assert hot.TENANT in hot._compiled["test accounts"][1]


def test_without_a_scope_no_compiled_statement_runs(database: TestDatabase) -> None:
    with pytest.raises(ScopeError):
        hot.rows("test accounts", lambda: select(Account.id, Account.tenant_id))
    with unscoped(), pytest.raises(ScopeError):
        hot.rows("test accounts", lambda: select(Account.id, Account.tenant_id))


def test_only_so_many_statements_are_kept(database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shapes that differ in a list of IN would fill the memory otherwise."""
    monkeypatch.setattr(hot, "_MOST", 2)
    monkeypatch.setattr(hot, "_compiled", {})
    tenant = make_tenant()
    with tenant.scope():
        for number in range(5):
            assert len(hot.rows(("test limit", number), lambda: select(Account.id).where(Account.tenant_id == tenant.id))) == 8
    assert 1 <= len(hot._compiled) <= 2


def test_twin_without_the_predicate_and_the_policy_all_are_seen(database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    tenants = [make_tenant("4201"), make_tenant("4202")]
    monkeypatch.setattr(hot, "_narrowed", lambda statement: statement.where(bindparam(hot.TENANT) > 0))
    with database.connect_admin() as admin:
        admin.execute("ALTER TABLE account DISABLE ROW LEVEL SECURITY")
    try:
        with tenant_scope(tenants[0].id):
            rows = hot.rows("test accounts of all", lambda: select(Account.id, Account.tenant_id))
            assert {r.tenant_id for r in rows} == {tenant.id for tenant in tenants}
    finally:
        with database.connect_admin() as admin:
            admin.execute("ALTER TABLE account ENABLE ROW LEVEL SECURITY")
