"""Layouts: what they may hold, what is said of a faulty one, and that what is filled in stays data."""
from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation

from core.documents.filling import compiling, filling, writing
from core.documents.filling.compiling import Layout, Vocabulary, check_names, compile_layout
from core.documents.filling.filling import Filling, fill
from core.documents.spreadsheet import Watermark
from core.errors import Invalid
from plugins.reports.drawing import TEXT_PARTS, line, table

NAMES = Vocabulary(frozenset({"unit.name", "填报单位"}), {"row.name": 0, "明细.姓名": 0, "row.day": 1, "row.hours": 2},
                   {"sum.hours": 2, "合计.时长": 2})
ROWS = [("王芳", dt.date(2026, 3, 5), 1.5), ("李<四>&", None, 2)]


def book(change: Callable[[Any], object] = lambda _sheet: None) -> bytes:
    """A small layout with styles, merged cells, a repeated header and a foot."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "报到"
    sheet.append(["{{填报单位}}一览表"])
    sheet.merge_cells("A1:D1")
    sheet.append(["序号", "姓名", "日期", "时长"])
    sheet.append(["{{row.number}}", "{{ 明细.姓名 }}", "{{row.day}}", "{{row.hours}}"])
    sheet.append(["合计", "{{count}} 人", None, "{{合计.时长}}"])
    sheet.append(["签字"])
    sheet.merge_cells("B4:C4")
    for cell in sheet[3]:
        cell.border, cell.font = Border(bottom=Side("thin")), Font(bold=True)
    sheet["C3"].number_format = "yyyy-mm-dd"
    sheet.row_dimensions[3].height = 27
    sheet.column_dimensions["B"].width = 31
    sheet.print_title_rows = "1:2"
    sheet.page_setup.orientation = "landscape"
    change(sheet)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def filled(layout: Layout, rows: Sequence[Sequence[Any]] = ROWS, **facts: Any) -> Any:
    """The made file, opened."""
    target = io.BytesIO()
    fill(layout, target, Filling(NAMES, {"填报单位": "甲单位"} | facts, [rows[:1], rows[1:]]))
    return openpyxl.load_workbook(io.BytesIO(target.getvalue()))["报到"]


def values(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_rows_are_repeated_and_what_stands_below_moves_down() -> None:
    sheet = filled(compile_layout(book()))
    assert values(sheet) == [["甲单位一览表", None, None, None], ["序号", "姓名", "日期", "时长"],
                             [1, "王芳", dt.datetime(2026, 3, 5), 1.5], [2, "李<四>&", None, 2], ["合计", "2 人", None, 3.5],
                             ["签字", None, None, None]]
    assert sorted(map(str, sheet.merged_cells.ranges)) == ["A1:D1", "B5:C5"]
    assert (sheet.print_title_rows, sheet.page_setup.orientation, sheet.column_dimensions["B"].width) == ("$1:$2", "landscape", 31)
    assert [(sheet[f"B{n}"].font.b, sheet[f"B{n}"].border.bottom.style, sheet.row_dimensions[n].height) for n in (3, 4)] == [
        (True, "thin", 27)] * 2
    assert sheet["B5"].border.bottom.style is None


def test_without_rows_an_empty_line_stays() -> None:
    sheet = filled(compile_layout(book()), [])
    assert values(sheet)[2:4] == [[None] * 4, ["合计", "0 人", None, 0]]
    assert sheet["B3"].border.bottom.style == "thin"


def test_a_merge_in_the_repeated_row_is_repeated() -> None:
    def merge(sheet: Any) -> None:
        sheet["C3"].value = None
        sheet.merge_cells("B3:C3")
    sheet = filled(compile_layout(book(merge)))
    assert sorted(map(str, sheet.merged_cells.ranges)) == ["A1:D1", "B3:C3", "B4:C4", "B5:C5"]


RISKY = ["=1+1", "+1", "-1", "@x", "＝1", "\t=1", "\r=1", "'=1"]


@pytest.mark.parametrize("text", RISKY)
def test_no_text_becomes_a_formula(text: str) -> None:
    sheet = filled(compile_layout(book()), [(text, None, 0)], 填报单位=text)
    cells = [sheet["B3"], sheet["A1"]]
    assert [(c.data_type, c.value.startswith("'")) for c in cells] == [("s", True)] * 2


def test_twin_without_the_guard_texts_keep_their_risky_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "neutralise", lambda text: text)
    assert filled(compile_layout(book()), [("=1+1", None, 0)])["B3"].value == "=1+1"


def test_a_placeholder_in_the_data_is_only_text() -> None:
    assert filled(compile_layout(book()), [("{{sum.hours}}\ue0f00\ue0f1%s", None, 0)])["B3"].value == "{{sum.hours}}\ue0f00\ue0f1%s"


def cell(place: str, text: object) -> Callable[[Any], None]:
    return lambda sheet: sheet.__setitem__(place, text)


FAULTS: list[tuple[Callable[[Any], object], list[str]]] = [
    (cell("B3", "{{row.nmae}}"), ["表 报到 单元格 B3：没有名为 row.nmae 的列（您是否想写 row.name？）。"]),
    (cell("A1", "{{填报单为}}"), ["表 报到 单元格 A1：没有名为 填报单为 的占位符（您是否想写 填报单位？）。"]),
    (cell("D4", "{{sum.hour}}"), ["表 报到 单元格 D4：sum.hour 不能合计（您是否想写 sum.hours？）。"]),
    (cell("A2", "{{count}}"), ["表 报到 单元格 A2：合计 count 要写在明细行的下面。"]),
    (cell("D4", "=SUM(D3:D3)"), ["表 报到 单元格 D4：版式里不能有公式。合计请写 {{sum.列名}}，人数请写 {{count}}。"]),
    (cell("C3", "{{row.day"), ["表 报到 单元格 C3：大括号没有成对，或写了不支持的语句。占位符只能写成 {{…}} 的样子。"]),
    (cell("C3", "{% for x in y %}"), ["表 报到 单元格 C3：大括号没有成对，或写了不支持的语句。占位符只能写成 {{…}} 的样子。"]),
    (cell("C3", "｛｛row.day｝｝"), ["表 报到 单元格 C3：占位符要用半角的大括号 {{ }}，请在英文输入法下重新输入。"]),
    (cell("B5", "{{row.name}}"), ["表 报到 单元格 A5：明细行只能有一行。请把 {{row.…}} 都写在同一行里，其余的删除。"]),
    (lambda sheet: sheet.merge_cells("D3:D4"), ["表 报到 单元格 D3：合并单元格跨过了明细行。请取消合并，或只在明细行内左右合并。"]),
    (lambda sheet: [cell("A3", "1")(sheet), cell("B3", "x")(sheet), cell("C3", "x")(sheet), cell("D3", "x")(sheet),
                    cell("B4", "x")(sheet), cell("D4", "x")(sheet)],
     ["没有找到明细行：请在要重复的那一行里写占位符，例如 {{row.name}}。"]),
    (lambda sheet: setattr(sheet.oddFooter.center, "text", "{{填报单位}}"), ["报到：页眉和页脚里不能写占位符，请写到单元格里。"]),
    (cell("A1", "{{unit.__class__}}"), ["表 报到 单元格 A1：没有名为 unit.__class__ 的占位符。"]),
]


@pytest.mark.parametrize(("change", "said"), FAULTS)
def test_what_is_wrong_is_told_with_its_cell(change: Callable[[Any], object], said: list[str]) -> None:
    assert told(book(change)) == said


def told(content: bytes) -> list[str]:
    """What is said of a layout."""
    with pytest.raises(Invalid) as error:
        check_names(compile_layout(content), NAMES)
    return error.value.fields["file"]


def test_many_faults_are_told_up_to_twenty() -> None:
    def many(sheet: Any) -> None:
        for number in range(30):
            sheet.cell(10, number + 1, "{{x}}")
    assert (len(said := told(book(many))), said[-1]) == (21, "另有 10 处，改好以上各处后再上传即可看到。")


def test_what_does_not_come_along_is_said() -> None:
    def decorate(sheet: Any) -> None:
        sheet.conditional_formatting.add("A1:A9", CellIsRule(operator="equal", formula=["1"], fill=PatternFill("solid", end_color="FF0000")))
        sheet.add_data_validation(DataValidation("list", formula1='"a,b"'))
        sheet.auto_filter.ref = "A2:D3"
    layout = compile_layout(book(decorate))
    assert layout.notes == ("conditional", "filter", "validation")
    assert "conditionalFormatting" not in str(layout.bodies)


def with_part(content: bytes, name: str, text: str | bytes) -> bytes:
    """The zip with one more part, or another text in one."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for entry in source.infolist():
            if entry.filename != name:
                made.writestr(entry.filename, source.read(entry))
        made.writestr(name, text)
    return target.getvalue()


