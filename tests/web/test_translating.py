"""Whoever adds a text is told what has no translation, fills it in from a file, and the catalogue keeps what it had."""
from __future__ import annotations

import json
from pathlib import Path

import pytest
from babel.support import Translations

from core import translations_tool
from core.translations_tool import compile_all, domains, main

CODE = """
_("保存")
ngettext("%(num)s 人", "%(num)s 人", 2)
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of two catalogues, one of them a plugin's, without any translation yet."""
    (tmp_path / "babel.cfg").write_text("[python: **.py]\n")
    for folder in ("core", "tenants", "web", "plugins/own"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "core" / "words.py").write_text(CODE, "utf-8")
    (tmp_path / "plugins" / "own" / "__init__.py").write_text('_("登记")\n', "utf-8")
    monkeypatch.setattr(translations_tool, "ROOT", tmp_path)
    for function in (translations_tool.domains, translations_tool.extracted, translations_tool.missing, translations_tool.update, compile_all):
        monkeypatch.setattr(function, "__defaults__", tuple(
            tmp_path if isinstance(value, Path) else value for value in function.__defaults__ or ()))
    return tmp_path


def told(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, object]]:
    """What `missing` has printed: domain and text."""
    return [(one["domain"], one["text"]) for one in map(json.loads, capsys.readouterr().out.splitlines())]


def test_from_a_new_text_to_a_compiled_catalogue(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (main(["missing"]), sorted(told(capsys), key=str)) == (1, [
        ("baodao", "保存"), ("baodao", ["%(num)s 人", "%(num)s 人"]), ("own", "登记")])
    given = checkout / "given.json"
    given.write_text(json.dumps({"保存": "Save", "%(num)s 人": ["%(num)s person", "%(num)s people"], "登记": "Register"}), "utf-8")
    assert (main(["fill", str(given)]), main(["missing"]), told(capsys)) == (0, 0, [])
    (checkout / "core" / "words.py").write_text('_("保存")\n_("撤销")\n', "utf-8")
    assert (main(["update"]), main(["missing"]), told(capsys)) == (0, 1, [("baodao", "撤销")])
    assert main(["compile"]) == 0
    own, plugin = (Translations.load(domain.folder, ["en"], domain.name) for domain in domains())
    assert (own.gettext("保存"), own.ngettext("%(num)s 人", "%(num)s 人", 2), plugin.gettext("登记")) == ("Save", "%(num)s 人", "Register")


def test_fill_without_a_file_is_refused(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["fill"])
    assert (ended.value.code, capsys.readouterr().err.splitlines()[-1].partition("error: ")[2]) == (2, "fill needs a file")
    assert not list(checkout.rglob("*.po"))
