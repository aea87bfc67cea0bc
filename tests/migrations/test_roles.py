"""The roles of security rule 1: each can do what it is for and nothing else, and only baodao_app may serve."""
from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from core.errors import ConfigurationError
from migrations.roles import backup_url, check_app_role, ensure_roles, is_administrator
from tests.support.databases import APP_PASSWORD, MIGRATE_PASSWORD, TestDatabase, connect


@pytest.fixture(scope="module")
def empty(new_database: Callable[..., TestDatabase]) -> TestDatabase:
    """A database with roles and no schema, but one table made the way a migration makes it."""
    made = new_database(migrated=False)
    with connect(made.migrate_url) as connection:
        connection.execute("create table thing (id int generated always as identity, name text)")
        connection.execute("insert into thing (name) values ('one')")
        connection.execute("alter table thing owner to baodao_owner")
    return made


def test_attributes_and_memberships(empty: TestDatabase) -> None:
    query = """select rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole or rolcreatedb,
               array(select roleid::regrole::text from pg_auth_members where member = r.oid)
               from pg_roles r where rolname like 'baodao%' order by 1"""
    with empty.connect_admin() as connection:
        assert connection.execute(query).fetchall() == [
            ("baodao_app", True, False, False, False, []),
            ("baodao_audit", False, False, False, False, []),
            ("baodao_backup", False, False, True, False, []),
            ("baodao_migrate", True, False, True, False, ["baodao_owner"]),
            ("baodao_owner", False, False, False, False, []),
        ]


def test_the_owner_owns_database_and_schema(empty: TestDatabase) -> None:
    with empty.connect_admin() as connection:
        assert connection.execute("""select datdba::regrole::text, nspowner::regrole::text from pg_database, pg_namespace
                                     where datname = current_database() and nspname = 'public'""").fetchone() == (
            "baodao_owner", "baodao_owner")


def test_the_application_reads_and_writes_rows(empty: TestDatabase) -> None:
    with connect(empty.app_url) as connection:
        connection.execute("insert into thing (name) values ('two')")
        connection.execute("update thing set name = 'zwei' where name = 'two'")
        assert connection.execute("select name from thing order by id").fetchall() == [("one",), ("zwei",)]
        connection.execute("delete from thing where name = 'zwei'")


@pytest.mark.parametrize("statement", [
    "create table mine (x int)", "create schema mine", "truncate thing", "drop table thing", "alter table thing add column x int",
    "create index on thing (name)", "create trigger t after insert on thing execute function suppress_redundant_updates_trigger()",
    "create view seen as select 1", "create function f() returns int language sql as 'select 1'", "set role baodao_owner",
    "set session authorization baodao_migrate", "alter role baodao_app bypassrls", "create role other",
    "alter table thing disable row level security", "set session_replication_role = replica",
])
def test_the_application_may_not(empty: TestDatabase, statement: str) -> None:
    with connect(empty.app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_the_application_may_stage_rows_in_a_temporary_table(empty: TestDatabase) -> None:
    with connect(empty.app_url) as connection:
        connection.execute("create temp table staged (x int)")


def test_running_it_again_changes_nothing_and_takes_memberships_away(empty: TestDatabase) -> None:
    with empty.connect_admin() as connection:
        connection.execute("grant pg_read_all_data to baodao_app")
    ensure_roles(empty.server_url, app_password=APP_PASSWORD, migrate_password=MIGRATE_PASSWORD, database=empty.name)
    test_attributes_and_memberships(empty)
    test_the_application_reads_and_writes_rows(empty)


def test_only_the_application_may_serve(empty: TestDatabase) -> None:
    assert _verdict(empty.app_url) is None
    assert _verdict(empty.migrate_url) == "baodao_migrate 提供服务：有 BYPASSRLS、属于其他角色"
    assert _verdict(empty.admin_url).startswith("postgres 提供服务：是超级用户、有 BYPASSRLS")


def test_the_backup_reads_everything_and_writes_nothing(empty: TestDatabase) -> None:
    passwords = {"app_password": APP_PASSWORD, "migrate_password": MIGRATE_PASSWORD, "backup_password": "test-backup"}
    ensure_roles(empty.server_url, **passwords, database=empty.name)
    url = backup_url(empty.server_url, "test-backup", database=empty.name)
    try:
        with empty.connect_admin() as admin:
            admin.execute("alter table thing enable row level security")
            admin.execute("alter table thing force row level security")
        with connect(url) as connection:
            assert connection.execute("select count(*) from thing").fetchone() == (1,)
            for statement in ("insert into thing (name) values ('x')", "update thing set name = 'x'", "delete from thing",
                              "create table mine (x int)", "set role baodao_owner"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)
        assert _verdict(url) == "baodao_backup 提供服务：有 BYPASSRLS"
    finally:
        with empty.connect_admin() as admin:
            admin.execute("alter role baodao_backup nologin password null")
            admin.execute("alter table thing no force row level security")
            admin.execute("alter table thing disable row level security")


def test_the_auditors_tools_read_and_add_and_no_more(template: TestDatabase) -> None:
    with template.connect_admin() as admin:
        rights = admin.execute("""select table_name, array_agg(privilege_type::text order by privilege_type) from information_schema.role_table_grants
                                  where grantee = 'baodao_audit' group by 1 order by 1""").fetchall()
    both = ["INSERT", "SELECT"]
    assert rights == [("audit_checkpoint", ["SELECT"]), ("audit_entry", both), ("audit_head", both), ("operator_checkpoint", ["SELECT"]),
                      ("operator_entry", both), ("operator_head", both)]


def test_an_application_that_owns_a_table_may_not_serve(new_database: Callable[..., TestDatabase]) -> None:
    database = new_database(migrated=False)
    with database.connect_admin() as connection:
        connection.execute("create table mine (x int)")
        connection.execute("alter table mine owner to baodao_app")
    assert _verdict(database.app_url) == "baodao_app 提供服务：拥有库中对象"


def test_who_may_set_up(empty: TestDatabase) -> None:
    verdicts = []
    for url in (empty.admin_url, empty.migrate_url, empty.app_url):
        with create_engine(url, poolclass=NullPool).connect() as connection:
            verdicts.append(is_administrator(connection))
    assert verdicts == [True, False, False]


def _verdict(url: str) -> str | None:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        try:
            check_app_role(connection)
        except ConfigurationError as error:
            return error.message.removeprefix("拒绝以数据库角色 ").partition("。")[0]
    return None
