"""The child process that opens a workbook from outside: small, without secrets, and expendable.

Run as a file by `sandbox.py`, so it imports nothing of Baodao except its neighbour `cells.py`. It reads the workbook from
an inherited descriptor, takes one request a line on stdin and answers on stdout in frames: four bytes of length, then
JSON. JSON rather than pickle or marshal: a child that a hostile file has taken over can then only send wrong data.
"""
from __future__ import annotations

import datetime as dt
import gc
import os
import re
import resource
import stat
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import python_calamine

sys.path.insert(0, str(Path(__file__).parent))
from cells import clean, restore  # type: ignore[import-not-found]

BATCH_ROWS = 500
CHUNK_BYTES = 1024 * 1024
EXACT = 2**53
SEEN_TEXTS = 20_000
_OVERLAP = 16
NEEDED = "xl/workbook.xml"
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)|<\0!", re.IGNORECASE)


class Refused(Exception):
    """The file is not to be read; the code becomes a sentence in the parent."""


def limit_resources(memory: int, cpu_seconds: int) -> None:
    """Bounds that the kernel keeps: bytes of address space, seconds of computing, no file written, no core dumped."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def inspect(file: BinaryIO, limits: dict[str, int]) -> None:
    """Refuse by the zip directory first, and only then unpack, which shows a directory that lies."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Refused("not_xlsx") from None
    entries = archive.infolist()
    check_directory(entries, limits)
    sheet_rows = 0
    for entry in entries:
        rows = scan_entry(archive, entry)
        sheet_rows = max(sheet_rows, rows)
        if sheet_rows > limits["scanned_rows"]:
            raise Refused("too_many_rows")


def check_directory(entries: list[zipfile.ZipInfo], limits: dict[str, int], needed: str = NEEDED) -> None:
    """Numbers and names as the zip directory states them; `needed` is the part that makes it a file of its kind."""
    if len(entries) > limits["zip_entries"] or sum(entry.file_size for entry in entries) > limits["unpacked"]:
        raise Refused("bomb")
    for entry in entries:
        if entry.flag_bits & 1:
            raise Refused("encrypted")
        if entry.file_size > limits["ratio"] * max(entry.compress_size, 1) and entry.file_size > CHUNK_BYTES:
            raise Refused("bomb")
        if ".." in entry.filename.split("/") or entry.filename.startswith(("/", "\\")) or "\\" in entry.filename \
                or stat.S_ISLNK(entry.external_attr >> 16):
            raise Refused("path")
    if needed not in {entry.filename for entry in entries}:
        raise Refused("not_xlsx")


def scan_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Unpack one part without keeping it: the number of its row elements. zipfile checks the stated size and sum."""
    rows, tail = 0, b""
    try:
        with archive.open(entry) as part:
            while chunk := part.read(CHUNK_BYTES):
                rows += chunk.count(b"<row")
                if b"!" in chunk and _DECLARATION.search(tail + chunk):
                    raise Refused("declaration")
                tail = chunk[-_OVERLAP:]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
        raise Refused("damaged") from None
    return rows


def plain(cell: Any) -> Any:
    """One cell that is no text, in JSON's terms; dates stay, since their places are sent along."""
    kind = type(cell)
    if kind is float:
        return int(cell) if cell.is_integer() and -EXACT <= cell <= EXACT else cell
    if kind is int or kind is bool or kind is dt.date or kind is dt.datetime:
        return cell
    return str(cell)


class Batch:
    """Rows on their way to the parent, with the places of their dates, which JSON cannot tell from text."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []
        self.dates: list[tuple[int, int]] = []

    def add(self, row: list[Any], seen: dict[str, Any]) -> None:
        """Convert one row in place; texts that recur, such as names of units, are cleaned once."""
        for position, cell in enumerate(row):
            if type(cell) is str:
                if cell in seen:
                    row[position] = seen[cell]
                else:
                    row[position] = seen[cell] = restore(clean(cell)) or None
            else:
                row[position] = plain(cell)
                if isinstance(cell, dt.date):
                    self.dates.append((len(self.rows), position))
        self.rows.append(row)


def batches(sheet: Any, limits: dict[str, int]) -> Iterator[Batch]:
    """The sheet from its first line and column on, in batches."""
    if sheet.start is None:
        return
    if sheet.end[0] >= limits["rows"]:
        raise Refused("too_many_rows")
    if sheet.end[1] >= limits["columns"]:
        raise Refused("too_many_columns")
    seen: dict[str, Any] = {}
    batch = Batch()
    left = [""] * sheet.start[1]
    for row in sheet.iter_rows():
        batch.add(left + row if left else row, seen)
        if len(batch.rows) >= BATCH_ROWS:
            yield batch
            batch = Batch()
            if len(seen) > SEEN_TEXTS:
                seen.clear()
    yield batch


def send(answer: dict[str, Any]) -> None:
    """One frame to the parent."""
    data = orjson.dumps(answer)
    sys.stdout.buffer.write(struct.pack(">I", len(data)))
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def serve(descriptor: int, limits: dict[str, int]) -> None:
    """Inspect, name the sheets, then answer each request with the sheet's rows."""
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        inspect(file, limits)
    # By its name, so that the packed file is read as it is needed and never stands in memory as a whole.
    book = python_calamine.CalamineWorkbook.from_path(f"/proc/self/fd/{descriptor}")
    visible = [s.name for s in book.sheets_metadata if s.visible == python_calamine.SheetVisibleEnum.Visible]
    send({"sheets": visible or book.sheet_names})
    for line in sys.stdin.buffer:
        for batch in batches(book.get_sheet_by_name(orjson.loads(line)), limits):
            send({"rows": batch.rows, "dates": batch.dates})
        send({"end": True})


def main() -> None:
    """Entry point: the arguments are the descriptor and the limits as JSON."""
    limits = orjson.loads(sys.argv[2])
    # Rows hold no cycles, and looking for some would cost a fifth of the time.
    gc.disable()
    limit_resources(limits["memory"], limits["cpu_seconds"])
    try:
        serve(int(sys.argv[1]), limits)
    except Refused as refusal:
        send({"refused": str(refusal)})
    except MemoryError:
        send({"refused": "memory"})
    except python_calamine.PasswordError:
        send({"refused": "encrypted"})
    except (python_calamine.CalamineError, OSError, ValueError):
        send({"refused": "damaged"})


if __name__ == "__main__":
    main()
