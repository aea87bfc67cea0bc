"""`baodao plugin new` writes a plugin that is whole and overwrites nothing; `baodao plugin check` says what is wrong, or that nothing is."""
from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.errors import BaodaoError, Conflict, Invalid
from tests.cli.conftest import Baodao
from web.cli.plugin import plugin
from web.scaffolding import SOURCE, suggestion, unfit, write_plugin


def test_new_writes_a_whole_plugin_under_its_name(tmp_path: Path) -> None:
    done = CliRunner().invoke(plugin, ["new", "snow_duty", "--dir", str(tmp_path / "deep")], catch_exceptions=False)
    made = tmp_path / "deep" / "baodao-snow-duty"
    assert (done.exit_code, str(made) in done.output) == (0, True)
    assert sorted(str(p.relative_to(made)) for p in made.rglob("*") if p.is_file()) == [
        "README.md", "pyproject.toml", "snow_duty/__init__.py", "snow_duty/hooks.py",
        "snow_duty/migrations/0001_make_the_table_of_cards.py", "snow_duty/models.py", "snow_duty/pages.py",
        "snow_duty/templates/panel.html", "snow_duty/translations/en/LC_MESSAGES/snow_duty.po", "tests/test_snow_duty.py"]
    written = "".join(p.read_text("utf-8") for p in made.rglob("*") if p.is_file())
    assert re.findall("plugin.name", written, re.IGNORECASE) == []


def test_new_overwrites_nothing(tmp_path: Path) -> None:
    kept = write_plugin("snow_duty", tmp_path) / "snow_duty" / "pages.py"
    kept.write_text("mine", "utf-8")
    with pytest.raises(Conflict, match="没有改动"):
        write_plugin("snow_duty", tmp_path)
    assert (kept.read_text("utf-8"), [p.name for p in tmp_path.iterdir()]) == ("mine", ["baodao-snow-duty"])


@pytest.mark.parametrize(("name", "reason", "instead"), [
    ("snow-duty", "小写字母", "snow_duty"), ("SnowDuty", "小写字母", "snow_duty"), ("扫雪值守", "小写字母", "sao_xue_zhi_shou"),
    ("2day", "小写字母", "plugin_2day"), ("../evil", "小写字母", "evil"), ("", "小写字母", "plugin"), ("a", "2 至", "a_local"),
    ("x" * 40, "2 至", "x" * 31), ("frost_", "下划线", "frost"), ("a__b", "下划线", "a_b"), ("class", "保留字", "class_local"),
    ("json", "已被占用", "json_local"), ("points", "已被占用", "points_local"), ("core", "已被占用", "core_local"),
    ("members", "已被占用", "members_local"), ("core_local", None, None)])
def test_a_bad_name_is_refused_with_a_good_one(tmp_path: Path, name: str, reason: str | None, instead: str | None) -> None:
    if reason is None:
        assert unfit(name) is None
        return
    with pytest.raises(Invalid) as refused:
        write_plugin(name, tmp_path)
    assert reason in refused.value.message
    assert refused.value.message.endswith(f"请改用 {instead}。")
    assert (suggestion(name), unfit(str(instead)), list(tmp_path.iterdir())) == (instead, None, [])


def test_a_new_plugin_is_short_and_to_the_point() -> None:
    """At most 80 lines of Python by hand (the migration is written by a command); of its code, at least 60 % serve the purpose."""
    written, told, wired = 0, 0, 0
    for path in SOURCE.rglob("*.py"):
        if "migrations" not in path.parts:
            source = path.read_text("utf-8")
            written += sum(bool(line.strip()) for line in source.splitlines())
            told += len(docstrings(ast.parse(source)))
            wired += len(wiring(ast.parse(source)))
    assert written <= 80
    assert (written - told - wired) / (written - told) >= 0.6


def docstrings(module: ast.Module) -> set[int]:
    """Lines that explain."""
    return {line for node in ast.walk(module) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def wiring(module: ast.Module) -> set[int]:
    """Lines that any plugin has, whatever it does: imports and bare decorators."""
    imports = {line for node in ast.walk(module) if isinstance(node, ast.Import | ast.ImportFrom)
               for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    return imports | {mark.lineno for node in ast.walk(module) if isinstance(node, ast.FunctionDef)
                      for mark in node.decorator_list if isinstance(mark, ast.Name)}


@pytest.mark.long
def test_check_tells_each_promise(baodao: Baodao, postgres_url: str) -> None:
    done = baodao("plugin", "check", "points", BAODAO_TEST_ADMIN_URL=postgres_url)
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert {line[:2] for line in lines[:-2]} == {"通过"}
    assert lines[-1] == f"插件 points：共 {len(lines) - 2} 项，全部通过。"


def test_check_of_an_unknown_plugin_says_what_was_meant(monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> None:
    monkeypatch.setenv("BAODAO_TEST_ADMIN_URL", postgres_url)
    with pytest.raises(BaodaoError, match="没有安装名为 poinst 的插件（您是否想写 points？）"):
        CliRunner().invoke(plugin, ["check", "poinst"], catch_exceptions=False)
