"""A plugin whose tables are missing or do not fit is held back alone, says the command that mends it, and works once that has run."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

import core.db
from core.extension import holding
from core.extension.activation import enabled_plugins, is_enabled, switches
from core.extension.dispatch import collect, require, tell
from core.extension.holding import held_back
from core.extension.registry import Registry
from core.jobs.models import Job
from core.jobs.running import run_due
from core.tenancy import session, tenant_scope
from migrations.runner import downgrade_plugin, upgrade
from tenants.activation import disable, enable, plugins
from tests.support.cities import configure_keys, make_city
from tests.support.databases import TestDatabase
from tests.support.plugins import loaded, make_plugin, make_record
from tests.support.statements import sent

SOURCE = """
import uuid
from sqlalchemy import select
from sqlalchemy.orm import Mapped
from core.api import Base, Panel, Plugin, TenantRow, hookimpl, session

class Mark(TenantRow, Base):
    __tablename__ = "{name}_mark"
    record_id: Mapped[uuid.UUID]

@hookimpl
def member_panels(member_id):
    return [Panel("marks", "x.html", {"count": len(session().scalars(select(Mark.id)).all())})]

@hookimpl
def record_counted(record):
    session().add(Mark(record_id=record.record_id))

@hookimpl
def export_member_data(member_id):
    return []

@hookimpl
def erase_member_data(member_id):
    return 0

plugin = Plugin("{name}", "样例", "", "1", package=__name__)
"""
MIGRATION = """
import sqlalchemy as sa
from alembic import op
from core.api import enable_row_level_security

revision, down_revision = "{name}_0001", None

def upgrade():
    op.create_table("{name}_mark", sa.Column("tenant_id", sa.Integer, nullable=False), sa.Column("id", sa.Uuid, nullable=False),
                    sa.Column("record_id", sa.Uuid, nullable=False), sa.PrimaryKeyConstraint("tenant_id", "id"))
    enable_row_level_security("{name}_mark")

def downgrade():
    op.drop_table("{name}_mark")
"""
SECOND = 'revision, down_revision = "{name}_0002", "{name}_0001"\n\ndef upgrade():\n    pass\n\ndef downgrade():\n    pass\n'


class Clock:
    """Time as the test has it."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which a plugin that is held back is looked at again."""
    clock = Clock()
    monkeypatch.setattr(holding, "_clock", clock)
    return clock


@pytest.fixture(scope="module")
def own(new_database: Callable[..., TestDatabase]) -> TestDatabase:
    """A database in which these tests make and drop tables."""
    return new_database()


@pytest.fixture
def city(own: TestDatabase) -> Iterator[int]:
    """A tenant there."""
    core.db.configure(own.app_url, statement_timeout=30)
    configure_keys()
    with own.connect_admin() as admin:
        admin.execute("set session_replication_role = replica")
        for table in ("tenant", "tenant_key", "plugin_activation", "job", "effect", "audit_entry", "audit_head", "plugin_failure"):
            if admin.execute("select to_regclass(%s)", [table]).fetchone() != (None,):
                admin.execute(f"delete from {table}")
    yield make_city(1)
    core.db.database.dispose()


def write(folder: Path, name: str, file: str, source: str) -> None:
    """A migration of the plugin."""
    (folder / name / "migrations").mkdir(parents=True, exist_ok=True)
    (folder / name / "migrations" / file).write_text(source.replace("{name}", name), encoding="utf-8")


@pytest.fixture
def marks(own: TestDatabase, city: int, clock: Clock, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Registry]:
    """The plugin beside another one, both on; it has a migration that nobody has run. Each test gives it another name."""
    name = request.param
    write(tmp_path, name, "0001_first.py", MIGRATION)
    with loaded(tmp_path, name, SOURCE) as registry:
        assert registry.register(make_plugin("beside", {"member_panels": lambda member_id: []}))
        assert registry.register(make_plugin("above", requires=(name,)))
        with tenant_scope(city):
            assert [enable(one) for one in (name, "beside", "above")] == [True, True, True]
        yield registry
        if held_back().get(name) is None:
            downgrade_plugin(own.migrate_url, name)


