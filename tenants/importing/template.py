"""Makes the empty roster that offices download: our header, drop-down lists, and a sheet of notes."""
from __future__ import annotations

import datetime as dt
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from tenants.importing.fields import MEMBER_FIELDS, UNIT_FIELDS, Field

MEMBER_SHEET, UNIT_SHEET, NOTES_SHEET = "在职党员花名册", "单位名册", "填写说明"
LISTED_ROWS = 5_000
UNIT_TYPES = ["机关", "国有企业", "高等院校", "其他事业单位", "非公企业", "社会组织"]
LISTS = {"性别": ["男", "女"], "党员类别": ["正式党员", "预备党员"], "单位类别": UNIT_TYPES, "隶属": ["市直", "区直", "省直", "行业"]}
LEFT_OUT = ("出生日期", "工作地社区")  # understood, but nothing that the other columns do not say (no burden, R5)
_SONG = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
_HEAD = {"bold": True, "border": 1, "align": "center"}
_MANY_COLUMNS = 14
NOTES = (
    "标为红色的列必须填写，其余可以空着；空着的格子不会清除系统中已有的内容。",
    "公民身份号码、手机号、社区代码、统一社会信用代码请按文本填写（本模板的这些列已设为文本格式）。",
    "同一个人按公民身份号码识别：再次导入只更新有变化的内容，不会重复。",
    "所在单位须与“单位名册”中的单位名称，或系统中已有的单位名称完全一致。",
    "居住社区代码为 12 位统计用区划代码；不知道代码时填写居住社区名称，重名时系统会列出备选。",
    "入党时间可写成日期，或 2010-07-01、2010年7月 的样式。",
    "特长和服务意愿可填多项，用顿号分隔。",
    "单位名册的上级党组织：区直单位请写明区县名称，如“中共江汉区委直属机关工作委员会”。",
)


def write_template(target: Path) -> None:
    """Write the workbook; the same file each time."""
    book = xlsxwriter.Workbook(str(target), {"default_date_format": "yyyy-mm-dd"})
    book.set_properties({"title": MEMBER_SHEET, "created": dt.datetime(2026, 1, 1)})  # noqa: DTZ001 - a workbook knows no time zones
    formats = {"text": book.add_format({**_SONG, "num_format": "@"}), "date": book.add_format({**_SONG, "num_format": "yyyy-mm-dd"}),
               "head": book.add_format({**_SONG, **_HEAD, "bg_color": "#F2F2F2"}),
               "needed": book.add_format({**_SONG, **_HEAD, "bg_color": "#F9DCDC", "font_color": "#9D1C1C"})}
    for title, known in ((MEMBER_SHEET, MEMBER_FIELDS), (UNIT_SHEET, UNIT_FIELDS)):
        _head(book.add_worksheet(title), [f for f in known if f.title not in LEFT_OUT], formats)
    notes = book.add_worksheet(NOTES_SHEET)
    notes.set_column(0, 0, 90, book.add_format({**_SONG, "text_wrap": True}))
    _paper(notes, 1)
    for row, line in enumerate(NOTES):
        notes.write_string(row, 0, f"{row + 1}. {line}")
    book.close()


def _paper(sheet: Worksheet, across: int) -> None:
    """Landscape A4 with lines, its head on each page; a wide one over two pages, so that it can be filled in by hand."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(across, 0)
    sheet.hide_gridlines(0)  # which means: print them
    sheet.set_footer('&C&"宋体,常规"&9 第 &P 页，共 &N 页')


def _head(sheet: Worksheet, known: list[Field], formats: dict) -> None:
    for place, one in enumerate(known):
        needed = one.required or one.key == "residence_code"
        sheet.set_column(place, place, max(12, 2 * len(one.title) + 4), formats["date" if one.key == "joined" else "text"])
        sheet.write_string(0, place, one.title, formats["needed" if needed else "head"])
        if one.title in LISTS:
            sheet.data_validation(1, place, LISTED_ROWS, place, {"validate": "list", "source": LISTS[one.title], "error_title": one.title,
                                                                "error_message": "请从列表中选择。"})
    sheet.freeze_panes(1, 2)
    _paper(sheet, 1 if len(known) < _MANY_COLUMNS else 2)
    sheet.repeat_rows(0)
    sheet.repeat_columns(0, 1)
