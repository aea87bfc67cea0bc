"""Tables out: xlsx in constant memory and csv, with guarded text and a note of who took them, when and why."""
from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, TextIO, TypeAlias

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from core.documents import sheet_pages
from core.documents.cells import LEADS, Cell, neutralise
from core.documents.scratch import scratch
from core.errors import Invalid
from core.i18n import _
from core.tenancy.clock import LOCAL

Kind: TypeAlias = Literal["text", "code", "integer", "decimal", "date"]
Put: TypeAlias = Callable[[int, int, Any], object]
MAX_ROWS = 1_048_575
_TITLE_LENGTH = 31


@dataclass(frozen=True)
class Column:
    """A column: `key` names it for programs, `title` for people; `width` in characters.

    A code is text that looks like a number (ID numbers, phones) and stays text when somebody edits it.
    """

    key: str
    title: str
    width: float = 14
    kind: Kind = "text"


@dataclass(frozen=True)
class Sheet:
    """A sheet whose rows are read once, as they are written; each row is a sequence in the order of the columns."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]


@dataclass(frozen=True)
class Watermark:
    """Who took the table, when and why (security rule 23); stands on a sheet of its own and in the printed footer."""

    who: str
    when: dt.datetime
    why: str

    def lines(self) -> list[tuple[str, str]]:
        """Label and value, in reading order."""
        moment = (self.when.astimezone(LOCAL) if self.when.tzinfo else self.when).strftime("%Y-%m-%d %H:%M")
        return [(_("导出人"), self.who), (_("导出时间"), moment), (_("用途"), self.why)]


def write_workbook(target: Path | BinaryIO, sheets: Iterable[Sheet], watermark: Watermark | None = None) -> int:
    """Write an xlsx file and return the number of data rows. Raises Invalid beyond the rows that a sheet can hold."""
    with scratch() as folder:
        place = str(target) if isinstance(target, Path) else target
        book = xlsxwriter.Workbook(place, {"constant_memory": True, "tmpdir": folder, "default_date_format": "yyyy-mm-dd"})
        try:
            written = sum(_write_sheet(book, sheet, watermark) for sheet in sheets)
            if watermark is not None:
                _write_watermark(book, watermark)
            book.set_properties({"title": book.worksheets()[0].get_name(), "author": watermark.who if watermark else ""})
        finally:
            book.close()
    return written


def write_csv(target: TextIO, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> int:
    """Write csv with a header and return the number of rows; open `target` as utf-8-sig with newline='' for Excel."""
    writer = csv.writer(target)
    writer.writerow([neutralise(column.title) for column in columns])
    count = 0
    for row in rows:
        writer.writerow([neutralise(cell) if isinstance(cell, str) else _csv_cell(cell) for cell in row])
        count += 1
    return count


def _csv_cell(cell: Cell) -> Cell:
    return cell.isoformat(sep=" ") if isinstance(cell, dt.datetime) else cell


def _write_sheet(book: xlsxwriter.Workbook, sheet: Sheet, watermark: Watermark | None) -> int:
    page = book.add_worksheet(_sheet_title(sheet.title))
    head = sheet_pages.head(book)
    for position, column in enumerate(sheet.columns):
        # A cell without a format of its own takes the column's.
        page.set_column(position, position, column.width, sheet_pages.look(book, column.kind))
    for position, column in enumerate(sheet.columns):
        page.write_string(0, position, neutralise(column.title), head)
    sheet_pages.heighten(page, 0, [(column.title, column.width - 2) for column in sheet.columns])  # bold, and with the arrow of the filter
    note = "" if watermark is None else " ".join(value for _label, value in watermark.lines())
    sheet_pages.set_up(page, sheet.title, [column.width for column in sheet.columns], note)
    looks = {kind: sheet_pages.look(book, kind) for kind in ("integer", "date")}
    count = _write_rows(page, sheet, [_writer(page, column.kind, looks) for column in sheet.columns])
    page.autofilter(0, 0, count, len(sheet.columns) - 1)
    return count


def _write_rows(page: Worksheet, sheet: Sheet, writers: Sequence[Put]) -> int:
    """The hot loop: one prepared writer a column, empty cells left out, a row as high as its longest text."""
    number = 0
    wraps = [(position, column.width) for position, column in enumerate(sheet.columns) if column.kind == "text"]
    for number, row in enumerate(sheet.rows, start=1):
        if number > MAX_ROWS:
            raise Invalid(_("一张工作表最多 %(rows)s 行，数据放不下。请缩小筛选范围后分次导出。", rows=MAX_ROWS))
        for position, (put, cell) in enumerate(zip(writers, row, strict=True)):
            if cell is not None and cell != "":
                put(number, position, cell)
        # Nearly every text is short at a glance: even in Chinese, two columns a character, it has room.
        long = [(cell, width) for position, width in wraps if isinstance(cell := row[position], str) and (len(cell) * 2 >= width or "\n" in cell)]
        if long:
            sheet_pages.heighten(page, number, long)
    return number


def _writer(page: Worksheet, kind: Kind, looks: Mapping[str, Format]) -> Put:
    """How a column's cells are written; a text in a number or date column is still written as guarded text."""
    text = _text_writer(page)
    if kind in ("text", "code"):
        return text
    if kind == "date":
        day = looks["date"]
        return lambda row, position, cell: text(row, position, cell) if isinstance(cell, str) else _write_date(page, row, position, cell, day)
    # 176 people are not 176.0, even in a column in which others have halves.
    whole = (looks["integer"],)
    return lambda row, position, cell: text(row, position, cell) if isinstance(cell, str) else page.write_number(
        row, position, cell, *(whole if isinstance(cell, int) else ()))


def _text_writer(page: Worksheet) -> Put:
    write = page.write_string

    def put(row: int, position: int, cell: Any) -> object:
        text = cell if type(cell) is str else str(cell)
        # Nearly every text is harmless at a glance.
        return write(row, position, text if text.isprintable() and text[0] not in LEADS else neutralise(text))

    return put


def _write_date(page: Worksheet, row: int, position: int, cell: dt.date, look: Format) -> object:
    # A spreadsheet has no time zones; the caller gives local time.
    return page.write_datetime(row, position, cell.replace(tzinfo=None) if isinstance(cell, dt.datetime) else cell, look)


def _write_watermark(book: xlsxwriter.Workbook, watermark: Watermark) -> None:
    lines = [(label, neutralise(value)) for label, value in watermark.lines()]
    page = book.add_worksheet(_sheet_title(_("导出说明")))
    sheet_pages.write_notes(book, page, lines, _("本表含个人信息，仅限上述用途，用后请妥善保管或销毁。"))


def _sheet_title(title: str) -> str:
    """A title that spreadsheet programs take: no brackets, colons or slashes, at most 31 characters."""
    return re.sub(r"[\[\]:*?/\\]", " ", title).strip("' ")[:_TITLE_LENGTH] or "Sheet"