EXTERNAL = '<Relationships xmlns="x"><Relationship Id="r" Type="y/externalLink" Target="http://x.invalid/" TargetMode="External"/></Relationships>'
HOSTILE: list[tuple[Callable[[], bytes], str]] = [
    (lambda: b"", "文件是空的"), (lambda: b"PK\x03\x04 no zip", "这不是 .xlsx 或 .docx 文件"), (lambda: b"name,sex", "这不是 .xlsx 或 .docx 文件"),
    (lambda: b"\0" * (compiling.LIMITS.file_size + 1), "文件过大（最大 2 MB）"),
    (lambda: with_part(book(), "xl/vbaProject.bin", b"x"), "文件里有宏（xl/vbaProject.bin）"),
    (lambda: with_part(book(), "xl/externalLinks/externalLink1.xml", "<x/>"), "文件引用了外部的数据或模板"),
    (lambda: with_part(book(), "xl/_rels/workbook.xml.rels", EXTERNAL), "文件引用了外部的数据或模板"),
    (lambda: with_part(book(), "xl/media/image1.png", b"x"), "文件里有图片或图形"),
    (lambda: with_part(book(), "xl/embeddings/oleObject1.bin", b"x"), "文件里有嵌入的对象"),
    (lambda: with_part(book(), "xl/styles.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), "XML 实体声明"),
    (lambda: with_part(book(), "xl/../../x", "x"), "内部的文件名异常"),
    (lambda: with_part(book(), "xl/theme/theme1.xml", " " * (compiling.LIMITS.unpacked + 1)), "解压后过大"),
    (lambda: with_part(book(), "xl/worksheets/sheet1.xml", "<worksheet><sheetData><row"), "文件已损坏"),
    (lambda: with_part(book(), "xl/workbook.xml", b"\xff\xfe\x00"), "文件已损坏"),
]


@pytest.mark.parametrize(("content", "said"), HOSTILE)
def test_a_hostile_or_acting_file_is_refused(content: Callable[[], bytes], said: str) -> None:
    assert said in told(content())[0]


def test_a_comment_does_not_come_along() -> None:
    def comment(sheet: Any) -> None:
        sheet["A1"].comment = Comment("secret", "author")
    layout = compile_layout(book(comment))
    assert "secret" not in str(layout.dump())
    assert filled(layout)["A1"].comment is None


def test_a_kept_layout_is_the_same() -> None:
    layout = compile_layout(book())
    assert Layout.load(layout.dump()) == layout


def test_the_files_properties_tell_who_made_it_when_and_why() -> None:
    target = io.BytesIO()
    mark = Watermark("王<芳>", dt.datetime(2026, 3, 5, 1, tzinfo=dt.UTC), "上级要求报送")
    fill(compile_layout(book()), target, Filling(NAMES, {}, [], watermark=mark))
    known = openpyxl.load_workbook(io.BytesIO(target.getvalue())).properties
    assert (known.creator, known.description) == ("王<芳>", "导出人：王<芳>；导出时间：2026-03-05 09:00；用途：上级要求报送")


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(filling.MOST_ROWS, "xlsx", 1)
    with pytest.raises(Invalid, match="这份报表最多 1 行"):
        filled(compile_layout(book()))


def document(*blocks: str) -> bytes:
    """A docx of these blocks."""
    text = ('<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>' + "".join(blocks) + "</w:body></w:document>")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, part in (TEXT_PARTS | {"word/document.xml": text}).items():
            archive.writestr(name, part)
    return target.getvalue()


def text_of(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("word/document.xml").decode()


RUNS = ("<w:p><w:r><w:t>单位：{</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>{填报</w:t></w:r><w:proofErr w:type=\"spellStart\"/>"
        "<w:r><w:t>单位}} 和 {{unit</w:t></w:r><w:r><w:t>.name}}。</w:t></w:r></w:p>")
LIST = table([1000, 1000], [["姓名", "时长"], ["{{row.name}}", "{{row.hours}}"], ["合计 {{count}}", "{{sum.hours}}"]], head=1)


def test_a_document_repeats_its_row_and_mends_placeholders_in_pieces() -> None:
    layout = compile_layout(document(RUNS, LIST, line("共 {{count}} 人")))
    check_names(layout, NAMES)
    target = io.BytesIO()
    facts = {"填报单位": "甲<单位>", "unit.name": "乙"}
    assert fill(layout, target, Filling(NAMES, facts, [ROWS])) == 2
    made = text_of(target.getvalue())
    assert ["单位：甲&lt;单位&gt;" in made, " 和 乙" in made, made.count("<w:tr>"), "李&lt;四&gt;&amp;" in made, "合计 2" in made, "共 2 人" in made] == [
        True, True, 4, True, True, True]
    assert "{{" not in made


DOCUMENTS: list[tuple[bytes, str]] = [
    (document("<w:p><w:r><w:instrText>INCLUDETEXT c:\\x</w:instrText></w:r></w:p>"), "正文：不支持域 INCLUDETEXT，只能用页码。请删除后另存。"),
    (document('<w:p><w:fldSimple w:instr="DDEAUTO x"/></w:p>'), "正文：不支持域 DDEAUTO，只能用页码。请删除后另存。"),
    (document("<w:p><w:r><w:object/></w:r></w:p>"), "文件里有嵌入的对象、控件或文本框（正文）。请删除后另存。"),
    (document(LIST, LIST), "正文：{{row.name}}{{row.ho：明细行只能有一行。请把 {{row.…}} 都写在同一行里，其余的删除。"),
    (document(LIST, line("姓名 {{nmae}}")), "正文：姓名 {{nmae}}：没有名为 nmae 的占位符。"),
    (with_part(document(LIST), "word/_rels/settings.xml.rels", EXTERNAL), "文件引用了外部的数据或模板（word/_rels/settings.xml.rels）。请断开链接后另存。"),
]


@pytest.mark.parametrize(("content", "said"), DOCUMENTS)
def test_a_document_that_acts_or_errs_is_refused(content: bytes, said: str) -> None:
    assert told(content) == [said]


def test_page_numbers_are_allowed() -> None:
    assert compile_layout(document("<w:p><w:r><w:instrText> PAGE </w:instrText></w:r></w:p>", LIST)).kind == "docx"
