"""The third wall: the database itself answers nothing to a session without a tenant, and refuses a foreign row."""
from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from core.tenancy.gate import holes
from migrations.roles import check_app_role
from tests.security.conftest import MINE
from tests.support.databases import TestDatabase

pytestmark = pytest.mark.promise(2)
COUNT = "select count(*) from organization"


@pytest.fixture
def app(cities: TestDatabase) -> Iterator[psycopg.Connection]:
    """A raw connection as the application's role: no ORM, no guard."""
    url = make_url(cities.app_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        yield connection


def _count(connection: psycopg.Connection) -> int:
    row = connection.execute(COUNT).fetchone()
    assert row is not None
    return row[0]


def test_no_tenant_no_row(app: psycopg.Connection) -> None:
    assert _count(app) == 0


def test_a_tenant_sees_its_own_rows(app: psycopg.Connection) -> None:
    app.execute(f"SET LOCAL app.tenant_id = '{MINE}'")
    assert _count(app) == 2


def test_the_next_transaction_of_the_connection_has_forgotten_the_tenant(app: psycopg.Connection) -> None:
    app.execute(f"SET LOCAL app.tenant_id = '{MINE}'")
    app.commit()
    assert _count(app) == 0


def test_a_foreign_row_is_refused(app: psycopg.Connection) -> None:
    app.execute(f"SET LOCAL app.tenant_id = '{MINE}'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("insert into organization select 2, gen_random_uuid(), parent_id, kind, 'z', name, sort_key, 'z/', division_kind,"
                    " unit_type, subordination, credit_code, community_id, contact_name, contact_phone, active, version, created_at"
                    " from organization limit 1")


@pytest.mark.parametrize("statement", [
    "truncate organization", "alter table organization disable row level security", "create table mine (id int)",
    "drop policy tenant on organization", "update audit_entry set action = 'x'", "delete from audit_entry",
    "update operator_entry set action = 'x'", "delete from operator_entry", "delete from operator_head", "truncate operator_entry",
    "set role baodao_owner", "set session authorization postgres",
])
def test_the_application_cannot_change_the_walls(app: psycopg.Connection, statement: str) -> None:
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue)):
        app.execute(statement)


def test_twin_without_force_and_policy_all_rows_are_seen(cities: TestDatabase, app: psycopg.Connection) -> None:
    with cities.connect_admin() as admin:
        admin.execute("ALTER TABLE organization DISABLE ROW LEVEL SECURITY")
    try:
        assert _count(app) == 5
    finally:
        app.rollback()
        with cities.connect_admin() as admin:
            admin.execute("ALTER TABLE organization ENABLE ROW LEVEL SECURITY")


def test_the_gate_finds_no_hole(cities: TestDatabase) -> None:
    with create_engine(cities.app_url, poolclass=NullPool).connect() as connection:
        assert holes(connection) == []
        check_app_role(connection)


HOLES = {
    "create table leak (id int primary key)": {
        "leak: 没有 tenant_id NOT NULL 列", "leak: 主键不以 tenant_id 开头", "leak: 未启用并强制行级安全",
        "leak: 策略不是规定的一条", "leak.leak_pkey: 唯一索引不以 tenant_id 开头"},
    "alter table organization no force row level security": {"organization: 未启用并强制行级安全"},
    "create policy more on organization using (true)": {"organization: 策略不是规定的一条"},
    "create unique index leaky on member (id_number_index)": {"member.leaky: 唯一索引不以 tenant_id 开头"},
    "create view leaky as select * from member": {"leaky: 物化视图或未设 security_invoker 的视图"},
    "create materialized view leaky as select * from member": {"leaky: 物化视图或未设 security_invoker 的视图"},
    "create function leaky() returns int language sql security definer as 'select 1'": {"leaky: SECURITY DEFINER 函数"},
    "grant update on operator_entry to baodao_app": {"operator_entry: UPDATE: 应用角色可以改动只增不改的表"},
    "grant delete on audit_entry to baodao_app": {"audit_entry: DELETE: 应用角色可以改动只增不改的表"},
    "grant delete on consent to baodao_app": {"consent: DELETE: 应用角色可以改动只增不改的表"},
    "grant update, delete on points_entry to baodao_app": {
        "points_entry: UPDATE: 应用角色可以改动只增不改的表", "points_entry: DELETE: 应用角色可以改动只增不改的表"},
    "grant delete on member to baodao_app": {"member: 应用角色可以删除只清空不删除的行"},
    "grant truncate on member to baodao_app": {"member: TRUNCATE: 应用角色拥有过多权限"},
    "alter table organization add constraint alone unique (id); "
    "alter table member add constraint loose foreign key (unit_id) references organization (id)": {
        "organization.alone: 唯一索引不以 tenant_id 开头", "member.loose: 外键没有带上 tenant_id"},
    "create sequence leaky; alter sequence leaky owner to baodao_app": {"leaky: 应用角色拥有对象"},
}


@pytest.mark.parametrize("statement", HOLES)
def test_the_gate_names_each_hole(new_database: object, statement: str) -> None:
    database: TestDatabase = new_database()  # type: ignore[operator]
    with database.connect_admin() as admin:
        admin.execute(statement)
    with create_engine(database.app_url, poolclass=NullPool).connect() as connection:
        assert set(holes(connection)) == HOLES[statement]


def test_a_foreign_key_across_tenants_is_refused(cities: TestDatabase, app: psycopg.Connection) -> None:
    with cities.connect_admin() as admin:
        theirs = admin.execute("select id from organization where tenant_id = 2 limit 1").fetchone()
        assert theirs is not None
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            admin.execute("update organization set parent_id = %s where tenant_id = 1 and kind = 'county'", theirs)


def test_the_scope_sets_the_tenant_as_a_literal(cities: TestDatabase) -> None:
    from core.tenancy import tenant_scope
    with tenant_scope(MINE) as opened:
        assert opened.execute(text("select current_setting('app.tenant_id')")).scalar() == str(MINE)
