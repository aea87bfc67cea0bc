"""Collects what is wrong with a file, by sheet, line and column, within bounds: a bad file must not fill the memory."""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from core.documents.cells import Cell
from core.i18n import _, _l

SHOWN = 20_000
RETURNED = 20_000

KINDS = {
    "missing": _l("缺少内容"), "name": _l("姓名"), "id_number": _l("公民身份号码"), "disagrees": _l("与身份号码不符"),
    "phone": _l("手机号"), "date": _l("日期"), "value": _l("取值不对"), "too_long": _l("内容过长"), "unit": _l("单位不明"),
    "community": _l("社区不明"), "duplicate": _l("重复"), "scope": _l("不在管辖范围"), "credit_code": _l("统一社会信用代码"),
    "parent": _l("上级党组织"), "note": _l("提示"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `row` is the file's line from 1; a warning does not keep the line out. `suggestions` are near matches."""

    sheet: str
    row: int
    column: str
    kind: str
    message: str
    warning: bool = False
    suggestions: tuple[str, ...] = ()

    def __str__(self) -> str:
        near = _("是不是：") + _("、").join(self.suggestions) if self.suggestions else ""
        return f"{self.column}：{self.message}{near}"


@dataclass(slots=True)
class Problems:
    """All problems of a file as counts, the first `SHOWN` in full, and the first `RETURNED` bad lines with their cells."""

    shown: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    bad_rows: dict[str, list[tuple[int, list[Cell], str]]] = field(default_factory=dict)
    faulty: Counter[str] = field(default_factory=Counter)

    def add(self, problem: Problem) -> None:
        """Note one problem."""
        (self.warnings if problem.warning else self.counts)[problem.kind] += 1
        if len(self.shown) < SHOWN:
            self.shown.append(problem)

    def give_back(self, sheet: str, row: int, cells: list[Cell], reasons: list[str]) -> None:
        """Keep a bad line with its reasons for the file that is handed back."""
        self.faulty[sheet] += 1
        kept = self.bad_rows.setdefault(sheet, [])
        if len(kept) < RETURNED:
            kept.append((row, cells, "；".join([*(r.removesuffix("。") for r in reasons[:-1]), *reasons[-1:]])))
