"""A tenant goes when two operators agree, at once for everybody in it; its rows go by command, its log stays, its neighbour is whole."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

import core.db
from core import audit
from core.access import operators
from core.errors import Conflict, Forbidden, Invalid
from core.members.models import Member
from core.members.rights_models import Consent
from core.tenancy import Tenant, TenantDeletion, now, session, tenant_scope, today, unscoped
from core.tenancy.scope import tenant_id
from plugins.points.models import PointsEntry
from tenants import deletion
from tests.plugins.points.packs import publish, scheme
from tests.security import rows
from tests.service.conftest import at_once, without_locks
from tests.support.browsing import submit
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_member, make_tenant
from tests.web.conftest import application, browser_of, tenant

__all__ = ["application", "browser_of", "tenant", "without_locks"]
REASON = "合同到期，不再使用"


def operator(name: str) -> uuid.UUID:
    """One of those who run the installation."""
    with unscoped():
        return operators.create_operator(name, "test-password-1")


@pytest.fixture
def two(database: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """Two operators."""
    return operator("first"), operator("second")


def decide(tenant: TestTenant, by: uuid.UUID) -> None:
    """One operator's yes."""
    with unscoped():
        deletion.decide(tenant.id, confirm=True, by=by)


def ask(tenant: TestTenant, by: uuid.UUID) -> None:
    """One operator's request."""
    with unscoped():
        deletion.ask(tenant.id, tenant.name, REASON, by=by)


def test_one_asks_another_confirms(tenant: TestTenant, two: tuple[uuid.UUID, uuid.UUID], browser_of: Callable[..., Any]) -> None:
    first, second = two
    officer = browser_of(tenant.accounts["county_officer"])
    with pytest.raises(Invalid), unscoped():
        deletion.ask(tenant.id, "武汉", REASON, by=first)
    ask(tenant, first)
    with pytest.raises(Conflict):
        ask(tenant, second)
    with pytest.raises(Forbidden):
        decide(tenant, first)
    with pytest.raises(Conflict):
        deletion.purge(tenant.code)
    assert officer.get("/").status_code == 200
    decide(tenant, second)
    assert officer.get("/").status_code in (302, 401)
    assert officer.get(f"/t/{tenant.slug}/login").status_code == 404
    with unscoped():
        assert [(e.action, e.details.get("asked_by")) for e in audit.entries(trail=audit.OPERATORS, limit=2)] == [
            ("tenant.deleted", str(first)), ("tenant.deletion_asked", None)]


@pytest.fixture
def as_maintenance(database: TestDatabase) -> Iterator[Callable[[], None]]:
    """Connects this process as baodao_migrate, as `baodao tenant purge` does."""
    yield lambda: core.db.configure(database.migrate_url)
    core.db.database.dispose()


def add_only(tenant: TestTenant) -> int:
    """Rows that the application may only add: entries of a member and of a unit by a published pack, a consent. Answers how many entries."""
    one = make_member(tenant).id
    with tenant.scope():
        pack = publish(scheme()).id
        session().add(Consent(member_id=one, purpose="board", wording=1, given=True, channel="self", at=now()))
        for whose in ({"member_id": one}, {"unit_id": tenant.units[0]}):
            session().add(PointsEntry(kind="earned", contra="earned", points=100, period=today(), happened_on=today(), source="deed", pack_id=pack,
                                      rule="试验", at=now(), **whose))
        session().flush()
        return session().scalar(select(func.count()).select_from(PointsEntry)) or 0


@pytest.mark.promise(19)
def test_its_rows_go_and_the_log_and_the_neighbour_stay(two: tuple[uuid.UUID, uuid.UUID], as_maintenance: Callable[[], None]) -> None:
    gone, left = make_tenant("4201", plugins=rows.PLUGINS), make_tenant("4228", plugins=rows.PLUGINS)
    rows.things(gone)
    rows.things(left)
    entries, stay = add_only(gone), add_only(left)
    ask(gone, two[0])
    decide(gone, two[1])
    with pytest.raises(ProgrammingError, match="baodao_owner"):
        deletion.purge(gone.code)  # the application may not
    as_maintenance()
    removed = deletion.purge(gone.code)
    assert (removed["member"], removed["points_entry"], removed["consent"] > 0) == (2, entries, True)
    with tenant_scope(left.id):
        assert session().scalar(select(func.count()).select_from(PointsEntry).where(PointsEntry.tenant_id == tenant_id())) == stay
    with tenant_scope(gone.id):
        assert session().scalars(select(Member.id).where(Member.tenant_id == tenant_id())).all() == []
        assert audit.verify() == []
        assert audit.entries(limit=1)[0].action == "tenant.deleted"
    with tenant_scope(left.id):
        assert len(session().scalars(select(Member.id).where(Member.tenant_id == tenant_id())).all()) == 2
    assert deletion.purge(gone.code) == {}


def test_it_expires_and_the_database_keeps_the_two_apart(tenant: TestTenant, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    ask(tenant, two[0])
    with pytest.raises(IntegrityError, match="two_persons"), unscoped():
        session().execute(update(TenantDeletion).values(status="done", decided_by=TenantDeletion.asked_by))
    with unscoped():
        session().execute(update(TenantDeletion).values(expires_at=now()))
    with pytest.raises(Conflict):
        decide(tenant, two[1])
    ask(tenant, two[1])  # anew
    with unscoped():
        deletion.decide(tenant.id, confirm=False, by=two[1])
        assert session().scalars(select(TenantDeletion.status).order_by(TenantDeletion.id)).all() == ["expired", "withdrawn"]


def test_of_two_who_confirm_at_once_one_does(tenant: TestTenant, two: tuple[uuid.UUID, uuid.UUID], monkeypatch: Any) -> None:
    assert sorted(race(tenant, two, monkeypatch)) == ["Conflict", "NoneType"]


def test_without_the_lock_both_would(tenant: TestTenant, two: tuple[uuid.UUID, uuid.UUID], monkeypatch: Any, without_locks: None) -> None:
    assert sorted(race(tenant, two, monkeypatch)) == ["NoneType", "NoneType"]


def race(tenant: TestTenant, two: tuple[uuid.UUID, uuid.UUID], monkeypatch: Any) -> list[str]:
    """The second and a third operator say yes together; how each fared."""
    third, found = operator("third"), deletion._tenant

    def slowly(identity: int) -> Tenant:
        session().execute(text("select pg_sleep(0.3)"))
        return found(identity)
    ask(tenant, two[0])
    monkeypatch.setattr(deletion, "_tenant", slowly)
    return [type(one).__name__ for one in at_once(*(lambda by=by: decide(tenant, by) for by in (two[1], third)))]


def test_the_page(tenant: TestTenant, two: tuple[uuid.UUID, uuid.UUID], application: Any) -> None:
    clients = []
    for name in ("first", "second"):
        with unscoped():
            token = operators.sign_in(name, "test-password-1").token
        clients.append(application.test_client())
        with clients[-1].session_transaction() as cookie:
            cookie["operator"] = token
    page = f"/operator/tenants/{tenant.code}"
    assert submit(clients[0], page, f"{page}/deletion", answer="ask", name="不是它", reason=REASON).status_code == 422
    assert submit(clients[0], page, f"{page}/deletion", answer="ask", name=tenant.name, reason=REASON).status_code == 303
    assert "撤回申请" in clients[0].get(page).text
    assert submit(clients[0], page, f"{page}/deletion", answer="confirm").status_code == 403
    assert REASON in clients[1].get(page).text
    assert submit(clients[1], page, f"{page}/deletion", answer="confirm").status_code == 303
    assert "已删除" in clients[1].get(page).text
