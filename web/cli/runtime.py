"""What every command needs: the data folder, the servers, a database in order, and this process connected to it."""
from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from core.config import Config, psycopg_url, setting
from core.errors import ConfigurationError, NotFound
from core.extension.histories import CORE
from core.transport import database_url
from migrations import roles
from web.embedded import DataFolder, Servers, attach_or_start, default_folder
from web.embedded.servers import LONG_RUNNING

if TYPE_CHECKING:
    from tenants.health import TenantLine


def data_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option --data; the command receives `data: Path | None`, None meaning the default folder."""
    return click.option("--data", type=click.Path(path_type=Path, file_okay=False),
                        help="数据目录（默认 BAODAO_DATA，或 .data）。 Data folder.")(function)


def data_folder(data: Path | None) -> DataFolder:
    """The folder chosen by --data, else the default one."""
    return DataFolder(data or default_folder())


def environment(servers: Servers) -> dict[str, str]:
    """The variables from which a child process reads this installation; call `prepare_database` first."""
    data = servers.data
    found = {"DATABASE_URL": serving_url(servers), "REDIS_URL": servers.redis_url, "BAODAO_DATA": str(data.path)}
    found |= {f"{name}_FILE": "" for name in ("DATABASE_URL", "REDIS_URL")}  # a file that is named would go before the value
    for variable, secret in (("BAODAO_SECRET_KEY", "secret_key"), ("BAODAO_MASTER_KEY", "master_key")):
        if not os.environ.get(variable) and not os.environ.get(f"{variable}_FILE"):
            found[f"{variable}_FILE"] = str(data.secret_file(secret))
    return found


def configuration(servers: Servers, extra: Mapping[str, str] | None = None) -> Config:
    """The Config of this installation, `extra` variables on top."""
    return Config.from_env({**os.environ, **environment(servers), **(extra or {})})


def serving_url(servers: Servers) -> str:
    """The URL of baodao_app on the embedded server, or DATABASE_URL; where that names an administrator, of baodao_app beside it."""
    if (admin := setup_url(servers)) is not None:
        return roles.app_url(admin, servers.data.secret("app_password"), database=database_name(admin))
    return str(servers.database_url)


def migration_url(servers: Servers) -> str | None:
    """The URL of baodao_migrate: embedded, or from BAODAO_MIGRATE_URL; None when nobody gave one."""
    if (admin := setup_url(servers)) is not None:
        return roles.migrate_url(admin, servers.data.secret("migrate_password"), database=database_name(admin))
    url = setting(os.environ, "BAODAO_MIGRATE_URL")
    return database_url(url, os.environ, name="BAODAO_MIGRATE_URL") if url else None


def backup_url(servers: Servers) -> str:
    """The URL of baodao_backup: embedded, or from BAODAO_BACKUP_URL. Raises ConfigurationError when nobody gave one."""
    if (admin := setup_url(servers)) is not None:
        return roles.backup_url(admin, servers.data.secret("backup_password"), database=database_name(admin))
    if (url := setting(os.environ, "BAODAO_BACKUP_URL")) is None:
        raise ConfigurationError("备份需要 BAODAO_BACKUP_URL（角色 baodao_backup），见 deploy/README.md。")
    return database_url(url, os.environ, name="BAODAO_BACKUP_URL")


def setup_url(servers: Servers) -> str | None:
    """An administrator's URL, when this installation may set up the database itself."""
    if servers.admin_url:
        return servers.admin_url
    return servers.database_url if _names_administrator(str(servers.database_url)) else None


def database_name(admin_url: str) -> str:
    """The installation's database on the administrator's server: the one that the URL names, or `baodao`."""
    name = make_url(admin_url).database
    return "baodao" if name in (None, "", "postgres", "template1") else str(name)


def prepare_database(servers: Servers, *, report: Callable[[str], None] = lambda _text: None, strict: bool = False) -> None:
    """Roles, database and schema brought to what this version needs. Raises ConfigurationError when nobody may do it.

    A plugin whose migration fails is reported, and held back from then on; `strict` raises for it too, when all else is done.
    """
    from migrations import runner

    if (admin := setup_url(servers)) is not None:
        data = servers.data
        roles.ensure_roles(admin, app_password=data.secret("app_password"), migrate_password=data.secret("migrate_password"),
                           backup_password=data.secret("backup_password"), database=database_name(admin))
    if found := behind(serving_url(servers)):
        if (url := migration_url(servers)) is None:
            if CORE not in found:  # those plugins are held back, everything else goes on
                return
            raise ConfigurationError("数据库结构不是最新的。请设置 BAODAO_MIGRATE_URL（角色 baodao_migrate）后运行 baodao db upgrade。")
        report("正在升级数据库结构……")
        try:
            runner.upgrade(url)
        except runner.PluginMigrationError as error:
            if strict:
                raise
            report(error.message)


