"""Rows and facts that the golden files are made of, and how a made form is read back; `python -m tests.plugins.reports.forms` writes
the golden files anew, to be read before they are kept.
"""
from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl

import core.datasets.catalogue  # noqa: F401 -- makes the datasets known
from core.api import DataRequest, Filling, fill_layout
from core.extension import datasets as registry
from core.extension.dataset import Dataset
from plugins.reports import formats
from plugins.reports.formats import Format, source, vocabulary
from plugins.reports.making import named, printed
from plugins.reports.periods import Period
from plugins.reports.requests import Ready

FOLDER = Path(formats.__file__).parent / "formats"
FOLDERS = sorted(p for p in FOLDER.iterdir() if p.is_dir())
DAY = dt.date(2026, 3, 5)
MEMBERS = [
    ("欧阳海燕", "女", "汉族", "420***********1026", "138****0001", dt.date(2009, 7, 1), "正式党员", "示范市教育局", "机关", "机关第一支部", "科员", "法律、心理",
     "政策宣传", "示范市***", "红卫社区", "青山社区", "已报到", DAY, 2, 3.5, 1.5),
    ("=张三", "男", "土家族", "", "", None, "预备党员", "示范市自来水公司", "国有企业", None, None, "", "", "", None, None, "未报到", None, 0, 0.0, 0.0),
]
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "members": MEMBERS,
    "report_ins": [
        ("欧阳海燕", "女", "正式党员", "示范市教育局", "机关第一支部", "科员", "138****0001", "法律、心理", "政策宣传", "红卫社区", "红卫街道", "居住地", "社区代办",
         "已确认", DAY, DAY + dt.timedelta(days=1), "示范2026-00001", "示范2026-00001-1", DAY + dt.timedelta(days=1)),
        ("@李四", "男", "预备党员", "示范市<自来水>公司", None, None, "", "", "", "青山社区", "青山街道", "工作地", "手机", "待确认", DAY, None, None, None, None)],
    "records": [
        ("欧阳海燕", "示范市教育局", "红卫社区", "政策宣传", "入户宣传垃圾分类", "3 栋", DAY, 1.5, "系统记录", "空巢老人", "已评价", DAY),
        ("欧阳海燕", "示范市教育局", "青山社区", "环境卫生", "+清扫楼道", None, DAY + dt.timedelta(days=20), 2.0, "本人填写", None, "待评价", DAY)],
    "figures_by_community": [
        ("红卫社区", "红卫街道", "社区", 40, 38, 95.0, 12, 30, 20, 64, 101.5, 1.5, 10, 20, 30, 4, 30, 34),
        ("青山社区", "青山街道", "社区", 0, 0, None, 0, 0, 0, 0, 0.0, 0.0, 0, 0, 0, 0, 0, 0)],
    "figures_by_unit": [
        ("示范市教育局", "示范市直机关工委", "机关", 40, 38, 95.0, 12, 30, 20, 64, 101.5, 1.5, 10, 20, 30, 4, 30, 34),
        ("示范市自来水公司", "示范市国资委", "国有企业", 8, 8, 100.0, 0, 5, 1, 6, 9.25, 0.0, 1, 2, 3, 0, 3, 3)],
}
_NUMBER = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def asked(chosen: Format) -> Ready:
    """A request whose dataset answers the rows above."""
    known = registry._core[chosen.dataset]
    data = Dataset(known.name, known.title, known.columns, known.permission, lambda _request: iter([ROWS[chosen.dataset]]), lambda _request: 2)
    facts = {"unit.name": "红卫社区", "unit.above": "红卫街道", "tenant.name": "示范市", "period.title": "2026年第一季度", "period.since": "2026年1月1日",
             "period.until": "2026年3月31日", "made.on": "2026年4月1日", "made.by": "王主任"}
    people = registry._core["members"]
    facts |= {name: value for column, value in zip(people.columns, MEMBERS[0], strict=True)
              for name in (f"member.{column.key}", f"党员.{source(column.title)}")}
    span = Period("2026-Q1", "2026年第一季度", dt.date(2026, 1, 1), dt.date(2026, 3, 31))
    return Ready(chosen, data, span, DataRequest((), span.since, span.until), facts, "红卫社区")


