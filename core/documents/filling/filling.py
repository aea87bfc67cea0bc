"""Fills a layout in a stream: what stands before the repeated row, the row as often as there are rows, what stands after it.

Each part is written as it comes, so memory does not grow with the rows; the styles, widths, merged cells and page set-up are the
layout's own, since its XML is copied and only the marked places are written anew.
"""
from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

from core.documents.cells import Cell
from core.documents.filling.compiling import Layout, Vocabulary
from core.documents.filling.slots import sections
from core.documents.filling.writing import PROPERTIES, Encoder, encoder_of, merged, properties, row_writer, slot_text
from core.documents.spreadsheet import Watermark
from core.errors import Invalid
from core.i18n import _

MOST_ROWS = {"xlsx": 1_048_000, "docx": 20_000}  # a sheet has 1,048,576; Word takes minutes over more
CHUNK, LEVEL = 256 * 1024, 3
LARGE_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class Filling:
    """What goes in: the names and what they stand for, `facts` by placeholder, and the rows in batches, which are read once.

    `progress` is told the number of rows written after each batch; the watermark stands in the file's properties, as a form has no room.
    """

    names: Vocabulary
    facts: Mapping[str, Cell]
    batches: Iterable[Sequence[Sequence[Cell]]]
    expected: int = 0
    watermark: Watermark | None = None
    progress: Callable[[int], None] = lambda _done: None


def fill(layout: Layout, target: BinaryIO, filling: Filling) -> int:
    """Write the filled layout to `target`, which need not be seekable; answers the number of rows. Raises Invalid beyond MOST_ROWS."""
    writer = _Writer(layout, filling)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for name, text in layout.parts.items():
            if name not in layout.bodies:
                known = properties(filling.watermark) if name == PROPERTIES and filling.watermark else text
                archive.writestr(zipfile.ZipInfo(name), known, zipfile.ZIP_DEFLATED)
        for name in sorted(layout.bodies, key=writer.repeats, reverse=True):
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=filling.expected > LARGE_ROWS) as part:
                _pour(part, writer.text(name))
    return writer.count


def _pour(part: IO[bytes], texts: Iterable[str]) -> None:
    held: list[str] = []
    size = 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= CHUNK:
            part.write("".join(held).encode())
            held, size = [], 0
    part.write("".join(held).encode())


class _Writer:
    """The bodies' texts; counts and sums the rows on their way."""

    def __init__(self, layout: Layout, filling: Filling) -> None:
        self._layout, self._filling = layout, filling
        self._encoder: Encoder = encoder_of(layout.kind)
        self._facts = dict(filling.facts)
        wanted = {found.name for found in layout.names}
        self._sums = [(name, index) for name, index in filling.names.sums.items() if name in wanted]
        self.count = 0

    def repeats(self, name: str) -> bool:
        """Whether this body has the repeated row: it is written first, since the others may tell how many rows there were."""
        return any(isinstance(item, dict) and item["k"] == "rows-begin" for item in self._layout.bodies[name])

    def text(self, name: str) -> Iterator[str]:
        """A body's text, piece by piece."""
        cut = sections(self._layout.bodies[name])
        begin = next((i["at"] for i in self._layout.bodies[name] if isinstance(i, dict) and i["k"] == "rows-begin"), 0)
        yield from self._plain(cut["head"], 0)
        if cut["row"]:
            yield from self._rows(cut["row"], begin)
        yield from self._plain(cut["tail"], max(self.count - 1, 0) if cut["row"] else 0, begin)

    def _plain(self, items: Iterable[Any], moved: int, begin: int = 0) -> Iterator[str]:
        for item in items:
            if isinstance(item, str):
                yield item
            elif item["k"] == "merges":
                yield from merged(item, begin, max(self.count, 1), moved)
            else:
                yield slot_text(item, self._facts, moved, self._encoder)

    def _rows(self, items: Sequence[Any], begin: int) -> Iterator[str]:
        write = row_writer(items, self._filling.names, self._facts, self._encoder)
        totals: list[Any] = [0] * len(self._sums)
        at = begin
        for batch in self._filling.batches:
            for row in batch:
                self.count += 1
                yield write(at, self.count, row)
                at += 1
            for place, (_name, index) in enumerate(self._sums):
                totals[place] += sum(value for row in batch if isinstance(value := row[index], int | float))
            if self.count > (most := MOST_ROWS[self._layout.kind]):
                raise Invalid(_("这份报表最多 %(rows)s 行，数据放不下。请缩小范围后分次生成。", rows=most))
            self._filling.progress(self.count)
        if not self.count:  # a form without rows keeps an empty line, as on paper
            yield write(at, None, [None] * (1 + max(self._filling.names.rows.values(), default=0)))
        self._facts |= dict.fromkeys(self._filling.names.counts, self.count)
        self._facts |= {name: _tidy(total) for (name, _index), total in zip(self._sums, totals, strict=True)}


def _tidy(total: float) -> float:
    return round(total, 2) if isinstance(total, float) else total
