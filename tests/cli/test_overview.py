"""`baodao overview count`: says how many rows stood otherwise, and the second time that none did."""
from __future__ import annotations

from tests.cli.conftest import Baodao
from tests.cli.test_doctor import KEYS
from tests.overview.conftest import fill
from tests.support.databases import TestDatabase
from tests.support.factories import make_tenant


def test_figures_are_counted_by_command(baodao: Baodao, database: TestDatabase) -> None:
    fill(make_tenant(plugins=("wishes",)), people=4, records=6)
    said = [baodao("overview", "count", "4201", "--all", **KEYS) for _twice in range(2)]
    assert [done.returncode for done in said] == [0, 0]
    assert said[0].stdout != said[1].stdout
    assert said[1].stdout == "已统计 12 个社区和单位，0 行与原来不同。\n"
