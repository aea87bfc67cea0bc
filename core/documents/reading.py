"""The one door for tables from outside: xlsx in a child process, csv here, both as rows of plain cells."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from core.documents import textual
from core.documents.cells import Cell
from core.documents.limits import DEFAULT, MIB, Limits
from core.documents.sandbox import Child, refusal
from core.errors import Invalid
from core.i18n import _

_HEAD = 4096
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The name of the stream that an encrypted workbook holds inside its OLE container, in UTF-16.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BINARY = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
CSV_SHEET = "CSV"


class Workbook:
    """An opened table file: its sheets and their rows. Use it in a `with` statement; leaving it ends the child process."""

    def __init__(self, source: Path | bytes, *, is_csv: bool, limits: Limits) -> None:
        self._source = source
        self._limits = limits
        self.kind = "csv" if is_csv else "xlsx"
        self._child = None if is_csv else Child(source, limits)
        self.sheets: list[str] = [CSV_SHEET] if self._child is None else list(self._child.sheets)

    def rows(self, sheet: str | None = None) -> Iterator[list[Cell]]:
        """Rows from the first line of the sheet on (the first sheet by default). Raises Invalid, also while reading."""
        name = self.sheets[0] if sheet is None else sheet
        if name not in self.sheets:
            raise Invalid(_("工作簿中没有名为“%(sheet)s”的工作表。请检查工作表名称。", sheet=name))
        if self._child is None:
            return textual.rows(self._source, self._limits)
        if not self._child.idle:
            self._child.close()
            self._child = Child(self._source, self._limits)
        return self._child.rows(name)

    def close(self) -> None:
        """End the child process; harmless when there is none."""
        if self._child is not None:
            self._child.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_tables(source: Path | bytes, filename: str, limits: Limits = DEFAULT) -> Workbook:
    """Open an xlsx or csv file by what it holds, not by its name. Raises Invalid with a sentence that says what to do."""
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size == 0:
        raise Invalid(_("文件是空的。请选择有内容的名册文件后重新上传。"))
    if size > limits.file_size:
        size_limit = limits.file_size >> 20
        raise Invalid(_("文件过大（最大 %(size)s MB）。请删除图片和多余的工作表，或拆分成几个文件上传。", size=size_limit))
    head = _first_bytes(source)
    if not head.strip(b"\0 \t\r\n"):
        raise Invalid(_("文件是空的。请选择有内容的名册文件后重新上传。"))
    if head.startswith(_OLE):
        raise refusal("encrypted" if _is_encrypted(source) else "not_xlsx", limits)
    is_zip = head.startswith(_ZIP)
    if not is_zip and (_looks_binary(head) or not filename.lower().endswith((".csv", ".txt", ".tsv"))):
        raise refusal("not_xlsx", limits)
    return Workbook(source, is_csv=not is_zip, limits=limits)


def read_table(
    source: Path | bytes, filename: str, *, sheet: str | None = None, limits: Limits = DEFAULT
) -> Iterator[list[Cell]]:
    """All rows of one sheet, for callers that need no more; raises Invalid like `open_tables`."""
    with open_tables(source, filename, limits) as book:
        yield from book.rows(sheet)


def small_table(content: bytes, filename: str, *, rows: int, size: int = MIB) -> list[list[Cell]]:
    """The first sheet of a small file that somebody sent, read within narrow limits: `rows` lines, `size` bytes. Raises Invalid.

    For tables that a page shows whole before it takes them over, such as what came of a group's chat.
    """
    bounds = Limits(file_size=size, rows=rows, columns=32, unpacked=32 * MIB, memory=512 * MIB, cpu_seconds=10, wait_seconds=15)
    return list(read_table(content, filename, limits=bounds))


def _first_bytes(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source[:_HEAD]
    with source.open("rb") as file:
        return file.read(_HEAD)


def _is_encrypted(source: Path | bytes) -> bool:
    return _ENCRYPTED in (source.read_bytes() if isinstance(source, Path) else source)


def _looks_binary(head: bytes) -> bool:
    """Known signatures, or as many NUL bytes as text never has (UTF-16 too, which offices do not save by default)."""
    return head.startswith(_BINARY) or head.count(0) * 10 > len(head)
