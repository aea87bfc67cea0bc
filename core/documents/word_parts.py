"""The parts of a docx file beside its text: types, relations, fonts, properties and the foot of its pages."""
from __future__ import annotations

import datetime as dt
from xml.sax.saxutils import escape

from core.documents.cells import legal

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FOOT = "rId3"
FANG, BIAO, HEI, SONG, LATIN = "仿宋_GB2312", "方正小标宋简体", "黑体", "宋体", "Times New Roman"
GREY = "6B6B6B"
# The fonts of GB/T 9704 are not on every machine; what stands beside each is, and programs take it instead.
_INSTEAD = {FANG: "仿宋", BIAO: "华文中宋", HEI: "SimHei", SONG: "SimSun"}
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats"
_KINDS = {"document.main": "/word/document.xml", "styles": "/word/styles.xml", "fontTable": "/word/fontTable.xml", "footer": "/word/footer1.xml"}
_TYPES = (f'{HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="{_TYPE}-package.relationships+xml"/>'
          '<Default Extension="xml" ContentType="application/xml"/>' + "".join(
              f'<Override PartName="{name}" ContentType="{_TYPE}-officedocument.wordprocessingml.{kind}+xml"/>' for kind, name in _KINDS.items()) +
          f'<Override PartName="/docProps/core.xml" ContentType="{_TYPE}-package.core-properties+xml"/></Types>')
_PACKAGE_RELATIONS = (
    f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>')
_DOCUMENT_RELATIONS = (f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">' + "".join(
    f'<Relationship Id="rId{number}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
    for number, (kind, target) in enumerate((("styles", "styles.xml"), ("fontTable", "fontTable.xml"), ("footer", "footer1.xml")), 1)) + "</Relationships>")
_STYLES = (f'{HEAD}<w:styles xmlns:w="{WORD}"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="{LATIN}" w:eastAsia="{FANG}" w:hAnsi="{LATIN}"/>'
           '<w:sz w:val="32"/><w:szCs w:val="32"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>'
           '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style></w:styles>')
_FONTS = f'{HEAD}<w:fonts xmlns:w="{WORD}">' + "".join(
    f'<w:font w:name="{font}"><w:altName w:val="{other}"/></w:font>' for font, other in _INSTEAD.items()) + "</w:fonts>"


def parts(title: str, author: str, note: str, when: dt.datetime) -> dict[str, str]:
    """All parts but the text, by their names in the package. `note` stands in small letters below the page number."""
    return {"[Content_Types].xml": _TYPES, "_rels/.rels": _PACKAGE_RELATIONS, "word/_rels/document.xml.rels": _DOCUMENT_RELATIONS,
            "word/styles.xml": _STYLES, "word/fontTable.xml": _FONTS, "word/footer1.xml": _footer(note),
            "docProps/core.xml": _properties(title, author, when)}


def _footer(note: str) -> str:
    """The page number between dashes, as GB/T 9704 has it."""
    below = _foot_line(_run(note, 17, GREY)) if note else ""
    number = f'{_run("— ", 28)}<w:fldSimple w:instr=" PAGE ">{_run("1", 28)}</w:fldSimple>{_run(" —", 28)}'
    return f'{HEAD}<w:ftr xmlns:w="{WORD}">{_foot_line(number)}{below}</w:ftr>'


def _foot_line(runs: str) -> str:
    return f'<w:p><w:pPr><w:jc w:val="center"/></w:pPr>{runs}</w:p>'


def _run(text: str, size: int, colour: str = "000000") -> str:
    return (f'<w:r><w:rPr><w:rFonts w:ascii="{LATIN}" w:eastAsia="{SONG}" w:hAnsi="{LATIN}"/><w:color w:val="{colour}"/><w:sz w:val="{size}"/></w:rPr>'
            f'<w:t xml:space="preserve">{escape(legal(text))}</w:t></w:r>')


def _properties(title: str, author: str, when: dt.datetime) -> str:
    stamp = when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    who = escape(legal(author))
    return (f'{HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"'
            ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f"<dc:title>{escape(legal(title))}</dc:title><dc:creator>{who}</dc:creator><cp:lastModifiedBy>{who}</cp:lastModifiedBy>"
            f'<dcterms:created xsi:type="dcterms:W3CDTF">{stamp}</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">{stamp}</dcterms:modified>'
            "<dc:language>zh-CN</dc:language></cp:coreProperties>")
