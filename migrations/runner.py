"""Runs the migrations, core's and then each plugin's with a version table of its own; needs no ini file and no env.py."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, NullPool, create_engine, text

from core.db import Base
from core.errors import ConfigurationError, NotFound
from core.extension.histories import CORE, History, versions
from core.extension.locating import located
from core.extension.registry import current
from core.spelling import did_you_mean
from migrations.roles import MIGRATE, OWNER
from tenants.loading import load_plugins

_LOCK = 4_201_228  # one upgrade at a time in a database


def histories() -> list[History]:
    """Core's history and those of the plugins that are loaded, each after those it requires."""
    plugins = [History(p.name, p.migrations) for p in current().plugins.values() if p.migrations is not None]
    return [History(CORE, Path(__file__).parent / "versions"), *plugins]


class PluginMigrationError(ConfigurationError):
    """Migrations of plugins failed and were undone; core's and the other plugins' were run."""


def upgrade(migrate_url: str) -> list[str]:
    """Bring every history to its newest revision; returns "history revision" for each that was moved.

    Runs as the role of `migrate_url`, which must bypass row-level security (security rule 3: under FORCE the owner would
    change no row and check no foreign key), and hands all that was made over to the owner. Each history is one
    transaction. Raises ConfigurationError for a role that cannot do this, and PluginMigrationError at the end for the plugins whose
    migrations failed: nothing of theirs is left, and all others are done.
    """
    load_plugins()
    moved, failed = [], []
    with _connect(migrate_url) as connection:
        for history in histories():
            try:
                moved += _to_head(connection, history)
            except Exception as error:
                if history.name == CORE:
                    raise
                connection.rollback()
                failed.append(f"插件 {history.name} 的迁移失败，已经撤销：{located(error, current().plugins[history.name].package)}")
    if failed:
        raise PluginMigrationError("；".join([*failed, "其余各项都已升级。"]))
    return moved


def _to_head(connection: Connection, history: History) -> list[str]:
    if not history.files():
        return []
    with connection.begin():
        before = versions(connection, history)
    _run(connection, history, "head")
    with connection.begin():
        after = versions(connection, history)
    return [f"{history.name} {revision}" for revision in sorted(after - before)]


def downgrade_plugin(migrate_url: str, name: str) -> None:
    """Remove a plugin's tables with all that they hold, and its version table. Raises NotFound."""
    known = {history.name: history for history in histories() if history.name != CORE}
    if name not in known:
        raise NotFound(f"没有名为 {name} 且带数据表的插件{did_you_mean(name, known)}。")
    with _connect(migrate_url) as connection:
        _run(connection, known[name], "base")
        with connection.begin():
            connection.execute(text(f"DROP TABLE IF EXISTS {known[name].version_table}"))


def heads_behind(connection: Connection) -> list[str]:
    """Names of the histories in which the database is not at the newest revision; services ask this at their start."""
    return [h.name for h in histories() if versions(connection, h) != set(h.heads())]


def _run(connection: Connection, history: History, target: str) -> None:
    script = history.script()

    def steps(revision: Any, _context: MigrationContext) -> Any:
        if target == "base":
            return script._downgrade_revs(target, revision)
        return script._upgrade_revs(target, revision)

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection, version_table=history.version_table, target_metadata=Base.metadata)
        with environment.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            environment.run_migrations()
            connection.execute(text(f"REASSIGN OWNED BY {MIGRATE} TO {OWNER}"))


@contextmanager
def _connect(migrate_url: str) -> Iterator[Connection]:
    engine = create_engine(migrate_url, poolclass=NullPool, connect_args={"options": "-c lock_timeout=30s", "connect_timeout": 5})
    try:
        with engine.connect() as connection:
            able = connection.execute(text(
                "select r.rolbypassrls and not r.rolsuper and pg_has_role(current_user, :owner, 'USAGE')"
                " from pg_roles r where r.rolname = current_user"), {"owner": OWNER}).scalar_one()
            if not able:
                raise ConfigurationError(f"迁移须以 {MIGRATE} 角色运行（有 BYPASSRLS，属于 {OWNER}）。请检查迁移所用的连接地址。")
            connection.rollback()
            yield connection
    finally:
        engine.dispose()
