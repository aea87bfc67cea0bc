"""The database roles of security rule 1: who owns, who migrates, who serves; and the check that serving is done by the right one."""
from __future__ import annotations

import psycopg
from psycopg import sql
from sqlalchemy import Connection, make_url, text

from core.errors import ConfigurationError

OWNER, MIGRATE, APP, AUDIT, BACKUP = "baodao_owner", "baodao_migrate", "baodao_app", "baodao_audit", "baodao_backup"
SUPPORTED = range(15, 19)

_ATTRIBUTES = {
    OWNER: "NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    MIGRATE: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS",
    APP: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION",
    AUDIT: "NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    # REPLICATION: pg_basebackup asks for it. Its LOGIN is the operator's decision.
    BACKUP: "NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS REPLICATION",
}


def ensure_roles(admin_url: str, *, app_password: str, migrate_password: str, database: str = "baodao",
                 backup_password: str | None = None) -> None:
    """Make the roles and the database, or bring them back to what they should be; running it again changes nothing.

    `admin_url` names a superuser. With `backup_password`, baodao_backup may log in. Roles belong to the whole cluster, the rest to
    `database`. Raises ConfigurationError when the server is not PostgreSQL 15 to 18.
    """
    with _connect(admin_url) as connection:
        _check_version(connection)
        _make_roles(connection, {APP: app_password, MIGRATE: migrate_password})
        if backup_password is not None:
            connection.execute(sql.SQL("ALTER ROLE {} LOGIN").format(sql.Identifier(BACKUP)))
            _set_password(connection, BACKUP, backup_password)
        _make_database(connection, database)
    with _connect(_with(admin_url, database=database)) as connection:
        _grant(connection, database)


def app_url(admin_url: str, password: str, *, database: str = "baodao") -> str:
    """The URL under which web and workers connect to the server of `admin_url`."""
    return _with(admin_url, username=APP, password=password, database=database)


def migrate_url(admin_url: str, password: str, *, database: str = "baodao") -> str:
    """The URL under which migrations run on the server of `admin_url`."""
    return _with(admin_url, username=MIGRATE, password=password, database=database)


def backup_url(admin_url: str, password: str, *, database: str = "baodao") -> str:
    """The URL under which the server of `admin_url` is backed up."""
    return _with(admin_url, username=BACKUP, password=password, database=database)


def check_app_role(connection: Connection) -> None:
    """Raise ConfigurationError when `connection`'s role could step over the third wall.

    Refused are superusers, BYPASSRLS roles, members of any other role, and owners of the database or of anything in it.
    """
    if found := role_faults(connection):
        raise ConfigurationError(
            f"拒绝以数据库角色 {found[0]} 提供服务：{'、'.join(found[1:])}。请在 DATABASE_URL 中使用 {APP}（见 deploy/README.md）。")


def role_faults(connection: Connection) -> list[str]:
    """The role's name and then what is wrong with it as a serving role; empty when nothing is."""
    row = connection.execute(text("""
        select r.rolname, r.rolsuper, r.rolbypassrls, r.rolcreaterole or r.rolcreatedb as creates,
               exists (select 1 from pg_auth_members m where m.member = r.oid) as member,
               exists (select 1 from pg_class c where c.relowner = r.oid)
               or exists (select 1 from pg_namespace n where n.nspowner = r.oid and n.nspname not like 'pg\\_temp%'
                          and n.nspname not like 'pg\\_toast\\_temp%')
               or exists (select 1 from pg_proc f where f.proowner = r.oid)
               or exists (select 1 from pg_database d where d.datname = current_database() and d.datdba = r.oid) as owner
        from pg_roles r where r.rolname = current_user""")).mappings().one()
    names = {"rolsuper": "是超级用户", "rolbypassrls": "有 BYPASSRLS", "creates": "可以建角色或数据库", "member": "属于其他角色",
             "owner": "拥有库中对象"}
    faults = [name for column, name in names.items() if row[column]]
    return [row["rolname"], *faults] if faults else []


