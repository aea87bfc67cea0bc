"""Commands for the database: bring the schema up to date, tell its address, prove the third wall."""
from __future__ import annotations

import json
import os
from pathlib import Path

import click
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from core.config import setting
from core.errors import ConfigurationError
from core.transport import database_url
from migrations import roles
from web.cli.runtime import data_folder, data_option, database_name, installation, prepare_database, serving_url, setup_url
from web.embedded import Servers, attach_or_start


@click.group("db")
def db() -> None:
    """数据库：升级、地址、隔离检查。 Database: upgrade, url, gate."""


@db.command()
@data_option
def upgrade(data: Path | None) -> None:
    """把角色和表结构升级到当前版本；可重复运行。 Roles and schema to this version."""
    with attach_or_start(data_folder(data), "db upgrade") as servers:
        prepare_database(servers, report=click.echo, strict=True)
    click.echo("数据库结构已是最新。")


@db.command("roles")
def make_roles() -> None:
    """在自备的 PostgreSQL 上建立角色和数据库；可重复运行。 Roles and database on a server of your own.

    BAODAO_ADMIN_URL 指明超级用户；密码和库名取自 DATABASE_URL（baodao_app）与 BAODAO_MIGRATE_URL（baodao_migrate）；设置了 BAODAO_BACKUP_URL 时，
    baodao_backup 也可以登录。
    """
    urls = {name: make_url(_variable(name)) for name in ("BAODAO_ADMIN_URL", "DATABASE_URL", "BAODAO_MIGRATE_URL")}
    for name, role in (("DATABASE_URL", roles.APP), ("BAODAO_MIGRATE_URL", roles.MIGRATE)):
        if urls[name].username != role or not urls[name].password:
            raise ConfigurationError(f"{name} 须使用角色 {role} 并带上密码。")
    database = urls["DATABASE_URL"].database or "baodao"
    backup = make_url(given) if (given := setting(os.environ, "BAODAO_BACKUP_URL")) else None
    roles.ensure_roles(_variable("BAODAO_ADMIN_URL"), app_password=str(urls["DATABASE_URL"].password),
                       migrate_password=str(urls["BAODAO_MIGRATE_URL"].password), database=database,
                       backup_password=backup.password if backup else None)
    click.echo(f"角色和数据库 {database} 已就绪。")


@db.command()
@data_option
@click.option("--admin", is_flag=True, help="数据库管理员的地址，仅供安装的所有者维护使用。")
def url(data: Path | None, *, admin: bool) -> None:
    """显示数据库地址，可交给 psql。 The DSN, for psql."""
    folder = data_folder(data)
    if not setting(os.environ, "DATABASE_URL") and not (folder.postgres / "cluster").exists():
        raise ConfigurationError(f"{folder.path} 中还没有数据库。请先运行 baodao up，或用 --data 指明目录。")
    servers = Servers(folder)
    found = setup_url(servers) if admin else serving_url(servers)
    if admin and found:
        found = make_url(found).set(database=database_name(found)).render_as_string(hide_password=False)
    if found is None:
        raise ConfigurationError("DATABASE_URL 指向的服务器不由 baodao 管理，没有管理员地址可以显示。")
    click.echo(found.replace("postgresql+psycopg://", "postgresql://", 1))


@db.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def gate(data: Path | None, *, as_json: bool) -> None:
    """检查每张租户表的行级安全，每个漏洞一行；有漏洞时退出码为 1。 One line a hole."""
    from core.tenancy import gate as catalogue

    with installation(data, "db gate") as config, \
            create_engine(config.database_url, poolclass=NullPool, connect_args={"connect_timeout": 5}).connect() as connection:
        holes = catalogue.holes(connection)
    if as_json:
        click.echo(json.dumps(holes, ensure_ascii=False))
    else:
        click.echo("\n".join(holes) if holes else "没有漏洞。")
    if holes:
        raise click.exceptions.Exit(1)


def _variable(name: str) -> str:
    if value := setting(os.environ, name):
        return database_url(value, os.environ, name=name)
    raise ConfigurationError(f"缺少环境变量 {name}，见 deploy/README.md。")
