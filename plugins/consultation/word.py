"""Writes an official letter as a docx by hand: paragraphs and ruled tables, which an office can go on editing in Word or WPS."""
from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE, _OFFICE = "http://schemas.openxmlformats.org/package/2006", "http://schemas.openxmlformats.org/officeDocument/2006"
_TYPE = "application/vnd.openxmlformats"
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PARTS = {
    "[Content_Types].xml": (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="{_TYPE}-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
        f'ContentType="{_TYPE}-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" '
        f'ContentType="{_TYPE}-officedocument.wordprocessingml.styles+xml"/></Types>'),
    "_rels/.rels": (f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
                    f'Type="{_OFFICE}/relationships/officeDocument" Target="word/document.xml"/></Relationships>'),
    "word/_rels/document.xml.rels": (f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
                                     f'Type="{_OFFICE}/relationships/styles" Target="styles.xml"/></Relationships>'),
    "word/styles.xml": (
        f'{_HEAD}<w:styles xmlns:w="{_WORD}"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" '
        'w:eastAsia="仿宋"/><w:sz w:val="28"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults></w:styles>'),
}
_RULED = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
PAGE_BREAK = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'


def line(text: str, *, size: int = 28, bold: bool = False, align: str = "left", indent: bool = False, after: int = 120, red: bool = False) -> str:
    """A paragraph; `size` in half points. What XML cannot hold is left out."""
    look = ("<w:b/>" if bold else "") + ('<w:color w:val="A3271C"/>' if red else "")
    first = '<w:ind w:firstLineChars="200" w:firstLine="560"/>' if indent else ""
    runs = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(part)}</w:t>' for part in _UNFIT.sub("", text).split("\n"))
    return (f'<w:p><w:pPr><w:spacing w:after="{after}" w:line="420" w:lineRule="auto"/>{first}<w:jc w:val="{align}"/></w:pPr>'
            f'<w:r><w:rPr>{look}<w:sz w:val="{size}"/></w:rPr>{runs}</w:r></w:p>')


def table(widths: Sequence[int], rows: Sequence[Sequence[str]]) -> str:
    """A ruled table whose first row is its head, repeated on each page. Widths in twentieths of a point; nine thousand fill the page."""
    made = ""
    for number, row in enumerate(rows):
        cells = "".join(f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
                        f'{line(text, size=22, bold=not number, align="center" if not number else "left", after=0)}</w:tc>'
                        for width, text in zip(widths, row, strict=True))
        made += f'<w:tr><w:trPr><w:cantSplit/>{"" if number else "<w:tblHeader/>"}</w:trPr>{cells}</w:tr>'
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>{_RULED}</w:tblBorders>'
            f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{made}</w:tbl>{line("", after=0)}')


def document(blocks: Sequence[str]) -> bytes:
    """The file, on upright A4."""
    body = (f'{_HEAD}<w:document xmlns:w="{_WORD}"><w:body>{"".join(blocks)}<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
            '<w:pgMar w:top="1440" w:right="1440" w:bottom="1247" w:left="1440" w:header="720" w:footer="720" w:gutter="0"/></w:sectPr></w:body></w:document>')
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (_PARTS | {"word/document.xml": body}).items():
            archive.writestr(name, part)
    return content.getvalue()