def made(chosen: Format) -> bytes:
    """The filled form."""
    ready, target = asked(chosen), io.BytesIO()
    if chosen.kind == "typ":
        return printed(ready)
    fill_layout(chosen.layout(), target, Filling(vocabulary(chosen, ready.data), named(ready.facts), ready.data.read(ready.request)))
    return target.getvalue()


def read_back(chosen: Format, content: bytes) -> Any:
    """What stands in a made form, as JSON knows it."""
    return {"xlsx": _sheets, "docx": _texts, "typ": words}[chosen.kind](content)


def _sheets(content: bytes) -> Any:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {page.title: {
        "cells": {cell.coordinate: _plain(cell.value) for row in page.iter_rows() for cell in row if cell.value is not None},
        "formats": {cell.coordinate: cell.number_format for row in page.iter_rows() for cell in row if isinstance(cell.value, dt.datetime)},
        "ruled": sorted({cell.row for row in page.iter_rows() for cell in row if cell.border.bottom.style == "thin"}),
        "merged": sorted(map(str, page.merged_cells.ranges)), "widths": {k: v.width for k, v in sorted(page.column_dimensions.items())},
        "heights": {str(k): v.height for k, v in sorted(page.row_dimensions.items())},
        "paper": [page.page_setup.orientation, str(page.page_setup.paperSize), page.print_title_rows, page.page_setup.fitToHeight,
                  page.oddFooter.center.text],
    } for page in book.worksheets}


def _plain(value: Any) -> Any:
    return value.date().isoformat() if isinstance(value, dt.datetime) else value


def _texts(content: bytes) -> Any:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        body = ET.fromstring(archive.read("word/document.xml"))
    found: list[Any] = []
    for block in body[0]:
        if block.tag == f"{_NUMBER}p":
            found.append(_text(block))
        elif block.tag == f"{_NUMBER}tbl":
            found.append([[_text(cell) for cell in row.iter(f"{_NUMBER}tc")] for row in block.iter(f"{_NUMBER}tr")])
    return found


def _text(node: ET.Element) -> str:
    return "".join(t.text or "" for t in node.iter(f"{_NUMBER}t"))


def words(pdf: bytes) -> list[str]:
    """The runs of text of a PDF by typst with one font, in the order in which they are set; a run ends where the pen is put elsewhere."""
    streams = [zlib.decompress(found[1]) for found in re.finditer(rb"/FlateDecode[^>]*>>\s*stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)]
    known: dict[int, str] = {}
    for table in re.findall(rb"beginbfchar(.*?)endbfchar", b"".join(streams), re.DOTALL):
        known |= {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
                  for code, text in re.findall(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", table)}
    found = []
    for run in re.findall(rb"BT(.*?)ET", b"".join(s for s in streams if b"BDC" in s[:100]), re.DOTALL):
        codes = b"".join(_literal(text) for text in re.findall(rb"\(((?:\\.|[^\\()])*)\)", run, re.DOTALL))
        found.append("".join(known.get(int.from_bytes(codes[i:i + 2]), "?") for i in range(0, len(codes), 2)))
    return found


def _literal(text: bytes) -> bytes:
    """A string of a PDF, its escapes undone."""
    named_ones = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
    return re.sub(rb"\\([0-7]{1,3}|.)", lambda m: bytes([int(m[1], 8)]) if m[1][:1].isdigit() else named_ones.get(m[1], m[1]), text,
                  flags=re.DOTALL)


def main() -> None:
    """Write the golden files."""
    formats.dataset = registry._core.__getitem__
    for folder in FOLDERS:
        chosen = formats.read("reports", folder)
        text = json.dumps(read_back(chosen, made(chosen)), ensure_ascii=False, indent=1)
        (folder / "golden.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
