"""Has a layout read by the child process and says, cell by cell, what is wrong with it."""
from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from core.documents.filling.slots import ROWS
from core.documents.limits import MIB, Limits
from core.errors import Invalid
from core.i18n import _
from core.spelling import did_you_mean

CHILD = Path(__file__).with_name("child.py")
# A layout is a sheet or two of paper; twenty times the largest of ours.
LIMITS = Limits(file_size=2 * MIB, rows=5_000, columns=256, zip_entries=200, unpacked=16 * MIB, ratio=200, memory=768 * MIB, cpu_seconds=10,
                wait_seconds=15)
MOST_TOLD = 20
SUMS = ("sum.", "合计.")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A placeholder, where it stands in people's words, and in which part: before, in or after the repeated row."""

    name: str
    place: str
    section: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a layout may use: facts, and by name the column of a row or of a sum; what numbers a row, what counts them."""

    facts: frozenset[str]
    rows: Mapping[str, int]
    sums: Mapping[str, int]
    numbers: tuple[str, ...] = ("row.number", "明细.序号")
    counts: tuple[str, ...] = ("count", "合计.行数")

    @property
    def names(self) -> list[str]:
        """All of them."""
        return [*self.facts, *self.rows, *self.sums, *self.numbers, *self.counts]


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout that was read: `kind` is xlsx or docx, `bodies` holds the parts with slots, `grids` what a page shows of them."""

    kind: str
    parts: Mapping[str, str]
    bodies: Mapping[str, list[Any]]
    grids: list[Any]
    names: tuple[Placeholder, ...]
    notes: tuple[str, ...]

    def dump(self) -> bytes:
        """For keeping it."""
        return orjson.dumps(dataclasses.asdict(self))

    @classmethod
    def load(cls, kept: bytes) -> Layout:
        """From what `dump` made."""
        values = orjson.loads(kept)
        return cls(**{**values, "names": tuple(Placeholder(**n) for n in values["names"]), "notes": tuple(values["notes"])})


