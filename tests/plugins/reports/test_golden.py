"""Each shipped form, filled with the same rows, is read back and compared with its golden file: values, formats, lines, widths, paper."""
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from core.errors import Invalid
from core.extension import datasets as registry
from plugins.reports import drawing, formats
from tests.plugins.reports import forms


@pytest.fixture(autouse=True)
def _without_a_tenant(monkeypatch: pytest.MonkeyPatch) -> None:
    """The forms name core's datasets only, so none is needed."""
    monkeypatch.setattr(formats, "dataset", registry._core.__getitem__)


@pytest.mark.parametrize("folder", forms.FOLDERS, ids=lambda folder: folder.name)
def test_a_form_is_as_its_golden_file_says(folder: Path) -> None:
    chosen = formats.read("reports", folder)
    assert forms.read_back(chosen, forms.made(chosen)) == json.loads((folder / "golden.json").read_text(encoding="utf-8"))


def test_what_is_shipped_is_what_the_code_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in forms.FOLDERS:
        (tmp_path / folder.name).mkdir()
    monkeypatch.setattr(drawing, "HERE", tmp_path)
    drawing.zhongjiang()
    drawing.foshan()
    drawn = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("layout.*")}
    assert len(drawn) == 9
    assert [name for name, content in drawn.items() if (forms.FOLDERS[0].parent / name).read_bytes() != content] == []


def test_five_forms_of_two_places() -> None:
    found = [formats.read("reports", folder) for folder in forms.FOLDERS]
    wanted = ["报到一览表", "报到登记表", "党员台账", "服务纪实卡", "年度统计表"]
    titles = {place: sorted(re.split("（", f.title)[0] for f in found if f.place == place) for place in ("四川中江", "广东佛山")}
    assert titles == {"四川中江": sorted(wanted), "广东佛山": sorted(wanted)}
    assert {f.certainty for f in found} == {"reprint"}
    assert all(f.document and f.checked_on and f.note for f in found)


@pytest.mark.parametrize("folder", forms.FOLDERS, ids=lambda folder: folder.name)
def test_the_layouts_use_known_names_only(folder: Path) -> None:
    chosen = formats.read("reports", folder)
    names = formats.vocabulary(chosen, registry._core[chosen.dataset])
    if chosen.kind != "typ":
        assert {found.name for found in chosen.layout().names} <= set(names.names)


VALUES = {"title": '"甲"', "place": '"乙"', "document": '"丙"', "certainty": '"checked"', "checked_on": "2026-11-25", "dataset": '"members"',
          "period": '"year"', "layout": '"layout.typ"'}
WRONG: list[tuple[dict[str, str | None], str]] = [
    ({"title": None}, "缺少 title"), ({"colour": '"red"'}, "没有名为 colour 的项"), ({"period": '"week"'}, "period 只能是 none、year、half、quarter、month"),
    ({"certainty": '"sure"'}, "certainty 只能是 checked、reprint、example"), ({"layout": '"other.xlsx"'}, "没有文件 other.xlsx")]


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_a_faulty_format_says_what_is_wrong(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    (tmp_path / "layout.typ").write_text("")
    values = {key: value for key, value in (VALUES | change).items() if value is not None}
    (tmp_path / "format.toml").write_text("\n".join(f"{key} = {value}" for key, value in values.items()), encoding="utf-8")
    with pytest.raises(Invalid) as error:
        formats.read("reports", tmp_path)
    assert str(error.value) == f"{tmp_path.name}/format.toml：{said}"


def test_a_format_may_name_columns_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "layout.typ").write_text("")
    (tmp_path / "format.toml").write_text("\n".join(f"{k} = {v}" for k, v in VALUES.items()) + '\n[columns]\n"同志" = "name"\n', encoding="utf-8")
    names = formats.vocabulary(formats.read("reports", tmp_path), registry._core["members"])
    assert names.rows["明细.同志"] == names.rows["row.name"] == 0
