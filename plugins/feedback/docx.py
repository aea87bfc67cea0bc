"""The letter as a Word file, written part by part: an office may add to it and put it on its own headed paper."""
from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_TYPES = (f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
          '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
          '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml"'
          ' ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>')
_RELS = (f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
         ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>')
_RED, _SONG, _FANG, _HEI = "C00000", "方正小标宋简体", "仿宋_GB2312", "黑体"
_SIDES = {"left": "left", "center": "center", "right": "right"}
_PORTRAIT, _ACROSS = (11906, 16838), (16838, 11906)  # A4 in twentieths of a point
_BORDERS = "".join(f'<w:{side} w:val="single" w:sz="4" w:color="777777"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV"))


def letter(one: dict[str, Any]) -> bytes:
    """The file of a letter as `letters` makes it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELS)
        archive.writestr("word/document.xml", f"{_HEAD}<w:document {_W}><w:body>{_body(one)}</w:body></w:document>")
    return content.getvalue()


def _body(one: dict[str, Any]) -> str:
    end = [_paragraph(f"附件：{one['table']}", indent=True), _paragraph(""), _paragraph(f"{one['issuer']}（盖章）", align="right")]
    if one["signer"]:
        end.append(_paragraph(f"签发人：{one['signer']}", align="right"))
    end.append(_paragraph(one["date"], align="right", section=_section(_PORTRAIT, 1588)))
    return "".join([*_heading(one), _paragraph(one["addressee"]), *(_paragraph(text, indent=True) for text in one["paragraphs"]), *end, *_attached(one)])


def _heading(one: dict[str, Any]) -> list[str]:
    draft = [_paragraph("（草稿，尚未签发）", align="right", size=24, colour=_RED)] if one["draft"] else []
    number = [_paragraph(one["number"], align="center" if one["red_head"] else "right", size=28, ruled=one["red_head"])]
    head = [_paragraph(one["issuer"], align="center", size=68, colour=_RED, font=_SONG)] if one["red_head"] else []
    return [*head, *(number if one["number"] or one["red_head"] else []), *draft, _paragraph(one["title"], align="center", size=44, font=_SONG), _paragraph("")]


def _attached(one: dict[str, Any]) -> list[str]:
    page = _ACROSS if one["wide"] else _PORTRAIT
    return [_paragraph(one["table"], align="center", size=32, font=_HEI), _paragraph(f"{one['addressee'].rstrip('：')}　{one['number']}", size=21),
            _table(one["columns"], one["rows"], page[0] - 2 * 1020), _paragraph(one["note"], size=18), _section(page, 1020)]


def _paragraph(text: str, *, align: str = "both", size: int = 32, colour: str = "000000", font: str = _FANG, indent: bool = False,
               ruled: bool = False, section: str = "") -> str:
    border = f'<w:pBdr><w:bottom w:val="single" w:sz="18" w:space="6" w:color="{_RED}"/></w:pBdr>' if ruled else ""
    first = f'<w:ind w:firstLineChars="200" w:firstLine="{size * 20}"/>' if indent else ""
    return (f'<w:p><w:pPr>{border}<w:spacing w:line="{max(size * 18, 240)}" w:lineRule="atLeast"/>{first}<w:jc w:val="{align}"/>{section}</w:pPr>'
            f"{_run(text, size, colour, font)}</w:p>")


def _run(text: str, size: int, colour: str, font: str, *, bold: bool = False) -> str:
    strong = "<w:b/>" if bold else ""
    return (f'<w:r><w:rPr><w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:eastAsia="{font}"/>{strong}<w:color w:val="{colour}"/><w:sz w:val="{size}"/></w:rPr>'
            f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r>')


def _table(columns: Sequence[dict[str, Any]], rows: Sequence[Sequence[str]], width: int) -> str:
    shares = sum(one["share"] for one in columns)
    widths = [int(width * one["share"] / shares) for one in columns]
    grid = "".join(f'<w:gridCol w:w="{one}"/>' for one in widths)
    head = "".join(_cell(one["title"], room, "center", bold=True) for one, room in zip(columns, widths, strict=True))
    body = "".join("<w:tr><w:trPr><w:cantSplit/></w:trPr>" + "".join(
        _cell(text, room, _SIDES[one["align"]]) for text, one, room in zip(row, columns, widths, strict=True)) + "</w:tr>" for row in rows)
    return (f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{_BORDERS}</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr>'
            f"<w:tblGrid>{grid}</w:tblGrid><w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>{body}</w:tbl>")


def _cell(text: str, width: int, align: str, *, bold: bool = False) -> str:
    return (f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr><w:jc w:val="{align}"/></w:pPr>'
            f'{_run(text, 20, "000000", "宋体", bold=bold)}</w:p></w:tc>')


def _section(page: tuple[int, int], margin: int) -> str:
    across = ' w:orient="landscape"' if page[0] > page[1] else ""
    return (f'<w:sectPr><w:type w:val="nextPage"/><w:pgSz w:w="{page[0]}" w:h="{page[1]}"{across}/><w:pgMar w:top="{margin}" w:right="{margin}"'
            f' w:bottom="{margin}" w:left="{margin}" w:header="700" w:footer="700" w:gutter="0"/></w:sectPr>')
