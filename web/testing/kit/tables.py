"""The plugin's tables in the database: behind the walls, made and removed by its migrations, and as its models say."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, NullPool, create_engine, inspect

from core.db import Base
from core.tenancy.gate import holes
from migrations.runner import downgrade_plugin, upgrade
from web.testing.databases import TestDatabase
from web.testing.kit.checks import staged
from web.testing.kit.stage import Stage
from web.testing.kit.subject import Subject


@staged("数据表在三道墙之内")
def tables_stand_behind_the_walls(subject: Subject, stage: Stage) -> Iterator[str]:
    """The catalogue gate, for the plugin's tables."""
    with _connected(stage.database) as connection:
        for hole in holes(connection):
            if hole.partition(":")[0].partition(".")[0] in subject.plugin.tables:
                yield f"{hole}。请在迁移中用 enable_row_level_security，主键、唯一约束和外键都以 tenant_id 开头。"


@staged("迁移能退能进")
def migrations_go_down_and_up_again(subject: Subject, stage: Stage) -> Iterator[str]:
    """Down leaves nothing, up again brings everything back."""
    if subject.plugin.migrations is None:
        return
    database, name = stage.new_database(), subject.plugin.name
    try:
        downgrade_plugin(database.migrate_url, name)
    except Exception as error:  # noqa: BLE001  whatever a migration raises
        yield f"迁移退不下来（downgrade）：{_first_line(error)}。请让 downgrade 撤销 upgrade 所做的一切。"
        return
    yield from (f"退回之后表 {table} 还在：请在 downgrade 中删除它。" for table in _present(subject, database))
    try:
        upgrade(database.migrate_url)
    except Exception as error:  # noqa: BLE001  likewise
        yield f"退回之后不能再次升级：{_first_line(error)}。请让 downgrade 撤销 upgrade 所做的一切。"
        return
    missing = set(subject.plugin.tables) - set(_present(subject, database))
    yield from (f"升级之后没有表 {table}：请在迁移中建立它。" for table in sorted(missing))


@staged("数据表与模型一致")
def tables_are_as_the_models_say(subject: Subject, stage: Stage) -> Iterator[str]:
    """What the migrations made, compared with what the models ask for."""
    def ours(thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        return (name if kind == "table" else thing.table.name) in subject.plugin.tables

    with _connected(stage.database) as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        for difference in _flat(compare_metadata(context, Base.metadata)):
            yield f"迁移与模型不一致：{_told(difference)}。请写一个新的迁移，或改正模型。"


@contextmanager
def _connected(database: TestDatabase) -> Iterator[Connection]:
    engine = create_engine(database.app_url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _present(subject: Subject, database: TestDatabase) -> list[str]:
    with _connected(database) as connection:
        return [table for table in subject.plugin.tables if inspect(connection).has_table(table)]


def _flat(differences: Any) -> Iterator[tuple[Any, ...]]:
    # A changed column is a list of differences, everything else a tuple.
    for one in differences:
        yield from _flat(one) if isinstance(one, list) else (one,)


def _told(difference: tuple[Any, ...]) -> str:
    verb, *parts = difference
    names = [str(getattr(part, "name", None) or part) for part in parts if isinstance(part, str) or getattr(part, "name", None)]
    return " ".join([verb, *names])


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
