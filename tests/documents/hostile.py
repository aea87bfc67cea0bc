"""Hostile and broken workbooks, made by hand so that each differs from a good one in a single point."""
from __future__ import annotations

import io
import zipfile

CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
WORKBOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="甲" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
ROOT_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>'
)
SHEET_START = (
    '<?xml version="1.0"?>{doctype}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
SHEET_END = "</sheetData></worksheet>"


def workbook(sheet_data: str = "", *, doctype: str = "", extra: dict[str, bytes] | None = None) -> bytes:
    """A minimal workbook around the given rows; `extra` adds parts to the archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", ROOT_RELATIONS)
        archive.writestr("xl/workbook.xml", WORKBOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", RELATIONS)
        archive.writestr("xl/worksheets/sheet1.xml", SHEET_START.format(doctype=doctype) + sheet_data + SHEET_END)
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def cell(place: str, text: str) -> str:
    """One row with one text cell."""
    number = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return f'<row r="{number}"><c r="{place}" t="inlineStr"><is><t>{text}</t></is></c></row>'


def entity_bomb(depth: int = 9) -> str:
    """The billion laughs."""
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, depth + 1))
    return f'<!DOCTYPE x [<!ENTITY a0 "ha">{levels}]>'


def external_entity(path: str) -> str:
    """An entity that would read a file of ours."""
    return f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{path}">]>'


def lying_directory(size: int) -> bytes:
    """A workbook with a part that unpacks to `size` bytes while the zip directory says 1,000."""
    data = bytearray(workbook(extra={"xl/media/image1.bin": bytes(size)}))
    real, false = size.to_bytes(4, "little"), (1000).to_bytes(4, "little")
    return bytes(data.replace(real, false))
