"""From a plugin without migrations to a working one by two commands; until then it is held back, and everything else goes on."""
from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Baodao
from tests.support.databases import TestDatabase

MODULE = '''"""A plugin with one table."""
from sqlalchemy.orm import Mapped
from core.api import Base, Plugin, TenantRow

class Mark(TenantRow, Base):
    __tablename__ = "hail_mark"
    number: Mapped[int]

plugin = Plugin("hail", "冰雹", "", "1", package=__name__)
'''


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package as `pip install -e` leaves it: source in a folder of its own, and an entry point."""
    information = tmp_path / "baodao_hail-1.dist-info"
    for folder, name, text in ((tmp_path / "hail", "__init__.py", MODULE), (information, "METADATA", "Name: baodao-hail\nVersion: 1\n"),
                               (information, "entry_points.txt", "[baodao.plugins]\nhail = hail:plugin\n")):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_held_back_until_two_commands_have_run(baodao: Baodao, new_database: Callable[..., TestDatabase], package: Path) -> None:
    database = new_database()
    own = {"DATABASE_URL": database.app_url, "PYTHONPATH": os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH"))))}
    before = baodao("plugin", "list", **own)
    assert before.returncode == 0, before.stderr
    told = '还没有迁移。请插件的作者运行 baodao plugin migration hail -m "…"，再运行 baodao db upgrade。'
    assert before.stdout.splitlines()[-1] == f"hail\t暂停使用：{told}"
    written = baodao("plugin", "migration", "hail", "-m", "First table", **own)
    path = package / "hail" / "migrations" / "0001_first_table.py"
    assert (written.returncode, written.stdout) == (0, f"已写入 {path}。请核对内容，再运行 baodao db upgrade。\n")
    found = {one["check"]: one for one in json.loads(baodao("doctor", "--json", **own).stdout)}
    assert found["插件的表"] == {"check": "插件的表", "state": found["插件的表"]["state"], "seen": "hail：数据表还没有建立。请运行 baodao db upgrade。",
                             "mend": "运行 baodao db upgrade。"}
    assert baodao("db", "upgrade", **own, BAODAO_MIGRATE_URL=database.migrate_url).returncode == 0
    listed = json.loads(baodao("plugin", "list", "--json", **own).stdout)
    assert ([one["name"] for one in listed["plugins"]], listed["refused"], listed["held"]) == (
        ["awards", "hail", "menu", "needs", "pledges", "points", "posts", "practice", "reports", "stars", "wishes"], {}, {})
