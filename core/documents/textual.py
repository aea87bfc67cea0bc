"""Reads csv as offices really save it: UTF-8 with or without a mark, or GB18030, separated by comma, semicolon or tab."""
from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from core.documents.cells import Cell, clean, restore
from core.documents.limits import Limits
from core.errors import Invalid
from core.i18n import _

_CHUNK = 1024 * 1024
_DELIMITERS = ",;\t"


def encoding_of(file: BinaryIO) -> str:
    """The encoding by strict decoding of the whole file, UTF-8 first. Raises Invalid when neither fits."""
    for encoding in ("utf-8-sig", "gb18030"):
        file.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Invalid(_("无法识别这个文件的文字编码。请用 Excel 或 WPS 另存为“CSV UTF-8”或 .xlsx 后重新上传。"))


def rows(source: Path | bytes, limits: Limits) -> Iterator[list[Cell]]:
    """Rows of a csv file; cells are text or None, since only the importer knows what a column means."""
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file:
        encoding = encoding_of(file)
        file.seek(0)
        text = io.TextIOWrapper(file, encoding=encoding, newline="")
        delimiter = _delimiter(text)
        text.seek(0)
        try:
            for number, row in enumerate(csv.reader(text, delimiter=delimiter), start=1):
                _check(number, row, limits)
                yield [restore(clean(cell)) or None for cell in row]
        except csv.Error:
            raise Invalid(_("这个 CSV 文件的格式有误，无法读取。请用 Excel 或 WPS 打开后另存为 .xlsx，再重新上传。")) from None


def _delimiter(text: io.TextIOWrapper) -> str:
    """The separator that occurs most in the header line."""
    header = text.readline(_CHUNK)
    return max(_DELIMITERS, key=header.count)


def _check(number: int, row: list[str], limits: Limits) -> None:
    if number > limits.rows:
        raise Invalid(_("表格行数过多（最多 %(rows)s 行）。请拆分成几个文件上传。", rows=limits.rows))
    if len(row) > limits.columns:
        raise Invalid(_("表格列数过多（最多 %(columns)s 列）。请删除数据右侧多余的列后重新上传。", columns=limits.columns))