def compile_layout(content: bytes) -> Layout:
    """Read an xlsx or docx layout. Raises Invalid; its `fields["file"]` are the sentences, one for each place."""
    if not content:
        raise _refused([_("文件是空的。请选择填好占位符的 .xlsx 或 .docx 文件。")])
    if len(content) > LIMITS.file_size:
        raise _refused([_("文件过大（最大 %(size)s MB）。版式文件只需要表头、一行明细和落款。", size=LIMITS.file_size // MIB)])
    answer = _ask_child(content)
    if "refused" in answer:
        raise _refused([_refusal(answer["refused"])])
    if answer["errors"]:
        raise _refused([_error(e["code"], _place(answer["kind"], e["place"]), e["text"]) for e in answer["errors"]])
    kind = answer["kind"]
    names = tuple(Placeholder(n["name"], _place(kind, n["place"]), n["section"]) for n in answer["names"])
    return Layout(kind, answer["parts"], answer["bodies"], answer["grids"], names, tuple(answer["notes"]))


def compile_file(path: Path) -> Layout:
    """The same for a file that is part of the program; read once in a process."""
    return _compiled_file(path)


@cache
def _compiled_file(path: Path) -> Layout:
    return compile_layout(path.read_bytes())


def check_names(layout: Layout, known: Vocabulary) -> None:
    """Raise Invalid for placeholders that stand for nothing here, each with its place and what was probably meant."""
    told = [sentence for found in layout.names for sentence in _faults(found, known)]
    if not any(found.section == "row" for found in layout.names) and known.rows:
        told.append(_("没有找到明细行：请在要重复的那一行里写占位符，例如 {{%(name)s}}。", name=next(iter(known.rows))))
    if told:
        raise _refused(told)


def _faults(found: Placeholder, known: Vocabulary) -> Iterator[str]:
    name, place = found.name, found.place
    if name.startswith(ROWS):
        if name not in known.rows and name not in known.numbers:
            yield _("%(place)s：没有名为 %(name)s 的列%(hint)s。", place=place, name=name,
                    hint=did_you_mean(name, [*known.numbers, *known.rows]))
    elif name in known.counts or name in known.sums:
        if found.section != "tail":
            yield _("%(place)s：合计 %(name)s 要写在明细行的下面。", place=place, name=name)
    elif name.startswith(SUMS):
        yield _("%(place)s：%(name)s 不能合计%(hint)s。", place=place, name=name, hint=did_you_mean(name, [*known.counts, *known.sums]))
    elif name not in known.facts:
        yield _("%(place)s：没有名为 %(name)s 的占位符%(hint)s。", place=place, name=name or "{{}}", hint=did_you_mean(name, known.names))


def _ask_child(content: bytes) -> dict[str, Any]:
    try:
        done = subprocess.run([sys.executable, "-I", str(CHILD), orjson.dumps(dataclasses.asdict(LIMITS)).decode()], input=content,
                              capture_output=True, env={}, cwd="/", timeout=LIMITS.wait_seconds, check=False)
        answer: dict[str, Any] = orjson.loads(done.stdout)
    except (subprocess.TimeoutExpired, orjson.JSONDecodeError):  # its limits ended it
        return {"refused": "killed"}
    return answer


def _refused(told: list[str]) -> Invalid:
    more = len(told) - MOST_TOLD
    shown = told[:MOST_TOLD] + ([_("另有 %(count)d 处，改好以上各处后再上传即可看到。", count=more)] if more > 0 else [])
    return Invalid(_("这个版式还不能用，请按下面的提示修改后重新上传。"), {"file": shown})


def _place(kind: str, place: str) -> str:
    if kind != "xlsx" or "!" not in place:
        return place
    sheet, _mark, cell = place.rpartition("!")
    return _("表 %(sheet)s 单元格 %(cell)s", sheet=sheet, cell=cell)


def _refusal(code: str) -> str:
    sentences = {
        "not_office": _("这不是 .xlsx 或 .docx 文件。请用 Excel、Word 或 WPS 打开原文件，另存为“Excel 工作簿（*.xlsx）”或“Word 文档（*.docx）”后重新上传。"),
        "encrypted": _("这个文件设有密码。请取消密码后另存，再重新上传。"),
        "declaration": _("这个文件含有不允许的内容（XML 实体声明）。请把表格复制到新建的文件中另存，再重新上传。"),
        "path": _("这个文件内部的文件名异常。请把表格复制到新建的文件中另存，再重新上传。"),
        "bomb": _("这个文件解压后过大或压缩方式异常，已停止读取。请把表格复制到新建的文件中另存，再重新上传。"),
        "damaged": _("这个文件已损坏，无法读取。请用 Excel、Word 或 WPS 打开并修复后另存，再重新上传。"),
    }
    return sentences.get(code, _("读取这个文件需要的内存或时间过多，已停止。请删除多余的行、列和图片。"))


def _error(code: str, place: str, text: str) -> str:
    sentences = {
        "wide": _("%(place)s：占位符要用半角的大括号 {{ }}，请在英文输入法下重新输入。", place=place),
        "braces": _("%(place)s：大括号没有成对，或写了不支持的语句。占位符只能写成 {{…}} 的样子。", place=place),
        "formula": _("%(place)s：版式里不能有公式。合计请写 {{sum.列名}}，人数请写 {{count}}。", place=place),
        "rows": _("%(place)s：明细行只能有一行。请把 {{row.…}} 都写在同一行里，其余的删除。", place=place),
        "merge": _("%(place)s：合并单元格跨过了明细行。请取消合并，或只在明细行内左右合并。", place=place),
        "macros": _("文件里有宏（%(place)s）。请另存为不带宏的 .xlsx 或 .docx。", place=place),
        "external": _("文件引用了外部的数据或模板（%(place)s）。请断开链接后另存。", place=place),
        "links": _("文件里有超链接（%(place)s）。请取消超链接后另存。", place=place),
        "objects": _("文件里有嵌入的对象、控件或文本框（%(place)s）。请删除后另存。", place=place),
        "pictures": _("文件里有图片或图形（%(place)s）。请删除后另存。", place=place),
        "field": _("%(place)s：不支持域 %(text)s，只能用页码。请删除后另存。", place=place, text=text),
        "header": _("%(place)s：页眉和页脚里不能写占位符，请写到单元格里。", place=place),
        "cells": _("%(place)s：内容太多，不像一张表的版式。请只保留表头、一行明细和落款。", place=place),
    }
    return sentences.get(code, _("%(place)s：无法识别。", place=place))
