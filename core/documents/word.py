"""Writes official letters as docx, which an office goes on editing in Word or WPS: the page, fonts and sizes of GB/T 9704.

What belongs together stays on one page, a table's head is repeated, no row is torn, and each page has its number.
"""
from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from xml.sax.saxutils import escape

from core.documents import word_parts
from core.documents.cells import legal
from core.documents.papers import TableColumn
from core.documents.word_parts import BIAO, FANG, FOOT, HEAD, HEI, LATIN, RELATIONS, SONG, WORD
from core.tenancy.clock import now

_FONTS = {"body": FANG, "title": BIAO, "heading": HEI, "table": SONG}
_RED = "C00000"
# A4 and the margins of GB/T 9704 in twentieths of a point: above, right, below, left.
_UPRIGHT, _ACROSS = (11906, 16838), (16838, 11906)
_MARGINS, _MARGINS_ACROSS = (2098, 1474, 1984, 1588), (1134, 1134, 1134, 1134)
_RULED = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV"))


@dataclass(frozen=True)
class WordLine:
    """A paragraph; `size` and `after` in points, a new line in `text` breaks it.

    `indent` moves its first line in by two characters, `ruled` draws the red line below a letter's head, `together` keeps it on the
    page of the next paragraph, and `aside` sets it in the right half, where name, stamp and date stand one above the other.
    """

    text: str
    size: float = 16
    align: Literal["both", "left", "center", "right"] = "both"
    font: Literal["body", "title", "heading", "table"] = "body"
    bold: bool = False
    red: bool = False
    indent: bool = False
    ruled: bool = False
    together: bool = False
    aside: bool = False
    after: float = 0


@dataclass(frozen=True)
class WordTable:
    """A ruled table as wide as the page; `size` and `height`, the least of a row, in points. Its head is repeated."""

    columns: Sequence[TableColumn]
    rows: Sequence[Sequence[str]]
    size: float = 12
    height: float = 24


Block: TypeAlias = WordLine | WordTable


@dataclass(frozen=True)
class WordPage:
    """Blocks that begin on a page of their own, and go on over as many as they need."""

    blocks: Sequence[Block]
    landscape: bool = False


def word_file(title: str, author: str, pages: Sequence[WordPage], *, note: str = "") -> bytes:
    """The file; title and author stand in its properties, `note` in the foot of each page."""
    body = "".join(_page(page, last=page is pages[-1]) for page in pages)
    document = f'{HEAD}<w:document xmlns:w="{WORD}" xmlns:r="{RELATIONS}"><w:body>{body}</w:body></w:document>'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (word_parts.parts(title, author, note, now()) | {"word/document.xml": document}).items():
            archive.writestr(name, part)
    return content.getvalue()


def _page(page: WordPage, *, last: bool) -> str:
    """A section. All but the last end in a paragraph's properties, and a table cannot be the last thing in one."""
    section, room = _section(landscape=page.landscape), _room(landscape=page.landscape)
    blocks, end = list(page.blocks), ""
    final = blocks[-1]
    if not last and isinstance(final, WordLine):
        blocks.pop()
        end = _line(final, section)
    elif not last or isinstance(final, WordTable):
        end = f'<w:p><w:pPr><w:spacing w:line="20" w:lineRule="exact"/>{"" if last else section}</w:pPr></w:p>'
    made = "".join(_line(one) if isinstance(one, WordLine) else _table(one, room) for one in blocks)
    return made + end + (section if last else "")


def _line(one: WordLine, section: str = "") -> str:
    keep = "<w:keepNext/>" if one.together else ""
    rule = f'<w:pBdr><w:bottom w:val="single" w:sz="18" w:space="6" w:color="{_RED}"/></w:pBdr>' if one.ruled else ""
    place = '<w:ind w:left="3200"/>' if one.aside else f'<w:ind w:firstLineChars="200" w:firstLine="{int(one.size * 40)}"/>' if one.indent else ""
    align = "center" if one.aside else one.align
    return (f'<w:p><w:pPr>{keep}<w:keepLines/><w:widowControl/>{rule}<w:spacing w:after="{int(one.after * 20)}" w:line="{int(one.size * 33)}"'
            f' w:lineRule="atLeast"/>{place}<w:jc w:val="{align}"/>{section}</w:pPr>{_run(one)}</w:p>')


def _run(one: WordLine) -> str:
    look = ("<w:b/>" if one.bold else "") + (f'<w:color w:val="{_RED}"/>' if one.red else "")
    size = int(one.size * 2)
    texts = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(legal(part))}</w:t>' for part in one.text.split("\n"))
    return (f'<w:r><w:rPr><w:rFonts w:ascii="{LATIN}" w:eastAsia="{_FONTS[one.font]}" w:hAnsi="{LATIN}"/>{look}<w:sz w:val="{size}"/>'
            f'<w:szCs w:val="{size}"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>{texts}</w:r>')


def _table(one: WordTable, room: int) -> str:
    shares = sum(column.share for column in one.columns)
    widths = [int(room * column.share / shares) for column in one.columns]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    head = "".join(_cell(column.title, width, "center", one.size, bold=True) for column, width in zip(one.columns, widths, strict=True))
    rows = "".join(_row("".join(_cell(text, width, column.align, one.size) for text, column, width in zip(row, one.columns, widths, strict=True)), one.height)
                   for row in one.rows)
    return (f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>{_RULED}</w:tblBorders>'
            '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="50" w:type="dxa"/><w:left w:w="70" w:type="dxa"/><w:bottom w:w="50" w:type="dxa"/>'
            f'<w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{_row(head, 24, "<w:tblHeader/>")}{rows}</w:tbl>')


def _row(cells: str, height: float, head: str = "") -> str:
    return f'<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="{int(height * 20)}" w:hRule="atLeast"/>{head}</w:trPr>{cells}</w:tr>'


def _cell(text: str, width: int, align: str, size: float, *, bold: bool = False) -> str:
    return (f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr><w:jc w:val="{align}"/></w:pPr>'
            f'{_run(WordLine(text, size, font="table", bold=bold))}</w:p></w:tc>')


def _room(*, landscape: bool) -> int:
    _top, right, _bottom, left = _MARGINS_ACROSS if landscape else _MARGINS
    return (_ACROSS if landscape else _UPRIGHT)[0] - left - right


def _section(*, landscape: bool) -> str:
    (width, height), (top, right, bottom, left) = (_ACROSS, _MARGINS_ACROSS) if landscape else (_UPRIGHT, _MARGINS)
    across = ' w:orient="landscape"' if landscape else ""
    return (f'<w:sectPr><w:footerReference w:type="default" r:id="{FOOT}"/><w:type w:val="nextPage"/><w:pgSz w:w="{width}" w:h="{height}"{across}/>'
            f'<w:pgMar w:top="{top}" w:right="{right}" w:bottom="{bottom}" w:left="{left}" w:header="851" w:footer="{850 if landscape else 1400}"'
            ' w:gutter="0"/></w:sectPr>')
