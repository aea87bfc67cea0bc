"""Files that a page gives out: papers to print, and lists as workbooks with a note of who took them."""
from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from flask import Response, send_file

from core.access.doors import acting
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.tenancy import now

BATCH = 200
Row = TypeVar("Row")
Line = TypeVar("Line")
_TYPES = {"pdf": "application/pdf", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
          "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "zip": "application/zip"}


def file(content: bytes, kind: str, name: str, *, inline: bool = False) -> Response:
    """A file to take away, or (`inline`) to look at in the browser and print. `kind` is pdf, docx, xlsx or zip, `name` stands before it
    and says nothing about anybody.
    """
    return _sent(io.BytesIO(content), kind, name, inline=inline)


def workbook(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any] | Mapping[str, Any]], why: str) -> Response:
    """A list to take away as xlsx, with a note of who took it, when and why. A row is its cells in order, or a mapping by the columns' keys."""
    keys = [column.key for column in columns]
    cells = ([row[key] for key in keys] if isinstance(row, Mapping) else row for row in rows)
    content = io.BytesIO()
    write_workbook(content, [Sheet(title, columns, cells)], Watermark(acting().display_name, now(), why))
    content.seek(0)
    return _sent(content, "xlsx", title, inline=False)


def in_batches(rows: Iterable[Row], lines: Callable[[Sequence[Row]], Iterable[Line]]) -> Iterator[Line]:
    """Each row in words, a batch of them at a time: `lines` may ask the database once a batch, and a long list never stands whole in memory."""
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield from lines(batch)
            batch = []
    if batch:
        yield from lines(batch)


def _sent(content: io.BytesIO, kind: str, name: str, *, inline: bool) -> Response:
    return send_file(content, _TYPES[kind], as_attachment=not inline, download_name=f"{name}.{kind}")
