"""Which columns a roster may have, by what names offices call them, and how a sheet is recognised by its header."""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.documents.cells import Cell

NOISE = re.compile(r"[\s*＊:：]|（[^）]*）|\([^)]*\)")
HEADER_ROWS = 20


@dataclass(frozen=True, slots=True)
class Field:
    """A column that the import understands."""

    key: str
    title: str
    synonyms: tuple[str, ...] = ()
    required: bool = False


MEMBER_FIELDS = (
    Field("serial", "序号", ("编号", "No.")),
    Field("name", "姓名", ("党员姓名", "名字"), required=True),
    Field("sex", "性别"),
    Field("ethnicity", "民族", ("族别",)),
    Field("id_number", "公民身份号码", ("身份证号", "身份证号码", "公民身份证号码", "证件号码", "身份号码", "身份证"), required=True),
    Field("birth_date", "出生日期", ("出生年月", "出生年月日", "生日")),
    Field("phone", "手机号", ("手机", "手机号码", "联系电话", "移动电话", "电话", "联系方式")),
    Field("joined", "入党时间", ("入党日期", "入党年月")),
    Field("category", "党员类别", ("党员类型", "人员类别")),
    Field("unit", "所在单位", ("单位", "工作单位", "单位名称", "所属单位"), required=True),
    Field("unit_type", "单位类别", ("单位性质", "单位类型")),
    Field("branch", "所在党支部", ("党支部", "所在支部", "所属党支部")),
    Field("position", "职务", ("职务职级", "现任职务", "岗位")),
    Field("skills", "特长", ("职业特长", "个人特长", "专长")),
    Field("preferences", "服务意愿", ("意愿", "服务意向")),
    Field("address", "居住地址", ("家庭住址", "住址", "现居住地址", "家庭地址")),
    Field("residence_name", "居住社区", ("居住地社区", "所在社区", "居住社区名称")),
    Field("residence_code", "居住社区代码", ("居住地社区代码", "社区代码")),
    Field("workplace_name", "工作地社区", ("单位所在社区", "工作社区", "工作地社区名称")),
    Field("workplace_code", "工作地社区代码", ("工作社区代码", "单位所在社区代码")),
)
UNIT_FIELDS = (
    Field("serial", "序号", ("编号",)),
    Field("name", "单位名称", ("单位", "单位全称"), required=True),
    Field("credit_code", "统一社会信用代码", ("信用代码", "社会信用代码", "统一信用代码")),
    Field("unit_type", "单位类别", ("单位性质", "单位类型"), required=True),
    Field("subordination", "隶属", ("隶属关系",), required=True),
    Field("parent", "上级党组织", ("上级党委", "隶属党组织"), required=True),
    Field("contact", "联络员", ("联系人", "单位联络员")),
    Field("contact_phone", "联络电话", ("联系电话", "联络员电话", "手机号")),
)
RESIDENCE = ("residence_code", "residence_name")
FIELDS = {"members": MEMBER_FIELDS, "units": UNIT_FIELDS}


@dataclass(frozen=True, slots=True)
class Mapping:
    """What one sheet was taken for. `columns` maps a field's key to the column's place; `header` is the header's line, from 1.

    `missing` names the required columns that are not there; `titles` are the header's cells as they stand.
    """

    sheet: str
    kind: str
    header: int
    titles: tuple[str, ...]
    columns: dict[str, int]
    missing: tuple[str, ...]

    def title(self, key: str) -> str:
        """The title by which the file itself calls a field, else ours."""
        if key in self.columns:
            return self.titles[self.columns[key]]
        return next(f.title for f in FIELDS[self.kind] if f.key == key)

    def ignored(self) -> list[str]:
        """Titles of columns that nobody will read."""
        used = set(self.columns.values())
        return [title for place, title in enumerate(self.titles) if title and place not in used]


def recognise(sheet: str, head: Sequence[Sequence[Cell]]) -> Mapping | None:
    """What the sheet is, judged by its first lines: the line with the most known titles is the header. None: nothing of ours."""
    found = [mapping for number, row in enumerate(head[:HEADER_ROWS], 1) for kind in FIELDS
             if (mapping := _mapping(sheet, kind, number, row)) is not None]
    return max(found, key=lambda m: (len(m.columns) - len(m.missing), -m.header), default=None)


def _mapping(sheet: str, kind: str, number: int, row: Sequence[Cell]) -> Mapping | None:
    titles = tuple("" if cell is None else str(cell).strip() for cell in row)
    columns: dict[str, int] = {}
    by_name = {name: f.key for f in FIELDS[kind] for name in (f.title, *f.synonyms)}
    for exact in (True, False):  # our own titles first, so that a synonym never takes a column's place
        for place, title in enumerate(titles):
            plain = NOISE.sub("", title)
            key = by_name.get(plain)
            if key and key not in columns and place not in columns.values() and exact == (plain in {f.title for f in FIELDS[kind]}):
                columns[key] = place
    telling = {"members": {"id_number", "residence_code", "joined", "phone", "branch"},
               "units": {"credit_code", "subordination", "parent"}}[kind]
    if len(columns.keys() - {"serial"}) < 2 or not telling & columns.keys():
        return None
    missing = [f.title for f in FIELDS[kind] if f.required and f.key not in columns]
    if kind == "members" and not columns.keys() & set(RESIDENCE):
        missing.append("居住社区代码")
    return Mapping(sheet, kind, number, titles, columns, tuple(missing))
