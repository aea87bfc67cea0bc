"""Draws the layouts that the plugin ships, so that a change of one can be read: `python -m plugins.reports.drawing`.

A layout may as well be edited in Excel or Word; then it is no longer drawn here.
"""
from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import xlsxwriter

HERE = Path(__file__).parent / "formats"
DRAWN = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
Column = tuple[str, str, float]  # header, placeholder, width in characters
Line = Sequence[str | tuple[str, int]]  # the cells of a row; a tuple is a cell over so many columns
SIGNED = "填表人：{{填表人}}　　　　　审核人：　　　　　　　　党组织负责人（签字）：　　　　　　　　　（盖章）　　　　　　　年　　月　　日"


def sheet(folder: str, title: str, columns: Sequence[Column], totals: dict[int, str], note: str, signed: str = SIGNED) -> None:
    """A list form on A4 across: title, who fills it in and for when, ruled table with a header on each page, sums, note, signatures."""
    book = xlsxwriter.Workbook(str(HERE / folder / "layout.xlsx"))
    book.set_properties({"created": DRAWN, "title": title})
    page = book.add_worksheet(title[:31])
    song = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
    ruled = {**song, "border": 1, "text_wrap": True, "align": "center"}
    last = len(columns) - 1
    page.merge_range(0, 0, 0, last, "{{填报单位}}" + title, book.add_format({**song, "font_size": 18, "bold": True, "align": "center"}))
    middle = max(last // 2, 1)
    page.merge_range(1, 0, 1, middle, "填报单位：{{填报单位}}", book.add_format(song))
    page.merge_range(1, middle + 1, 1, last, "期间：{{期间}}　　填报日期：{{填报日期}}", book.add_format({**song, "align": "right"}))
    head, body = book.add_format({**ruled, "bold": True}), book.add_format(ruled)
    day = book.add_format({**ruled, "num_format": "yyyy-mm-dd"})
    for place, (header, value, width) in enumerate(columns):
        page.set_column(place, place, width)
        page.write_string(2, place, header, head)
        page.write_string(3, place, value, day if "日期" in header or "时间" in header else body)
        page.write_string(4, place, totals.get(place, ""), head)
    page.merge_range(5, 0, 5, last, note, book.add_format({**song, "font_size": 9, "text_wrap": True, "valign": "top"}))
    page.merge_range(6, 0, 6, last, signed, book.add_format(song))
    for row, height in {0: 36, 1: 20, 2: 44, 4: 24, 5: 30, 6: 32}.items():  # the repeated row grows with what stands in it
        page.set_row(row, height)
    _paper(page)
    book.close()


def _paper(page: xlsxwriter.worksheet.Worksheet) -> None:
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(2)
    page.center_horizontally()
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    page.set_footer("&C第 &P 页，共 &N 页")
    page.freeze_panes(3, 0)


HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
OPEN_XML, OFFICE = "http://schemas.openxmlformats.org/package/2006", "http://schemas.openxmlformats.org/officeDocument/2006"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPE = "application/vnd.openxmlformats"
TEXT_PARTS = {
    "[Content_Types].xml": (
        f'{HEAD}<Types xmlns="{OPEN_XML}/content-types"><Default Extension="rels" ContentType="{TYPE}-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{TYPE}-officedocument.wordprocessingml.document.main+xml"/>'
        f'<Override PartName="/word/styles.xml" ContentType="{TYPE}-officedocument.wordprocessingml.styles+xml"/>'
        f'<Override PartName="/word/footer1.xml" ContentType="{TYPE}-officedocument.wordprocessingml.footer+xml"/>'
        f'<Override PartName="/docProps/core.xml" ContentType="{TYPE}-package.core-properties+xml"/></Types>'),
    "_rels/.rels": (
        f'{HEAD}<Relationships xmlns="{OPEN_XML}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/relationships/officeDocument" Target="word/document.xml"/>'
        f'<Relationship Id="rId2" Type="{OPEN_XML}/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>'),
    "docProps/core.xml": (
        f'{HEAD}<cp:coreProperties xmlns:cp="{OPEN_XML}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:creator></dc:creator><dc:language>zh-CN</dc:language></cp:coreProperties>"),
    "word/_rels/document.xml.rels": (
        f'{HEAD}<Relationships xmlns="{OPEN_XML}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/relationships/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/relationships/footer" Target="footer1.xml"/></Relationships>'),
    "word/footer1.xml": (
        f'{HEAD}<w:ftr xmlns:w="{WORD}"><w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:rPr><w:sz w:val="18"/></w:rPr><w:t xml:space="preserve">第 </w:t></w:r>'
        '<w:fldSimple w:instr=" PAGE "><w:r><w:rPr><w:sz w:val="18"/></w:rPr><w:t>1</w:t></w:r></w:fldSimple>'
        '<w:r><w:rPr><w:sz w:val="18"/></w:rPr><w:t xml:space="preserve"> 页，共 </w:t></w:r>'
        '<w:fldSimple w:instr=" NUMPAGES "><w:r><w:rPr><w:sz w:val="18"/></w:rPr><w:t>1</w:t></w:r></w:fldSimple>'
        '<w:r><w:rPr><w:sz w:val="18"/></w:rPr><w:t xml:space="preserve"> 页</w:t></w:r></w:p></w:ftr>'),
    "word/styles.xml": (
        f'{HEAD}<w:styles xmlns:w="{WORD}"><w:docDefaults><w:rPrDefault><w:rPr>'
        '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="宋体"/><w:sz w:val="22"/>'
        '<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults></w:styles>'),
}
RULED = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV"))


def line(text: str, *, size: int = 22, bold: bool = False, align: str = "left", after: int = 120, keep: bool = False) -> str:
    """A paragraph; `size` in half points, `keep` on the page of the next."""
    together = "<w:keepNext/>" if keep else ""
    weight = "<w:b/>" if bold else ""
    return (f'<w:p><w:pPr>{together}<w:spacing w:after="{after}"/><w:jc w:val="{align}"/></w:pPr><w:r><w:rPr>{weight}<w:sz w:val="{size}"/></w:rPr>'
            f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>')


def table(widths: Sequence[int], rows: Sequence[Line], *, head: int = 0) -> str:
    """A ruled table; a cell may be (text, columns); the first `head` rows are repeated on each page. Widths in twentieths of a point."""
    made = ""
    for number, row in enumerate(rows):
        cells, at = "", 0
        for cell in row:
            text, span = cell if isinstance(cell, tuple) else (cell, 1)
            width = sum(widths[at:at + span])
            at += span
            cells += (f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:gridSpan w:val="{span}"/><w:vAlign w:val="center"/></w:tcPr>'
                      f"{line(text, size=20, bold=number < head, align='center' if span == 1 else 'left', after=0)}</w:tc>")
        repeat = "<w:tblHeader/>" if number < head else ""
        made += f'<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="480"/>{repeat}</w:trPr>{cells}</w:tr>'
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>{RULED}</w:tblBorders>'
            f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{made}</w:tbl>')


def document(folder: str, *blocks: str) -> None:
    """A document on upright A4."""
    body = "".join(blocks)
    text = ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
            '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
            f' xmlns:r="{OFFICE}/relationships"><w:body>' + body + '<w:sectPr><w:footerReference w:type="default" r:id="rId2"/>'
            '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1247" w:right="1134" w:bottom="1247" w:left="1134" w:header="720"'
            ' w:footer="720" w:gutter="0"/></w:sectPr></w:body></w:document>')
    with zipfile.ZipFile(HERE / folder / "layout.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (TEXT_PARTS | {"word/document.xml": text}).items():
            archive.writestr(zipfile.ZipInfo(name, DRAWN.timetuple()[:6]), part, zipfile.ZIP_DEFLATED)


NUMBER: Column = ("序号", "{{明细.序号}}", 5)


def zhongjiang() -> None:
    """中江: a slip with a receipt for the 机关工委, a card for services, everything by the quarter."""
    sheet("zhongjiang-list", "在职党员到社区报到一览表", [
        NUMBER, ("姓名", "{{明细.姓名}}", 9), ("性别", "{{明细.性别}}", 5), ("所在单位", "{{明细.所在单位}}", 20), ("所在党支部", "{{明细.所在党支部}}", 16),
        ("职务", "{{明细.职务}}", 10), ("联系电话", "{{明细.手机号}}", 13), ("报到社区", "{{明细.报到社区}}", 13), ("报到日期", "{{明细.报到日期}}", 11),
        ("报到单编号", "{{明细.报到证编号}}", 15), ("回执编号", "{{明细.回执编号}}", 15), ("回执日期", "{{明细.回执日期}}", 11), ("备注", "", 8)],
        {0: "合计", 1: "{{合计.行数}} 人"}, "注：回执由社区党组织填写，经党员所在单位汇总后送机关工委；每季度填报一次。")
    sheet("zhongjiang-register", "在职党员台账", [
        NUMBER, ("姓名", "{{明细.姓名}}", 9), ("性别", "{{明细.性别}}", 5), ("民族", "{{明细.民族}}", 7), ("入党时间", "{{明细.入党时间}}", 11),
        ("党员类别", "{{明细.党员类别}}", 9), ("工作单位", "{{明细.所在单位}}", 20), ("职务", "{{明细.职务}}", 10), ("联系电话", "{{明细.手机号}}", 13),
        ("居住社区", "{{明细.居住社区}}", 13), ("特长", "{{明细.特长}}", 12), ("服务意愿", "{{明细.服务意愿}}", 12), ("报到日期", "{{明细.报到日期}}", 11),
        ("本季度服务次数", "{{明细.期内服务次数}}", 8)],
        {0: "合计", 1: "{{合计.行数}} 人", 13: "{{合计.期内服务次数}}"}, "注：本台账由社区党组织和党员所在单位各存一份，按季度更新；号码已遮盖的以原始名册为准。")
    sheet("zhongjiang-year", "在职党员到社区报到服务年度统计表", [
        NUMBER, ("社区", "{{明细.名称}}", 18), ("所在乡镇（街道）", "{{明细.上级}}", 18), ("应报到人数", "{{明细.应报到人数}}", 9),
        ("已报到人数", "{{明细.已报到人数}}", 9), ("报到率（%）", "{{明细.报到率}}", 8), ("参加服务人数", "{{明细.期内参加服务人数}}", 9),
        ("第一季度服务次数", "{{明细.第1季度服务次数}}", 9), ("第二季度服务次数", "{{明细.第2季度服务次数}}", 9),
        ("第三季度服务次数", "{{明细.第3季度服务次数}}", 9),
        ("第四季度服务次数", "{{明细.第4季度服务次数}}", 9), ("全年服务次数", "{{明细.期内服务次数}}", 9), ("全年服务时长（小时）", "{{明细.期内服务时长}}", 10)],
        {0: "合计", 3: "{{合计.应报到人数}}", 4: "{{合计.已报到人数}}", 6: "{{合计.期内参加服务人数}}", 7: "{{合计.第1季度服务次数}}",
         8: "{{合计.第2季度服务次数}}", 9: "{{合计.第3季度服务次数}}", 10: "{{合计.第4季度服务次数}}", 11: "{{合计.期内服务次数}}",
         12: "{{合计.期内服务时长}}"}, "注：只统计经社区查验、服务对象评价后计入的服务；在几个社区服务的党员在各社区分别计人数。")
    _slip()
    _card()


def _slip() -> None:
    facts: list[Line] = [["姓名", "{{党员.姓名}}", "性别", "{{党员.性别}}"], ["入党时间", "{{党员.入党时间}}", "党员类别", "{{党员.党员类别}}"],
             ["工作单位", ("{{党员.所在单位}}", 3)], ["所在党支部", "{{党员.所在党支部}}", "职务", "{{党员.职务}}"],
             ["联系电话", "{{党员.手机号}}", "居住社区", "{{党员.居住社区}}"], ["特长", ("{{党员.特长}}", 3)], ["服务意愿", ("{{党员.服务意愿}}", 3)]]
    reported: list[Line] = [["序号", "报到社区", "报到依据", "报到日期", "状态"],
                ["{{明细.序号}}", "{{明细.报到社区}}", "{{明细.报到依据}}", "{{明细.报到日期}}", "{{明细.状态}}"]]
    document("zhongjiang-slip", line("在职党员到社区报到单（登记表）", size=36, bold=True, align="center", after=240),
             line("填报日期：{{填报日期}}", align="right"), table([1800, 2900, 1800, 2900], facts), line("", after=60),
             table([900, 3300, 1800, 1900, 1500], reported, head=1), line("", after=60),
             line("单位党组织意见：　　　　　　　　　　　　　　　　　　　　（盖章）　　　　年　　月　　日", after=300),
             line("— — — — — — — — — — — — — — — — 裁　剪　线 — — — — — — — — — — — — — — — —", size=18, align="center", after=240, keep=True),
             line("回　　执", size=30, bold=True, align="center", keep=True), line("机关工委：", keep=True),
             line("　　{{党员.所在单位}}党员{{党员.姓名}}同志已到我社区报到，特此回执。", after=300, keep=True),
             line("社区党组织（盖章）：　　　　　　　　经办人（签字）：　　　　　　　　　　年　　月　　日", align="right"))


def _card() -> None:
    facts: list[Line] = [["姓名", "{{党员.姓名}}", "工作单位", "{{党员.所在单位}}"], ["居住社区", "{{党员.居住社区}}", "联系电话", "{{党员.手机号}}"]]
    served: list[Line] = [["序号", "日期", "服务内容", "类别", "服务社区", "时长（小时）", "社区查验", "服务对象评价"],
              ["{{明细.序号}}", "{{明细.日期}}", "{{明细.服务内容}}", "{{明细.类别}}", "{{明细.服务社区}}", "{{明细.时长}}", "{{明细.社区查验日期}}",
               "{{明细.服务对象评价}}"],
              ["合计", ("{{合计.行数}} 次", 4), "{{合计.时长}}", ("", 2)]]
    document("zhongjiang-card", line("在职党员服务社区登记卡", size=36, bold=True, align="center", after=240),
             line("期间：{{期间}}　　　　　　填报日期：{{填报日期}}", align="right"), table([1500, 3200, 1500, 3400], facts), line("", after=60),
             table([700, 1300, 2400, 1100, 1300, 900, 1300, 900], served, head=1), line("", after=60),
             line("社区党组织季度反馈意见：", after=900, keep=True), line("负责人（签字）：　　　　　　　　　　（盖章）　　　　　年　　月　　日", align="right"),
             line("党员所在单位备案意见：", after=900, keep=True), line("负责人（签字）：　　　　　　　　　　（盖章）　　　　　年　　月　　日", align="right"))


def foshan() -> None:
    """佛山: everything by the half-year."""
    sheet("foshan-list", "在职党员到社区报到一览表", [
        NUMBER, ("姓名", "{{明细.姓名}}", 9), ("党员类别", "{{明细.党员类别}}", 9), ("所在单位", "{{明细.所在单位}}", 22), ("报到社区", "{{明细.报到社区}}", 15),
        ("所在镇（街道）", "{{明细.所在街道（乡镇）}}", 15), ("报到依据", "{{明细.报到依据}}", 8), ("报到方式", "{{明细.报到方式}}", 9),
        ("报到日期", "{{明细.报到日期}}", 11), ("社区确认日期", "{{明细.确认日期}}", 11), ("状态", "{{明细.状态}}", 8), ("备注", "", 10)],
        {0: "合计", 1: "{{合计.行数}} 人"}, "注：首次报到在6月30日前完成，此后每半年报到并参加服务一次。")
    sheet("foshan-slip", "在职党员到社区报到登记表", [
        NUMBER, ("姓名", "{{明细.姓名}}", 9), ("性别", "{{明细.性别}}", 5), ("工作单位及职务", "{{明细.所在单位}} {{明细.职务}}", 26),
        ("手机号码", "{{明细.手机号}}", 13), ("特长", "{{明细.特长}}", 13), ("服务意愿", "{{明细.服务意愿}}", 13), ("报到日期", "{{明细.报到日期}}", 11),
        ("报到证编号", "{{明细.报到证编号}}", 15), ("回执编号", "{{明细.回执编号}}", 15), ("党员签名", "", 10), ("经办人签名", "", 10)],
        {0: "合计", 1: "{{合计.行数}} 人"}, "注：本表放在社区党群服务中心报到点，由社区经办人填写，党员本人签名。")
    sheet("foshan-register", "在职党员台账", [
        NUMBER, ("姓名", "{{明细.姓名}}", 9), ("性别", "{{明细.性别}}", 5), ("公民身份号码", "{{明细.公民身份号码}}", 20), ("手机号码", "{{明细.手机号}}", 13),
        ("党员类别", "{{明细.党员类别}}", 9), ("所在单位", "{{明细.所在单位}}", 20), ("单位类别", "{{明细.单位类别}}", 10), ("居住社区", "{{明细.居住社区}}", 13),
        ("特长", "{{明细.特长}}", 12), ("是否报到", "{{明细.是否报到}}", 8), ("报到日期", "{{明细.报到日期}}", 11),
        ("本半年服务次数", "{{明细.期内服务次数}}", 8), ("本半年服务时长（小时）", "{{明细.期内服务时长}}", 11)],
        {0: "合计", 1: "{{合计.行数}} 人", 12: "{{合计.期内服务次数}}", 13: "{{合计.期内服务时长}}"},
        "注：每半年核对一次；号码已遮盖的以原始名册为准。")
    sheet("foshan-year", "在职党员到社区报到服务年度统计表", [
        NUMBER, ("单位", "{{明细.名称}}", 28), ("单位类别", "{{明细.类别}}", 14),
        ("应报到人数", "{{明细.应报到人数}}", 10), ("已报到人数", "{{明细.已报到人数}}", 10),
        ("报到率（%）", "{{明细.报到率}}", 9), ("上半年服务次数", "{{明细.上半年服务次数}}", 10), ("下半年服务次数", "{{明细.下半年服务次数}}", 10),
        ("全年服务次数", "{{明细.期内服务次数}}", 10), ("参加服务人数", "{{明细.期内参加服务人数}}", 10),
        ("服务两次以上人数", "{{明细.期内服务两次以上人数}}", 10), ("服务时长（小时）", "{{明细.期内服务时长}}", 10)],
        {0: "合计", 3: "{{合计.应报到人数}}", 4: "{{合计.已报到人数}}", 6: "{{合计.上半年服务次数}}", 7: "{{合计.下半年服务次数}}",
         8: "{{合计.期内服务次数}}", 9: "{{合计.期内参加服务人数}}", 10: "{{合计.期内服务两次以上人数}}", 11: "{{合计.期内服务时长}}"},
        "注：只统计经社区查验、服务对象评价后计入的服务。服务情况供民主评议参考，本表不作评定。")


if __name__ == "__main__":
    zhongjiang()
    foshan()