@pytest.mark.parametrize("marks", ["heldone"], indirect=True)
def test_it_is_off_in_every_respect_and_nothing_else_is(marks: Registry, city: int) -> None:
    assert {name: why.reason for name, why in held_back().items()} == {
        "heldone": "数据表还没有建立。请运行 baodao db upgrade。", "above": "所需的插件 heldone 暂停使用。"}
    with tenant_scope(city):
        assert (enabled_plugins(), switches().on) == ({"beside"}, {"heldone", "beside", "above"})
        assert not is_enabled("heldone")
        assert collect("member_panels", member_id=make_record().member_id) == ()
        assert require("erase_member_data", member_id=make_record().member_id) == {}
        assert [state.plugin.name for state in plugins() if state.enabled] == ["heldone", "beside", "above"]
        assert [disable("above"), disable("heldone"), enable("heldone")] == [True, True, True]


@pytest.mark.parametrize("marks", ["heldtwo"], indirect=True)
def test_it_works_without_a_restart_and_hears_what_it_missed(marks: Registry, own: TestDatabase, city: int, clock: Clock) -> None:
    record = make_record()
    with tenant_scope(city):
        tell("record_counted", record=record)
        assert session().scalars(select(Job.kind)).all() == ["heldtwo.redeliver"]
    assert run_due() == 0  # it waits
    assert upgrade(own.migrate_url) == ["heldtwo heldtwo_0001"]
    assert "heldtwo" in held_back()  # nobody has looked yet
    clock.now += holding.AGAIN
    assert held_back() == {}
    assert run_due() == 1
    with tenant_scope(city):
        model = marks.plugins["heldtwo"].models[0]
        assert session().scalars(select(model.record_id)).all() == [record.record_id]
        [panel] = collect("member_panels", member_id=record.member_id)
        assert panel.context == {"count": 1}


@pytest.mark.parametrize("marks", ["heldthree"], indirect=True)
def test_while_all_is_well_nobody_looks(marks: Registry, own: TestDatabase, clock: Clock) -> None:
    upgrade(own.migrate_url)
    clock.now += holding.AGAIN
    assert held_back() == {}
    clock.now += 1000
    with sent() as statements:
        assert (held_back(), statements) == ({}, [])


@pytest.mark.parametrize("marks", ["heldfour"], indirect=True)
def test_what_else_can_be_wrong_with_tables(marks: Registry, own: TestDatabase, tmp_path: Path, clock: Clock) -> None:
    def reason() -> str:
        marks.unseen.add("heldfour")
        clock.now += holding.AGAIN
        found = held_back().get("heldfour")
        return "" if found is None else found.reason

    folder = tmp_path / "heldfour" / "migrations"
    upgrade(own.migrate_url)
    assert reason() == ""
    write(tmp_path, "heldfour", "0002_next.py", SECOND)
    assert reason() == "数据表比程序旧。请运行 baodao db upgrade。"
    upgrade(own.migrate_url)
    assert reason() == ""
    (folder / "0002_next.py").unlink()
    assert reason() == "数据表比程序新（heldfour_0002）。请安装插件的新版本。"
    write(tmp_path, "heldfour", "0002_next.py", SECOND)
    write(tmp_path, "heldfour", "0002_other.py", SECOND.replace("0002", "0003"))
    assert reason() == "有几个最新的迁移（heldfour_0002、heldfour_0003）。请插件的作者把它们接成一串。"
    write(tmp_path, "heldfour", "0002_other.py", "def x(:")
    assert reason() == "迁移不能读取：SyntaxError: invalid syntax（heldfour/migrations/0002_other.py 第 1 行）"
    (folder / "0002_other.py").unlink()
    with own.connect_admin() as admin:
        admin.execute("alter table heldfour_mark rename to heldfour_elsewhere")
    assert reason() == '迁移中没有表 heldfour_mark。请插件的作者运行 baodao plugin migration heldfour -m "…"。'
    with own.connect_admin() as admin:
        admin.execute("alter table heldfour_elsewhere rename to heldfour_mark")
    assert reason() == ""
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()
    assert reason() == '还没有迁移。请插件的作者运行 baodao plugin migration heldfour -m "…"，再运行 baodao db upgrade。'
    write(tmp_path, "heldfour", "0001_first.py", MIGRATION)
    write(tmp_path, "heldfour", "0002_next.py", SECOND)
    assert reason() == ""


@pytest.mark.parametrize("marks", ["heldfive"], indirect=True)
def test_a_database_that_does_not_answer_changes_nothing(marks: Registry, own: TestDatabase, clock: Clock) -> None:
    before = dict(held_back())
    core.db.database.dispose()
    clock.now += holding.AGAIN
    assert held_back() == before != {}
    core.db.configure(own.app_url)
