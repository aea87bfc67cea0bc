"""A history of migrations, core's or a plugin's, as it lies in its folder and as the database says how far it has come."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, func, select, table

CORE = "core"


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
        """Its newest revision; none where there is no migration yet, several where somebody wrote two on top of one."""
        return tuple(self.script().get_heads()) if self.files() else ()

    def revisions(self) -> frozenset[str]:
        """All its revisions."""
        return frozenset(script.revision for script in self.script().walk_revisions()) if self.files() else frozenset()


def versions(connection: Connection, history: History) -> set[str]:
    """The revisions at which the database stands in this history; none where it has no table of them."""
    if not existing(connection, [history.version_table]):
        return set()
    return set(connection.execute(select(column("version_num")).select_from(table(history.version_table))).scalars())


def existing(connection: Connection, tables: list[str]) -> set[str]:
    """Those of the tables that the database has."""
    found = table("pg_class", column("relname"), column("relnamespace"), schema="pg_catalog")
    return set(connection.execute(select(found.c.relname).where(
        found.c.relname.in_(tables), found.c.relnamespace == func.to_regnamespace("public"))).scalars())
