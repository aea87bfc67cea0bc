"""A report format: what a paper is called, whose rule it follows, of which dataset it is made, and by which layout."""
from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from core.api import Dataset, Invalid, Layout, NotFound, Vocabulary, _, _l, compile_layout_file, dataset, report_format_folders
from plugins.reports.models import PERIODS

FACTS = {
    "unit.name": "填报单位", "unit.above": "上级单位", "tenant.name": "市（州）名称", "period.title": "期间", "period.since": "期间开始",
    "period.until": "期间结束", "made.on": "填报日期", "made.by": "填表人",
}
CERTAINTIES = {"checked": _l("已核对原文"), "reprint": _l("据转载，未核对原文"), "example": _l("示例")}
KEYS = frozenset({"title", "place", "document", "number", "in_force", "certainty", "checked_on", "note", "dataset", "period", "of_member",
                  "layout", "columns", "order"})
NEEDED = ("title", "place", "document", "certainty", "checked_on", "dataset", "period", "layout")


@dataclass(frozen=True, slots=True)
class Format:
    """A format, shipped or the tenant's own. `columns` gives the dataset's keys names of the paper's ({{row.name}}).

    `path` is a shipped layout's file, `compiled` what was read from an uploaded one.
    """

    code: str
    title: str
    dataset: str
    period: str
    of_member: bool
    kind: str
    place: str = ""
    document: str = ""
    number: str = ""
    in_force: str = ""
    certainty: str = ""
    checked_on: str = ""
    note: str = ""
    order: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)
    path: Path | None = None
    compiled: bytes | None = None

    @property
    def own(self) -> bool:
        """Whether the tenant uploaded it."""
        return self.path is None

    @property
    def certainty_title(self) -> str:
        """How sure it is that the paper is the place's."""
        return str(CERTAINTIES.get(self.certainty, ""))

    def layout(self) -> Layout:
        """What was read from its layout; typst ones have none."""
        if self.path is not None:
            return compile_layout_file(self.path)
        return Layout.load(self.compiled or b"")

    def data(self) -> Dataset:
        """Its dataset. Raises NotFound with a sentence when there is none here."""
        return dataset(self.dataset)


def shipped() -> dict[str, Format]:
    """The formats of the tenant's enabled plugins, by code, by place and in their own order."""
    found: dict[str, Format] = {}
    for plugin, folder in report_format_folders().items():
        read_ones = [read(plugin, place) for place in folder.iterdir() if (place / "format.toml").is_file()]
        found |= {one.code: one for one in sorted(read_ones, key=lambda one: (one.place, one.order, one.code))}
    return found


@cache
def read(plugin: str, folder: Path) -> Format:
    """A format's folder. Raises Invalid with what is wrong, for its author."""
    values: dict[str, Any] = tomllib.loads((folder / "format.toml").read_text(encoding="utf-8"))
    wrong = [_("缺少 %(key)s", key=key) for key in NEEDED if key not in values]
    wrong += [_("没有名为 %(key)s 的项", key=key) for key in sorted(values.keys() - KEYS)]
    if not wrong and values["period"] not in PERIODS:
        wrong.append(_("period 只能是 %(known)s", known="、".join(PERIODS)))
    if not wrong and values["certainty"] not in CERTAINTIES:
        wrong.append(_("certainty 只能是 %(known)s", known="、".join(CERTAINTIES)))
    if not wrong and not (folder / values["layout"]).is_file():
        wrong.append(_("没有文件 %(name)s", name=values["layout"]))
    if wrong:
        raise Invalid(f"{folder.name}/format.toml：{'；'.join(wrong)}")
    path = folder / values.pop("layout")
    texts: dict[str, Any] = {key: str(values.get(key, "")) for key in ("place", "document", "number", "in_force", "certainty", "checked_on", "note")}
    return Format(f"{plugin}-{folder.name}", values["title"], values["dataset"], values["period"], bool(values.get("of_member")),
                  path.suffix[1:], **texts, order=values.get("order", 0), columns=values.get("columns", {}), path=path)


def vocabulary(chosen: Format, data: Dataset) -> Vocabulary:
    """The names that its layout may use, each in Latin letters and in the paper's own words."""
    words = {column.key: source(column.title) for column in data.columns}
    extra = {word: key for word, key in chosen.columns.items() if key in words}
    if unknown := [key for key in chosen.columns.values() if key not in words]:
        raise NotFound(_("这份格式需要名为 %(name)s 的列，数据里没有。", name="、".join(unknown)))
    places = {key: place for place, key in enumerate(data.keys)}
    rows = {f"row.{key}": place for key, place in places.items()} | {f"明细.{words[key]}": place for key, place in places.items()}
    rows |= {f"明细.{word}": places[key] for word, key in extra.items()}
    sums = {name: places[key] for key in data.totals for name in (f"sum.{key}", f"合计.{words[key]}")}
    return Vocabulary(frozenset({*FACTS, *FACTS.values(), *_member_names(chosen)}), rows, sums)


def _member_names(chosen: Format) -> list[str]:
    if not chosen.of_member:
        return []
    return [name for column in dataset("members").columns for name in (f"member.{column.key}", f"党员.{source(column.title)}")]


def source(title: Any) -> str:
    """A title in the country's language, whoever reads: it is part of the layouts."""
    return str(getattr(title, "source", title))
