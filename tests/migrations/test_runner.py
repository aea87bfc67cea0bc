"""The runner: every history to its head, everything owned by the owner, walls around a plugin's table too."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from core.errors import ConfigurationError, NotFound
from core.extension.manifest import Plugin
from core.extension.registry import Registry, current, using
from core.tenancy.gate import holes
from migrations.runner import PluginMigrationError, downgrade_plugin, heads_behind, upgrade
from tests.support.databases import TestDatabase

MIGRATION = """
import sqlalchemy as sa
from alembic import op
from core.extension.migrating import enable_row_level_security

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("sample_note", sa.Column("tenant_id", sa.Integer, nullable=False), sa.Column("id", sa.Uuid, nullable=False),
                    sa.PrimaryKeyConstraint("tenant_id", "id"))
    enable_row_level_security("sample_note")


def downgrade():
    op.drop_table("sample_note")
"""


@pytest.fixture
def sample(tmp_path: Path, template: TestDatabase) -> Iterator[Plugin]:
    """A plugin with one migration, alone in the registry; the run's template is made before, as it is made of what is in the registry."""
    (tmp_path / "0001_first.py").write_text(MIGRATION, encoding="utf-8")
    plugin = Plugin(name="sample", title="样例", description="", version="1", migrations=tmp_path)
    registry = Registry()
    assert registry.register(plugin), registry.refused
    with using(registry):
        yield plugin


def query(database: TestDatabase, statement: str) -> list[tuple]:
    """Rows of a statement run as superuser."""
    with database.connect_admin() as connection:
        return connection.execute(statement).fetchall()


def test_upgrade_brings_every_history_to_its_head_and_leaves_whole_walls(new_database: Callable[..., TestDatabase],
                                                                         sample: Plugin) -> None:
    database = new_database(migrated=False)
    first = upgrade(database.migrate_url)
    assert [line.split()[0] for line in first] == ["core", sample.name]
    assert upgrade(database.migrate_url) == []
    engine = create_engine(database.app_url)
    with engine.connect() as connection:
        assert heads_behind(connection) == []
        assert holes(connection) == []
        connection.execute(text("select * from sample_note"))
    engine.dispose()
    owners = query(database, "select distinct pg_get_userbyid(relowner) from pg_class where relnamespace = 'public'::regnamespace")
    assert owners == [("baodao_owner",)]


def test_a_plugin_goes_without_a_trace_and_comes_back(new_database: Callable[..., TestDatabase], sample: Plugin) -> None:
    database = new_database(migrated=False)
    upgrade(database.migrate_url)
    downgrade_plugin(database.migrate_url, "sample")
    assert query(database, "select to_regclass('sample_note'), to_regclass('alembic_version_sample')") == [(None, None)]
    engine = create_engine(database.app_url)
    with engine.connect() as connection:
        assert heads_behind(connection) == ["sample"]
    engine.dispose()
    assert upgrade(database.migrate_url) == ["sample 0001"]


def test_a_failing_migration_leaves_nothing_half_done(new_database: Callable[..., TestDatabase], sample: Plugin) -> None:
    assert sample.migrations is not None
    path = sample.migrations / "0001_first.py"
    path.write_text(MIGRATION.replace('enable_row_level_security("sample_note")', 'op.execute("select 1/0")'), encoding="utf-8")
    database = new_database(migrated=False)
    with pytest.raises(Exception, match="division by zero"):
        upgrade(database.migrate_url)
    assert query(database, "select to_regclass('sample_note'), to_regclass('setting')::text") == [(None, "setting")]


def test_a_plugin_that_fails_stops_no_other(new_database: Callable[..., TestDatabase], sample: Plugin, tmp_path: Path) -> None:
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "0001_first.py").write_text(MIGRATION.replace("sample_note", "zone_note"), encoding="utf-8")
    (tmp_path / "0001_first.py").write_text(MIGRATION.replace("def upgrade():", "def upgrade():\n    1 / 0"), encoding="utf-8")
    assert current().register(Plugin(name="zone", title="后一个", description="", version="1", migrations=tmp_path / "later"))
    database = new_database()
    with pytest.raises(PluginMigrationError, match=r"插件 sample 的迁移失败，已经撤销：ZeroDivisionError.*其余各项都已升级"):
        upgrade(database.migrate_url)
    assert query(database, "select to_regclass('sample_note'), to_regclass('zone_note')::text") == [(None, "zone_note")]


def test_the_wrong_role_is_refused(new_database: Callable[..., TestDatabase]) -> None:
    database = new_database(migrated=False)
    for url in (database.app_url, database.admin_url):
        with pytest.raises(ConfigurationError, match="baodao_migrate"):
            upgrade(url)


def test_an_unknown_plugin_cannot_be_downgraded(new_database: Callable[..., TestDatabase], sample: Plugin) -> None:
    with pytest.raises(NotFound, match="您是否想写 sample"):
        downgrade_plugin(new_database(migrated=False).migrate_url, "sampel")
