"""Writes a plugin's next migration from its models, into the plugin's own folder and nowhere else."""
from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import indent
from typing import Any

from alembic.autogenerate import produce_migrations
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from core.db import Base
from core.errors import ConfigurationError, NotFound
from core.extension.completing import folder_of
from core.extension.histories import History, versions
from core.extension.manifest import Plugin
from core.extension.registry import current
from core.spelling import did_you_mean

ROOT = Path(__file__).resolve().parents[1]
_INSTALLED = {"site-packages", "dist-packages"}
_WALL = "from core.api import enable_row_level_security\n"
_RENDERING = {"sqlalchemy_module_prefix": "sa.", "alembic_module_prefix": "op.", "render_as_batch": False}
_FILE = '''"""{message}"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
{imports}
revision = "{revision}"
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    {downgrade}
'''


def write_migration(connection: Connection, name: str, message: str, *, empty: bool = False) -> Path | None:
    """Compare the plugin's models with the database and write the difference as the next migration; None when there is none.

    New tables get the walls: row-level security and, by the database's default privileges, the rights of the application's role.
    `empty` writes one without a difference, for data. Checks and server defaults of tables that exist are not compared (Alembic).
    Raises NotFound for an unknown plugin, ConfigurationError for a folder that is not the plugin's own source or for a database that
    is not at the plugin's newest revision.
    """
    plugin = _known(name)
    history = History(name, _own_folder(plugin))
    heads = set(history.heads())
    if versions(connection, history) != heads or len(heads) > 1:
        raise ConfigurationError(f"数据库还没有到插件 {name} 的最新版本，无法比较。请先运行 baodao db upgrade，再运行本命令。")
    context = MigrationContext.configure(connection, opts={"target_metadata": Base.metadata, "include_name": _among(plugin),
                                                           "include_object": _belongs(plugin), "compare_type": True})
    script = produce_migrations(context, Base.metadata)
    if script.upgrade_ops is None or script.downgrade_ops is None or (script.upgrade_ops.is_empty() and not empty):
        return None
    number = 1 + max((int(found[0]) for path in history.files() if (found := re.match(r"\d+", path.name))), default=0)
    text = _text(script, message, f"{name}_{number:04}", next(iter(heads), None), context)
    history.folder.mkdir(exist_ok=True)
    path = history.folder / f"{number:04}_{_slug(message)}.py"
    with path.open("x", encoding="utf-8") as stream:
        stream.write(text)
    return path


def _known(name: str) -> Plugin:
    found = current().plugins
    if name in found:
        return found[name]
    if reason := current().refused.get(name):
        raise ConfigurationError(f"插件 {name} 没有载入：{reason}")
    raise NotFound(f"没有名为 {name} 的插件{did_you_mean(name, found)}。请先在插件的源代码目录运行 pip install -e .")


def _own_folder(plugin: Plugin) -> Path:
    """The plugin's folder of migrations, if somebody may write there. Raises ConfigurationError."""
    home = folder_of(plugin.package) if plugin.package else None
    folder = plugin.migrations or (home / "migrations" if home else None)
    if folder is None:
        raise ConfigurationError(f"不知道插件 {plugin.name} 的迁移写到哪里。请在清单中写 package=__name__ 或 migrations=…")
    parent = folder.resolve() if folder.is_dir() else folder.resolve().parent
    mend = "请取得插件的源代码，在其目录运行 pip install -e . 后再运行本命令。"
    if _INSTALLED & set(parent.parts):
        raise ConfigurationError(f"插件 {plugin.name} 是安装好的副本（{parent}），迁移不能写进去。{mend}")
    if (home and not parent.is_relative_to(home.resolve())) or parent.is_relative_to(ROOT / "migrations"):
        raise ConfigurationError(f"目录 {parent} 不在插件 {plugin.name} 之内，迁移不能写进去。")
    if not os.access(parent, os.W_OK):
        raise ConfigurationError(f"目录 {parent} 不可写。{mend}")
    return folder


def _among(plugin: Plugin) -> Callable[..., bool]:
    """Which tables of the database are looked at: those of the plugin, also such as its models no longer have."""
    others = {table for other in current().plugins.values() if other.name != plugin.name for table in other.tables}
    longer = tuple(f"{other}_" for other in current().plugins if other.startswith(f"{plugin.name}_"))

    def include(name: str | None, kind: str, _parents: object) -> bool:
        if kind != "table" or name is None:
            return True
        own = name in plugin.tables or name.startswith(f"{plugin.name}_")
        return own and name not in others and not (longer and name.startswith(longer))
    return include


def _belongs(plugin: Plugin) -> Callable[..., bool]:
    def include(_thing: object, name: str | None, kind: str, reflected: bool, _other: object) -> bool:
        return kind != "table" or reflected or name in plugin.tables
    return include


def _text(script: ops.MigrationScript, message: str, revision: str, down: str | None, context: MigrationContext) -> str:
    rendering = AutogenContext(context, opts=_RENDERING)
    bodies = {side: _body(done, rendering) for side, done in (("upgrade", script.upgrade_ops), ("downgrade", script.downgrade_ops))}
    if walled := sorted(_new_tables(script.upgrade_ops)):
        bodies["upgrade"] += f"\n    enable_row_level_security({', '.join(map(repr, walled))})"
    lines = "".join(f"{line}\n" for line in sorted(rendering.imports)) + ("\n" + _WALL if walled else "")
    docstring = message.replace("\\", " ").replace('"', "”")
    return _FILE.format(message=docstring, imports=lines, revision=revision, down=down, **bodies)


def _body(done: Any, rendering: AutogenContext) -> str:
    lines = "\n".join(line for step in done.ops for line in render_op(rendering, step)) or "pass"
    return indent(lines, "    ").strip()


def _new_tables(done: Any) -> Iterator[str]:
    yield from (step.table_name for step in done.ops if isinstance(step, ops.CreateTableOp))


def _slug(message: str) -> str:
    return "_".join(re.findall(r"[a-z0-9]+", message.lower()))[:40] or "change"
