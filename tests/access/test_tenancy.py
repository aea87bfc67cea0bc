"""The scope, the clock, the walls' smaller doors, and who acts: what each answers when there is nothing, somebody else's, or exactly the limit."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Select, delete, event, exists, func, insert, literal, select, text, update
from sqlalchemy.orm import Session, aliased

from core.access.doors import PERMISSION, PUBLIC_DOOR, PublicDoor, act_as, acting, public, requires
from core.access.holders import Holder, holders_at
from core.access.models import Account, Grant, Login
from core.access.roles import COMMUNITY, COUNTY, STREET
from core.db import new_id
from core.errors import ScopeError, Unauthenticated
from core.tenancy import Tenant, TenantInfo, current_tenant, guard, hot, in_scope, now, session, set_clock, tenant_scope, today, unscoped
from core.tenancy.scope import know_tenant, open_scope, scope_cache
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, make_account, make_tenant

Other = aliased(Account)


def raised(work: Callable[[], object]) -> str | None:
    """What a ScopeError says, if there is one."""
    try:
        work()
    except ScopeError as error:
        return str(error)
    return None


def test_only_a_tenants_scope_is_one_and_it_knows_all_of_its_tenant(tenant: TestTenant) -> None:
    other = make_tenant("4228", name="恩施市")
    seen = [in_scope()]
    with unscoped():
        seen.append(in_scope())
    for one, name in ((tenant, "武汉市"), (other, "恩施市")):
        with one.scope():
            seen.append(in_scope())
            info = TenantInfo(one.id, one.code, one.slug, name, name[:2], "city")
            assert (current_tenant(), current_tenant()) == (info, info)
            know_tenant(replace(info, name="as the statement read it"))
            assert current_tenant().name == "as the statement read it"
    assert [*seen, in_scope()] == [False, False, True, True, False]
    for work in (current_tenant, scope_cache, open_scope, session):
        assert raised(work)
    with unscoped():
        assert (bool(raised(current_tenant)), bool(raised(lambda: know_tenant(info))), scope_cache()) == (True, True, {})


def test_a_scopes_door_is_asked_at_each_hand_out_and_its_work_is_done_afterwards_however_it_ends(tenant: TestTenant) -> None:
    done: list[str] = []
    for fails in (False, True):
        try:
            with tenant.scope() as opened:
                assert session() is opened
                scope = open_scope()
                scope.door = lambda: done.append("door")
                scope.afterwards.append(lambda: done.append(f"after, open: {in_scope()}"))
                assert session() is session() is opened
                opened.execute(update(Account).where(Account.id == tenant.accounts[COUNTY].id).values(display_name=str(fails)))
                if fails:
                    raise KeyError
        except KeyError:
            done.append("failed")
    assert done == ["door", "door", "after, open: False", "door", "door", "after, open: False", "failed"]
    with tenant.scope():
        assert session().scalar(select(Account.display_name).where(Account.id == tenant.accounts[COUNTY].id)) == "False"


def test_the_clock_is_in_utc_and_the_day_in_shanghai() -> None:
    assert (now().tzinfo, abs(now() - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)) == (dt.UTC, True)
    with set_clock(dt.date(2026, 12, 1)):
        assert (now(), now().tzinfo, today()) == (dt.datetime(2026, 12, 1, 2, tzinfo=dt.UTC), dt.UTC, dt.date(2026, 12, 1))
        with set_clock(dt.datetime(2026, 11, 30, 16, tzinfo=dt.UTC)):
            assert today() == dt.date(2026, 12, 1)
        with set_clock(dt.datetime(2026, 11, 30, 15, 59, 59, tzinfo=dt.UTC)):
            assert today() == dt.date(2026, 11, 30)
        assert today() == dt.date(2026, 12, 1)


#: Statements over accounts and logins, and the tables that a refusal names.
STATEMENTS: dict[str, tuple[Any, set[str]]] = {
    "entity": (select(Account), {"account"}), "column": (select(Account.id), {"account"}), "alias": (select(Other.id), {"account"}),
    "count": (select(func.count()).select_from(Account), {"account"}), "two": (select(Account.id, Login.id), {"account", "login"}),
    "exists": (select(exists().where(Account.id == new_id())), {"account"}), "sub-query": (select(select(Login.id).limit(1).scalar_subquery()), {"login"}),
    "insert": (insert(Login), {"login"}), "insert from": (insert(Login).from_select(["id"], select(Account.id)), {"account", "login"}),
    "update": (update(Account).values(active=True), {"account"}), "delete": (delete(Login), {"login"}),
    "reference": (select(Tenant.id), set()), "no table": (select(literal(1)), set()), "text": (text("select 1"), set())}


def test_without_a_tenant_a_statement_is_refused_by_the_tables_it_names(tenant: TestTenant) -> None:
    assert {name: guard.tenant_tables(statement) for name, (statement, _tables) in STATEMENTS.items()} == {
        name: tables for name, (_statement, tables) in STATEMENTS.items()}
    with unscoped() as opened:
        said = {name: raised(lambda statement=statement: opened.execute(statement)) for name, (statement, _tables) in STATEMENTS.items()}  # type: ignore[misc]
    assert said == {name: f"no tenant scope for {', '.join(sorted(tables))}" if tables else None for name, (_statement, tables) in STATEMENTS.items()}


def login_of(tenant: TestTenant, **values: Any) -> Login:
    return Login(**{"account_id": tenant.accounts[COUNTY].id, "token_hash": new_id().bytes, "created_at": now(), "seen_at": now(), **values})


def test_a_row_is_written_changed_and_deleted_in_its_own_tenant_only(tenant: TestTenant) -> None:
    other = make_tenant("4228")
    with tenant.scope() as opened:
        row = login_of(tenant)
        opened.add(row)
        opened.flush()
        assert row.tenant_id == tenant.id
        opened.expunge(row)
    for work in (lambda s: s.add(login_of(tenant, tenant_id=tenant.id)), lambda s: setattr(s.merge(row, load=False), "device", "x"),
                 lambda s: s.delete(s.merge(row, load=False))):
        for scope in (other.scope, unscoped):
            with pytest.raises(ScopeError), scope() as opened:
                work(opened)
                opened.flush()
    with tenant.scope() as opened:
        assert list(opened.execute(select(Login.id, Login.device))) == [(row.id, "")]


def test_the_walls_listeners_stand_and_fall_together(tenant: TestTenant) -> None:
    def stand() -> list[bool]:
        return [event.contains(Session, name, listener) for name, listener in (("do_orm_execute", guard.narrow), ("before_flush", guard.check_flush))]
    seen = [stand()]
    try:
        for change in (guard.install, guard.remove, guard.remove, guard.install, guard.install):
            change()
            seen.append(stand())
    finally:
        guard.install()
    assert seen == [[True, True], [True, True], [False, False], [False, False], [True, True], [True, True]]


def test_a_window_is_refused_only_where_no_entity_stands_beside_it(tenant: TestTenant) -> None:
    window = func.row_number().over(order_by=Account.id)
    with tenant.scope() as opened:
        for statement in (select(Account.id, window), select(Account, window), select(func.count()).select_from(select(Account.id, window).subquery())):
            assert raised(lambda statement=statement: opened.execute(statement).all()) is None  # type: ignore[misc]
        for statement in (select(window), select(literal(1), window), select(func.count()).select_from(select(window).subquery())):
            assert raised(lambda statement=statement: opened.execute(statement)) is not None  # type: ignore[misc]


@pytest.fixture
def without_policies(database: TestDatabase) -> Iterator[None]:
    """The third wall taken down on accounts."""
    with database.connect_admin() as admin:
        admin.execute("ALTER TABLE account DISABLE ROW LEVEL SECURITY")
    yield
    with database.connect_admin() as admin:
        admin.execute("ALTER TABLE account ENABLE ROW LEVEL SECURITY")


def reached(statement: Select[Any]) -> Sequence[Any]:
    """What a compiled statement, never seen before, finds; asked twice, so that it is also read from what is kept."""
    shape = new_id()
    first, second = (hot.rows(shape, lambda: statement) for _time in range(2))
    assert first == second
    return [row[0] for row in first]


def test_a_compiled_statement_takes_aliases_lists_and_constants_and_reaches_its_own_tenant(tenant: TestTenant, without_policies: None) -> None:
    names = (COUNTY, STREET)
    statements = {"all": select(Account.id), "alias": select(Other.id), "list": select(Account.id).where(Account.username.in_(names)),
                  "constant": select(Account.id).where(Account.username == COUNTY),
                  "two": select(Other.id).join(Account, Account.id == Other.id).where(Account.username == COUNTY)}
    for one in (tenant, make_tenant("4228")):
        everybody = {account.id for account in (*one.accounts.values(), *one.others.values())}
        with one.scope():
            assert {name: set(reached(statement)) for name, statement in statements.items()} == {
                "all": everybody, "alias": everybody, "list": {one.accounts[name].id for name in names}, "constant": {one.accounts[COUNTY].id},
                "two": {one.accounts[COUNTY].id}}


def test_a_compiled_statement_is_of_the_scopes_tenant_whatever_is_passed_and_sees_what_was_added(tenant: TestTenant, without_policies: None) -> None:
    other, shape = make_tenant("4228"), new_id()
    for one in (tenant, other, tenant):
        with tenant_scope(one.id) as opened:
            opened.add(Account(username=f"new {new_id()}", display_name="x", created_at=now()))
            count = hot.rows(shape, lambda: select(func.count(Account.id).label("number")), **{hot.TENANT: other.id})[0].number
            assert count == opened.scalar(select(func.count(Account.id)))


def test_so_many_statements_are_compiled_once_and_then_all_anew(tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hot, "_MOST", 2)
    monkeypatch.setattr(hot, "_compiled", {})
    built: list[str] = []

    def build(name: str) -> Callable[[], Select[Any]]:
        def made() -> Select[Any]:
            built.append(name)
            return select(Account.id).where(Account.username == name)
        return made
    with tenant.scope():
        for name in (COUNTY, STREET, COUNTY, STREET, COMMUNITY, COMMUNITY, COUNTY):
            assert [row.id for row in hot.rows(("test", name), build(name))] == [tenant.accounts[name].id]
    assert built == [COUNTY, STREET, COMMUNITY, COUNTY]


def test_a_view_bears_its_permission_or_its_public_door() -> None:
    def view() -> str:
        return "seen"

    def doors(marked: Callable[[], str]) -> tuple[str, object, object]:
        found = marked(), getattr(marked, PERMISSION, None), getattr(marked, PUBLIC_DOOR, None)
        for name in (PERMISSION, PUBLIC_DOOR):
            vars(marked).pop(name, None)
        return found
    assert [doors(mark(view)) for mark in (requires("members.read"), public, public(), public(csrf=False), public(csrf=True))] == [
        ("seen", "members.read", None), ("seen", None, PublicDoor(csrf=True)), ("seen", None, PublicDoor(csrf=True)),
        ("seen", None, PublicDoor(csrf=False)), ("seen", None, PublicDoor(csrf=True))]


def test_whoever_acts_acts_inside_the_block_only(tenant: TestTenant) -> None:
    with tenant.scope():
        outer, inner = tenant.actor(COUNTY), tenant.actor(STREET)
    with act_as(outer):
        with act_as(inner):
            assert acting() is inner
        assert acting() is outer
    with pytest.raises(Unauthenticated):
        acting()


def test_holders_stand_in_the_order_of_their_accounts_until_the_moment_a_grant_ends(tenant: TestTenant) -> None:
    moment, place = now(), tenant.communities[1]
    ends = {"over": moment, "last second": moment + dt.timedelta(seconds=1), "no end": None}
    with tenant.scope() as opened:
        made: dict[str, uuid.UUID] = {}
        for name, end in ends.items():
            made[name] = make_account(tenant, COMMUNITY, place).id
            opened.execute(update(Grant).where(Grant.account_id == made[name]).values(expires_at=end))
        many = [make_account(tenant, COMMUNITY, place).id for _account in range(12)]
        opened.add(Grant(account_id=many[0], organization_id=tenant.streets[0], role=STREET, created_at=moment))
    with set_clock(moment), tenant.scope():
        held = [Holder(account, None) for account in sorted([made["last second"], made["no end"], *many])]
        assert holders_at(iter([place]), "records.verify") == {place: held}
        assert holders_at([place, tenant.streets[0]], "accounts.manage")[tenant.streets[0]] == [
            Holder(account, None) for account in sorted([tenant.accounts[STREET].id, many[0]])]
        assert holders_at([], "records.verify") == {}