def behind(url: str) -> list[str]:
    """The histories (core, plugins) in which the database is not at this version's schema."""
    from migrations import runner
    from tenants.loading import load_plugins

    load_plugins()
    with create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 5}).connect() as connection:
        return runner.heads_behind(connection)


@contextlib.contextmanager
def installation(data: Path | None, what: str, *, statement_timeout: int = 60) -> Iterator[Config]:
    """For a short command: this process connected to the installation as baodao_app.

    Uses the servers of a running `baodao up`; otherwise starts them, brings the database in order, and stops them at the end.
    Raises ConfigurationError.
    """
    folder = data_folder(data)
    with attach_or_start(folder, what) as servers:
        if (folder.holder() or {}).get("what") not in LONG_RUNNING:
            prepare_database(servers)
        config = configuration(servers)
        connect_process(config, statement_timeout=statement_timeout, log=False)
        try:
            yield config
        finally:
            _disconnect()


@contextlib.contextmanager
def maintenance(data: Path | None, what: str) -> Iterator[Config]:
    """As `installation`, but connected as baodao_migrate: for what the application may not do, as removing old log entries.

    Raises ConfigurationError without BAODAO_MIGRATE_URL.
    """
    folder = data_folder(data)
    with attach_or_start(folder, what) as servers:
        if (folder.holder() or {}).get("what") not in LONG_RUNNING:
            prepare_database(servers)
        if (url := migration_url(servers)) is None:
            raise ConfigurationError("这条命令需要 BAODAO_MIGRATE_URL（角色 baodao_migrate），见 deploy/README.md。")
        config = dataclasses.replace(configuration(servers), database_url=psycopg_url(url))
        configure(config)
        try:
            yield config
        finally:
            _disconnect()


def tenant_named(code: str) -> TenantLine:
    """The tenant of that code or slug; the process is connected. Raises NotFound."""
    from tenants import health

    for row in health.tenants():
        if code in (row.code, row.slug):
            return row
    raise NotFound(f"没有代码或简称为 {code} 的租户。请用 baodao tenant list 查看。")


def configure(config: Config) -> None:
    """This process on the configuration's database, whatever its role."""
    from tenants.process import configure_process

    configure_process(config, statement_timeout=600, pool_size=2)


def connect_process(config: Config, *, statement_timeout: int, pool_size: int = 8, log: bool = True) -> None:
    """Connect this process and refuse a role that the third wall would not hold. Raises ConfigurationError.

    Without `log`, the command line's own quiet log stays.
    """
    from core.db import database
    from core.jobs.bell import bell
    from core.logs import configure_logging
    from tenants.process import configure_process

    if log:
        configure_logging(config.log_level, config.log_format)
    configure_process(config, statement_timeout=statement_timeout, pool_size=pool_size)
    bell.configure(config.redis_url)
    with database.engine.connect() as connection:
        roles.check_app_role(connection)


def service_config(data: Path | None) -> Config:
    """For a long-running process: the environment's settings, or those of a running `baodao up`. Raises ConfigurationError."""
    folder = data_folder(data)
    if not setting(os.environ, "DATABASE_URL") and (holder := folder.holder()) and holder["what"] in LONG_RUNNING:
        return configuration(Servers(folder))
    return Config.from_env()


def connect_service(config: Config, *, statement_timeout: int, pool_size: int = 8) -> None:
    """For a long-running process: connect, and refuse a schema of core that is not this version's. Raises ConfigurationError."""
    connect_process(config, statement_timeout=statement_timeout, pool_size=pool_size)
    if CORE in (found := behind(config.database_url)):  # a plugin whose tables alone are behind is held back, and tells so
        raise ConfigurationError(f"数据库结构不是这个版本的（{'、'.join(found)}）。请先运行 baodao db upgrade。")


def _disconnect() -> None:
    from core.db import database

    database.dispose()


@functools.cache
def _names_administrator(url: str) -> bool:
    plain = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(plain, poolclass=NullPool, connect_args={"connect_timeout": 5})
    with engine.connect() as connection:
        return roles.is_administrator(connection)
