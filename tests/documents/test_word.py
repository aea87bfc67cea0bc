"""A letter in Word is an official letter: its fonts, page, numbers and properties, and nothing that belongs together is torn."""
from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree as ET

from core.documents.papers import TableColumn
from core.documents.word import WordLine, WordPage, WordTable, word_file

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TABLE = WordTable((TableColumn("姓名", 1), TableColumn("理由", 3)), [("张三", "热心\n肯干"), ("<李&四>\x0b", "")])


def parts(pages: list[WordPage], note: str = "") -> dict[str, ET.Element]:
    """The parts of a file as XML, which proves that each can be read."""
    with zipfile.ZipFile(io.BytesIO(word_file("反馈函", "科大社区 & 党组织", pages, note=note))) as archive:
        return {name: ET.fromstring(archive.read(name)) for name in archive.namelist()}


def texts(node: ET.Element) -> list[str]:
    return [one.text or "" for one in node.iter(f"{W}t")]


def test_the_properties_say_what_it_is_whose_and_in_which_language() -> None:
    properties = {one.tag.rpartition("}")[2]: one.text for one in parts([WordPage([WordLine("正文")])])["docProps/core.xml"]}
    assert {key: properties[key] for key in ("title", "creator", "lastModifiedBy", "language")} == {
        "title": "反馈函", "creator": "科大社区 & 党组织", "lastModifiedBy": "科大社区 & 党组织", "language": "zh-CN"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", properties["created"] or "")


def test_every_run_names_a_chinese_font_and_each_has_another_to_fall_back_on() -> None:
    file = parts([WordPage([WordLine("标题", 22, font="title"), WordLine("正文"), TABLE])], note="内部")
    fonts = {one.get(f"{W}name"): one.find(f"{W}altName") is not None for one in file["word/fontTable.xml"]}
    for part in ("word/document.xml", "word/footer1.xml"):
        runs = list(file[part].iter(f"{W}r"))
        assert {fonts.get(run.find(f"{W}rPr/{W}rFonts").get(f"{W}eastAsia")) for run in runs} == {True}  # type: ignore[union-attr]


def test_pages_are_a4_numbered_and_none_is_empty() -> None:
    document = parts([WordPage([WordLine("函")]), WordPage([WordLine("表"), TABLE], landscape=True)])["word/document.xml"]
    sizes = [(one.get(f"{W}w"), one.get(f"{W}h"), one.get(f"{W}orient")) for one in document.iter(f"{W}pgSz")]
    assert sizes == [("11906", "16838", None), ("16838", "11906", "landscape")]
    assert len(list(document.iter(f"{W}footerReference"))) == 2
    # A paragraph that only carries a section would stand alone on a page if the one before were full.
    assert [texts(one) for one in document.iter(f"{W}p") if one.find(f"{W}pPr/{W}sectPr") is not None] == [["函"]]
    body = document.find(f"{W}body")
    assert body is not None
    assert [one.tag.removeprefix(W) for one in body][-3:] == ["tbl", "p", "sectPr"]


def test_the_foot_has_the_number_and_the_note() -> None:
    foot = parts([WordPage([WordLine("函")])], note="内部工作材料")["word/footer1.xml"]
    assert texts(foot) == ["— ", "1", " —", "内部工作材料"]
    assert [one.get(f"{W}instr", "").strip() for one in foot.iter(f"{W}fldSimple")] == ["PAGE"]


def test_a_table_repeats_its_head_and_tears_no_row() -> None:
    document = parts([WordPage([TABLE])])["word/document.xml"]
    rows = list(document.iter(f"{W}tr"))
    assert [one.find(f"{W}trPr/{W}tblHeader") is not None for one in rows] == [True, False, False]
    assert all(one.find(f"{W}trPr/{W}cantSplit") is not None for one in rows)
    assert [texts(one) for one in rows] == [["姓名", "理由"], ["张三", "热心", "肯干"], ["<李&四>", ""]]
    assert sum(int(one.get(f"{W}w", "0")) for one in document.iter(f"{W}gridCol")) <= 11906 - 1588 - 1474


def test_a_block_that_belongs_together_stays_on_a_page() -> None:
    document = parts([WordPage([WordLine("特此函告。", together=True), WordLine("社区", aside=True, together=True), WordLine("日期", aside=True)])])
    kept = [one.find(f"{W}pPr/{W}keepNext") is not None for one in document["word/document.xml"].iter(f"{W}p")]
    assert kept == [True, True, False]
