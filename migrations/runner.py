"""Runs the migrations, core's and then each plugin's with a version table of its own; needs no ini file and no env.py."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text

from core.db import Base
from core.errors import ConfigurationError, NotFound
from core.extension.checks import did_you_mean
from core.extension.registry import current
from migrations.roles import MIGRATE, OWNER
from tenants.loading import load_plugins

CORE = "core"
_LOCK = 4_201_228  # one upgrade at a time in a database


@dataclass(frozen=True, slots=True)
class History:
    """One history of migrations: core's or a plugin's."""

    name: str
    folder: Path

    @property
    def version_table(self) -> str:
        """The table that says how far the database is in this history."""
        return "alembic_version" if self.name == CORE else f"alembic_version_{self.name}"

    def script(self) -> ScriptDirectory:
        """The history's revisions."""
        return ScriptDirectory(self.folder, version_locations=[self.folder])

    def files(self) -> list[Path]:
        """The files of its migrations, in order; none where there is no folder yet."""
        return sorted(path for path in self.folder.glob("*.py") if path.name != "__init__.py") if self.folder.is_dir() else []

    def heads(self) -> tuple[str, ...]:
        """Its newest revision; none where there is no migration yet."""
        return tuple(self.script().get_heads()) if self.files() else ()


def histories() -> list[History]:
    """Core's history and those of the plugins that are loaded, each after those it requires."""
    plugins = [History(p.name, p.migrations) for p in current().plugins.values() if p.migrations is not None]
    return [History(CORE, Path(__file__).parent / "versions"), *plugins]


def upgrade(migrate_url: str) -> list[str]:
    """Bring every history to its newest revision; returns "history revision" for each that was moved.

    Runs as the role of `migrate_url`, which must bypass row-level security (security rule 3: under FORCE the owner would
    change no row and check no foreign key), and hands all that was made over to the owner. Each history is one
    transaction. Raises ConfigurationError for a role that cannot do this.
    """
    load_plugins()
    with _connect(migrate_url) as connection:
        moved = []
        for history in histories():
            if not history.files():
                continue
            with connection.begin():
                before = versions(connection, history)
            _run(connection, history, "head")
            with connection.begin():
                after = versions(connection, history)
            moved += [f"{history.name} {revision}" for revision in sorted(after - before)]
        return moved


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


def versions(connection: Connection, history: History) -> set[str]:
    """The revisions at which the database stands in this history; none where it has no table of them."""
    found = connection.execute(text("select to_regclass(:table)"), {"table": f"public.{history.version_table}"}).scalar()
    if found is None:
        return set()
    return set(connection.execute(text(
        f"select version_num from {history.version_table}")).scalars())  # noqa: S608  made from a checked plugin name


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
