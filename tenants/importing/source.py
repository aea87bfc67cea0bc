"""Opens a roster file and finds its sheets, so that each is read once and never as a whole in memory."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from core.documents.cells import Cell
from core.documents.reading import Workbook, open_tables
from core.errors import Invalid
from core.i18n import _
from tenants.importing.fields import FIELDS, HEADER_ROWS, Mapping, recognise

BATCH = 1_500


@dataclass(slots=True)
class Source:
    """A file's recognised sheets. The sheet of units is kept, it is small; the members' rows stream once."""

    _book: Workbook
    members: Mapping | None = None
    units: Mapping | None = None
    ignored: list[str] = field(default_factory=list)
    unit_rows: list[list[Cell]] = field(default_factory=list)
    _stream: Iterator[list[Cell]] | None = None

    def close(self) -> None:
        """End the reading child."""
        self._book.close()

    def member_rows(self, mapping: Mapping) -> Iterator[list[Cell]]:
        """The rows below the members' header; can be read once."""
        return self._stream or islice(self._book.rows(mapping.sheet), mapping.header, None)


def open_source(content: bytes, filename: str) -> Source:
    """Recognise every sheet. Raises Invalid when the file cannot be read or no sheet is a roster with its needed columns.

    The sheet of units is looked at first, because members refer to it, and the members' sheet last: it may go on streaming.
    """
    book = open_tables(content, filename)
    try:
        return _recognised(Source(book), book)
    except BaseException:
        book.close()
        raise


def _recognised(source: Source, book: Workbook) -> Source:
    nearest: list[Mapping] = []
    names = sorted(book.sheets, key=lambda s: ("单位" not in s, "党员" in s or "花名册" in s))
    for name in names:
        stream = book.rows(name)
        head = list(islice(stream, HEADER_ROWS))
        mapping = recognise(name, head)
        if mapping is None or mapping.missing or getattr(source, mapping.kind) is not None:
            source.ignored.append(name)
            nearest += [mapping] if mapping else []
        elif mapping.kind == "units":
            source.units, source.unit_rows = mapping, [*head[mapping.header:], *stream]
        else:
            source.members = mapping
            source._stream = chain(head[mapping.header:], stream) if name == names[-1] else None
    if source.members is None and (source.units is None or nearest):
        raise _not_a_roster(nearest, source.units)
    return source


def _not_a_roster(nearest: list[Mapping], units: Mapping | None) -> Invalid:
    if not nearest:
        titles = "、".join(f.title for f in FIELDS["members"] if f.required)
        said = _("没有找到花名册的表头。第一行应有这些列：{titles}、居住社区代码。请下载模板对照后重新上传。")
        return Invalid(said.format(titles=titles))
    best = max(nearest, key=lambda m: len(m.columns))
    if best.missing:
        said = _("工作表“{sheet}”缺少这些列：{titles}。请补上后重新上传。")
        return Invalid(said.format(sheet=best.sheet, titles="、".join(best.missing)))
    alike = [units, *nearest] if units else nearest
    return Invalid(_("有多张工作表都像花名册：{sheets}。请只保留一张后重新上传。").format(sheets="、".join(m.sheet for m in alike)))