def is_administrator(connection: Connection) -> bool:
    """Whether the role may set up an installation (a superuser)."""
    return bool(connection.execute(text("select rolsuper from pg_roles where rolname = current_user")).scalar_one())


def _check_version(connection: psycopg.Connection) -> None:
    major = connection.info.server_version // 10000
    if major not in SUPPORTED:
        raise ConfigurationError(f"数据库服务器是 PostgreSQL {major}，支持的版本是 {SUPPORTED[0]} 至 {SUPPORTED[-1]}。")


def _make_roles(connection: psycopg.Connection, passwords: dict[str, str]) -> None:
    known = {row[0] for row in connection.execute("select rolname from pg_roles where rolname like 'baodao\\_%'")}
    for name, attributes in _ATTRIBUTES.items():
        verb = sql.SQL("ALTER" if name in known else "CREATE")
        connection.execute(sql.SQL("{} ROLE {} {}").format(verb, sql.Identifier(name), sql.SQL(attributes)))
    for name, password in passwords.items():
        _set_password(connection, name, password)
    connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(OWNER), sql.Identifier(MIGRATE)))
    _strip_memberships(connection)
    connection.execute(sql.SQL("ALTER ROLE {} SET idle_in_transaction_session_timeout = '60s'").format(sql.Identifier(APP)))


def _set_password(connection: psycopg.Connection, name: str, password: str) -> None:
    # The verifier is made here, so that no log of statements ever shows a password.
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(verifier)))


def _strip_memberships(connection: psycopg.Connection) -> None:
    groups = connection.execute(
        "select m.roleid::regrole::text from pg_auth_members m where m.member = %s::regrole", [APP]).fetchall()
    for (group,) in groups:
        connection.execute(sql.SQL("REVOKE {} FROM {}").format(sql.SQL(group), sql.Identifier(APP)))


def _make_database(connection: psycopg.Connection, database: str) -> None:
    name, owner = sql.Identifier(database), sql.Identifier(OWNER)
    if connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(name, owner))
    connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, owner))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    for role, right in ((APP, "CONNECT, TEMPORARY"), (MIGRATE, "CONNECT"), (AUDIT, "CONNECT"), (BACKUP, "CONNECT")):
        # TEMPORARY: an import stages its rows in a temporary table.
        connection.execute(sql.SQL("GRANT {} ON DATABASE {} TO {}").format(sql.SQL(right), name, sql.Identifier(role)))


def _grant(connection: psycopg.Connection, database: str) -> None:
    app, owner, backup = sql.Identifier(APP), sql.Identifier(OWNER), sql.Identifier(BACKUP)
    run = connection.execute
    run(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner))
    run("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    run(sql.SQL("GRANT USAGE ON SCHEMA public TO {}, {}, {}").format(app, backup, sql.Identifier(AUDIT)))
    # A migration's tables are made by baodao_migrate and handed over to the owner: the rights must come with either.
    for maker in (owner, sql.Identifier(MIGRATE)):
        default = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public ").format(maker)
        run(default + sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}").format(app))
        run(default + sql.SQL("GRANT USAGE ON SEQUENCES TO {}").format(app))
        run(default + sql.SQL("GRANT SELECT ON TABLES TO {}").format(backup))
        run(default + sql.SQL("GRANT SELECT ON SEQUENCES TO {}").format(backup))
    run(sql.SQL("ALTER ROLE {} IN DATABASE {} SET search_path = public").format(app, sql.Identifier(database)))


def _connect(url: str) -> psycopg.Connection:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, connect_timeout=5)


def _with(url: str, *, username: str | None = None, password: str | None = None, database: str | None = None) -> str:
    parts = make_url(url).set(drivername="postgresql+psycopg", username=username, password=password, database=database)
    return parts.render_as_string(hide_password=False)
