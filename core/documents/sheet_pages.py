"""How a table that goes out looks in a spreadsheet program and on paper: font, widths, the head, the foot, and pages that can be read."""
from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from core.i18n import _

A4 = 9
# Without a Chinese font named, each program takes another one, and the widths no longer fit.
FONT = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
_HEAD = {**FONT, "bold": True, "bg_color": "#F6E9E4", "bottom": 1, "bottom_color": "#9B2D1F", "align": "center", "text_wrap": True}
_LOOKS: dict[str, dict[str, Any]] = {
    "text": {"text_wrap": True}, "code": {"num_format": "@"}, "integer": {"num_format": "0"}, "decimal": {"num_format": "0.0#"},
    "date": {"num_format": "yyyy-mm-dd", "align": "center"},
}
# A4 across holds some 150 characters at full size; below three fifths of it nobody reads a table any more.
_WIDEST, _EASY = 240, 200
_FOOT_LENGTH = 160
_LINE, _ROW, _HEAD_ROW, _HIGHEST = 16, 18, 24, 405  # points; no row can be higher than 409


def head(book: xlsxwriter.Workbook) -> Format:
    """The look of the column titles."""
    return book.add_format(_HEAD)


def look(book: xlsxwriter.Workbook, kind: str) -> Format:
    """The look of a column's cells: long texts wrap, dates and codes keep their form."""
    return book.add_format(FONT | _LOOKS[kind])


def set_up(page: Worksheet, title: str, widths: Sequence[float], note: str) -> None:
    """Landscape A4 with lines, title, the column titles on each page, page numbers, and `note` in the foot.

    A table is one page wide; one that would become too small to read is several, with its first column on each.
    """
    page.set_default_row(_ROW)
    page.freeze_panes(1, 0)
    page.set_landscape()
    page.set_paper(A4)
    page.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.75)
    page.hide_gridlines(0)  # which means: print them
    page.repeat_rows(0)
    across = 1 if sum(widths) <= _WIDEST else math.ceil(sum(widths) / _EASY)
    page.fit_to_pages(across, 0)
    if across > 1:
        page.repeat_columns(0)
    numbers = _("第 &P 页，共 &N 页")
    fixed = {"scale_with_doc": False}
    page.set_header(f'&C&"宋体,加粗"&14 {_plain(title)}', fixed)
    page.set_footer(f'&L&"宋体,常规"&9 {_plain(note)}&R&"宋体,常规"&9 {numbers}', fixed)


def heighten(page: Worksheet, row: int, cells: Iterable[tuple[str, float]]) -> None:
    """Make a row high enough for texts that wrap in columns of these widths; not every program does so when it opens a file.

    In constant memory it has to come before the next row is begun.
    """
    lines = max(sum(max(1, math.ceil(_width(part) / max(width - 1, 1))) for part in text.split("\n")) for text, width in cells)
    if not row or lines > 1:
        page.set_row(row, min(max(lines * _LINE + 4, _HEAD_ROW), _HIGHEST))


def _width(text: str) -> int:
    """In characters; a Chinese one is as wide as two others."""
    return len(text) if text.isascii() else sum(2 if character >= "\u2e80" or character in "“”‘’—…·" else 1 for character in text)


def _plain(text: str) -> str:
    """Text in which nothing is a code of headers and footers, and which leaves room for them."""
    return text[:_FOOT_LENGTH].replace("&", "&&")


def write_notes(book: xlsxwriter.Workbook, page: Worksheet, lines: Sequence[tuple[str, str]], warning: str) -> None:
    """A page of labels and values with a warning below, upright."""
    text = book.add_format({**FONT, "text_wrap": True, "align": "left"})
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.set_column(0, 0, 14, text)
    page.set_column(1, 1, 60, text)
    for number, (label, value) in enumerate(lines):
        page.write_string(number, 0, label, text)
        page.write_string(number, 1, value, text)
    page.merge_range(len(lines) + 1, 0, len(lines) + 1, 1, warning, text)
