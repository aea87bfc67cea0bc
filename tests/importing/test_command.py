"""The command `baodao import members`, on a process that is connected already."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import NotFound
from tests.importing.conftest import member, members_of, workbook
from tests.support.factories import TestTenant
from web.cli.imports import _tell, import_file


@pytest.mark.parametrize("code", ["4201", "city4201"])
def test_imports_and_says_so(tenant: TestTenant, tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str) -> None:
    file = tmp_path / "roster.xlsx"
    file.write_bytes(workbook([member(1), member(2, 所在单位="第0单位位")]))
    dry = import_file(file, code, write=False, quiet=True)
    assert (dry.members.new, members_of(tenant)) == (1, [])
    outcome = import_file(file, code, write=True)
    capsys.readouterr()
    _tell(outcome, as_json=True, written=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["members"], [p["row"] for p in told["problems"]], len(members_of(tenant))) == (
        {"new": 1, "changed": 0, "unchanged": 0, "faulty": 1}, [3], 1)
    _tell(outcome, as_json=False, written=True)
    assert "第 3 行 所在单位" in capsys.readouterr().out


def test_unknown_tenant(tenant: TestTenant, tmp_path: Path) -> None:
    file = tmp_path / "roster.xlsx"
    file.write_bytes(workbook([member(1)]))
    with pytest.raises(NotFound):
        import_file(file, "9999", write=True)
