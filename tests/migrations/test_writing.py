"""The next migration is written from the models into the plugin's own folder, with its walls, and nowhere else."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from core.errors import ConfigurationError, NotFound
from core.tenancy.gate import holes
from migrations.runner import downgrade_plugin, upgrade
from migrations.writing import write_migration
from tests.support.databases import TestDatabase
from tests.support.plugins import loaded

SOURCE = """
from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from core.api import Base, Plugin, TenantRow, plain

class Note(TenantRow, Base):
    __tablename__ = "{name}_note"
    __table_args__ = (UniqueConstraint("tenant_id", "word"),)
    word: Mapped[str] = mapped_column(Text, info=plain())
    more: Mapped[dict] = mapped_column(JSONB)

plugin = Plugin("{name}", "样例", "", "1", package=__name__)
"""
MORE = """
class Mark(TenantRow, Base):
    __tablename__ = "{name}_mark"
    points: Mapped[int]
"""


@pytest.fixture
def database(new_database: Callable[..., TestDatabase]) -> TestDatabase:
    """A database of one's own, with core's tables."""
    return new_database()


@contextmanager
def connected(database: TestDatabase) -> Iterator[Connection]:
    engine = create_engine(database.app_url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def write(database: TestDatabase, name: str, message: str, **options: bool) -> Path | None:
    with connected(database) as connection:
        return write_migration(connection, name, message, **options)


def test_the_first_migration_makes_the_table_behind_the_walls(database: TestDatabase, tmp_path: Path) -> None:
    with loaded(tmp_path, "leaf", SOURCE):
        path = write(database, "leaf", "Make \"the\" table 建表")
        assert path == tmp_path / "leaf" / "migrations" / "0001_make_the_table.py"
        assert "enable_row_level_security('leaf_note')" in path.read_text(encoding="utf-8")
        assert upgrade(database.migrate_url) == ["leaf leaf_0001"]
        with connected(database) as connection:
            assert holes(connection) == []
            connection.exec_driver_sql("select word, more from leaf_note")
        assert write(database, "leaf", "again") is None
        downgrade_plugin(database.migrate_url, "leaf")
        with database.connect_admin() as admin:
            assert admin.execute("select to_regclass('leaf_note')").fetchone() == (None,)
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.py")) == [
        "leaf/__init__.py", "leaf/migrations/0001_make_the_table.py"]


def test_the_next_one_holds_the_difference_only(database: TestDatabase, tmp_path: Path) -> None:
    with loaded(tmp_path, "bough", SOURCE):
        write(database, "bough", "first")
        upgrade(database.migrate_url)
    changed = SOURCE.replace("class Note", "class Noted").replace("word: Mapped[str]", "number: Mapped[int | None]\n    word: Mapped[str]")
    with loaded(tmp_path, "bough", changed + MORE):
        path = write(database, "bough", "a number and marks")
        text = path.read_text(encoding="utf-8") if path else ""
        assert text.count("create_table") == 1
        assert "op.add_column('bough_note', sa.Column('number', sa.Integer(), nullable=True))" in text
        assert text.count("enable_row_level_security(") == 1
        assert 'down_revision = \'bough_0001\'' in text
        assert upgrade(database.migrate_url) == ["bough bough_0002"]
        with connected(database) as connection:
            assert holes(connection) == []


def test_a_database_that_is_behind_is_no_measure(database: TestDatabase, tmp_path: Path) -> None:
    with loaded(tmp_path, "stem", SOURCE):
        write(database, "stem", "first")
        with pytest.raises(ConfigurationError, match="baodao db upgrade"):
            write(database, "stem", "second")
        assert len(list((tmp_path / "stem" / "migrations").glob("*.py"))) == 1


def test_an_installed_copy_is_not_written_to(database: TestDatabase, tmp_path: Path) -> None:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    with loaded(folder, "root", SOURCE), pytest.raises(ConfigurationError, match=r"安装好的副本.*pip install -e"):
        write(database, "root", "first")
    assert not (folder / "root" / "migrations").exists()


def test_a_folder_outside_the_plugin_is_not_written_to(database: TestDatabase, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    source = SOURCE.replace("package=__name__", f"package=__name__, migrations=__import__('pathlib').Path({str(elsewhere)!r})")
    with loaded(tmp_path, "twig", source), pytest.raises(ConfigurationError, match="不在插件 twig 之内"):
        write(database, "twig", "first")
    assert list(elsewhere.iterdir()) == []


def test_a_plugin_that_is_not_there(database: TestDatabase, tmp_path: Path) -> None:
    with loaded(tmp_path, "blossom", SOURCE), pytest.raises(NotFound, match="您是否想写 blossom"):
        write(database, "blosom", "first")


def test_an_empty_one_is_for_data(database: TestDatabase, tmp_path: Path) -> None:
    with loaded(tmp_path, "bud", SOURCE):
        write(database, "bud", "first")
        upgrade(database.migrate_url)
        path = write(database, "bud", "data", empty=True)
        assert path is not None
        assert "def upgrade() -> None:\n    pass" in path.read_text(encoding="utf-8")
