"""The command `baodao import members`, on a process that is connected already."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.documents.reading import open_tables
from core.errors import NotFound
from tests.cli.conftest import Baodao, baodao, own_folder
from tests.cli.test_doctor import KEYS
from tests.importing.conftest import MEMBERS, member, members_of, workbook
from tests.support.factories import TestTenant
from web.cli.imports import _tell, import_file

__all__ = ["baodao", "own_folder"]


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


@pytest.mark.parametrize("options", [("--dry-run",), ()])
def test_as_a_process_it_writes_the_faulty_rows_to_a_file_and_is_1(baodao: Baodao, tenant: TestTenant, tmp_path: Path, options: tuple[str, ...]) -> None:
    file, bad = tmp_path / "roster.xlsx", tmp_path / "bad.xlsx"
    file.write_bytes(workbook([member(1), *(member(n, 所在单位="第0单位位") for n in range(2, 24))]))
    done = baodao("import", "members", file, "--tenant", "4201", "--bad-rows", bad, *options, **KEYS)
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[:2], len([line for line in lines if line.startswith(f"  {MEMBERS} 第 ")])) == (
        1, ["党员：新增 1，更新 0，无变化 0，有问题 22。", "单位：新增 0，更新 0，无变化 0，有问题 0。"], 20)
    assert (lines[22:], len(members_of(tenant))) == (
        ["  另有 2 个问题，可用 --bad-rows 文件.xlsx 取得全部有问题的行。", *(["以上为核对结果，没有写入。"] if options else [])], 0 if options else 1)
    with open_tables(bad.read_bytes(), bad.name) as book:
        assert [len(list(book.rows(sheet))) for sheet in book.sheets] == [23]
    assert json.loads(baodao("tenant", "show", "4201", "--json", **KEYS).stdout)["members"] == (0 if options else 1)


def test_as_a_process_a_sound_roster_is_0(baodao: Baodao, tenant: TestTenant, tmp_path: Path) -> None:
    file, bad = tmp_path / "roster.xlsx", tmp_path / "bad.xlsx"
    file.write_bytes(workbook([member(1)]))
    done = baodao("import", "members", file, "--tenant", "city4201", "--bad-rows", bad, "--json", **KEYS)
    assert (done.returncode, json.loads(done.stdout)["members"], bad.exists(), len(members_of(tenant))) == (
        0, {"new": 1, "changed": 0, "unchanged": 0, "faulty": 0}, False, 1)
