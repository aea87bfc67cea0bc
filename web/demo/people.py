"""Invented people for the demonstration, as a roster workbook in the form in which a city hands it over."""
from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import xlsxwriter

MEMBER_COLUMNS = ("姓名", "性别", "民族", "公民身份号码", "手机号", "入党时间", "党员类别", "所在单位", "所在党支部", "职务", "特长",
                  "服务意愿", "居住地址", "居住社区代码", "工作地社区代码")
UNIT_COLUMNS = ("单位名称", "单位类别", "隶属", "上级党组织", "联络员", "联络电话")
MEMBER_SHEET, UNIT_SHEET = "在职党员花名册", "单位名册"

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭肖蔡潘田董袁余叶蒋杜苏魏程吕丁沈任姚卢姜钟谭汪石夏方熊秦"
LOCAL_SURNAMES = "田向覃谭冉彭黄杨张李刘陈罗周吴邓滕"
GIVEN = {"男": "国建军志明平华强勇刚伟斌波涛辉林海东生云新文武德正光荣良兵学金汉俊杰鹏飞凯博轩晨阳天翔嘉铭泽思远超磊洋",
         "女": "丽芳英秀兰梅红霞玲燕萍娟敏静桂珍琴玉凤莲春华艳云惠爱婷雪欣怡雨佳琪梦思颖诗涵晓倩文璐瑶丹悦慧莹"}
SKILLS = ("政策宣讲", "法律咨询", "医疗保健", "心理疏导", "文艺演出", "书法绘画", "摄影摄像", "水电维修", "家电维修", "计算机", "外语",
          "写作", "教育辅导", "财会税务", "矛盾调解", "急救", "驾驶", "园艺", "理发", "手语")
WISHES = ("政策宣讲", "文明劝导", "环境整治", "治安巡逻", "矛盾调解", "扶老助残", "课后辅导", "法律援助", "健康义诊", "应急值守",
          "文体活动", "微心愿认领", "防汛抗旱")
ESTATES = ("阳光花园", "锦绣家园", "翠园小区", "东方雅苑", "金色港湾", "紫荆花园", "福星城", "桂花苑", "机关宿舍", "梧桐里小区")
POSITIONS = ("科员", "副科长", "科长", "一级主任科员", "工程师", "会计", "职工", "教师", "部门主管", "技术员")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Unit:
    """A line of the sheet of units; `community` is the code of the community where it works, `size` how many members it has."""

    name: str
    unit_type: str
    subordination: str
    parent: str
    community: str
    size: int


@dataclass(frozen=True, slots=True)
class Person:
    """A line of the roster."""

    name: str
    sex: str
    id_number: str
    unit: str
    residence: str
    workplace: str
    cells: tuple[object, ...]


def people(units: Sequence[Unit], homes: Sequence[tuple[str, int]], *, seed: int, until: dt.date, area: str, local: bool = False,
           first: int = 1) -> list[Person]:
    """As many people as the units have members, the same for the same arguments. `homes` are codes of communities with weights.

    `until` is the last day on which somebody may have joined the Party; `area` the code of their ID numbers; `local` takes the
    surnames of the Tujia country. `first` numbers them, so that no two rosters hold the same ID or phone number.
    """
    rng = random.Random(seed)  # noqa: S311 - a story, not a secret
    names = _names(rng, LOCAL_SURNAMES if local else SURNAMES)
    made: list[Person] = []
    for unit in units:
        for _member in range(unit.size):
            sex, name = next(names)
            made.append(_person(rng, unit, name, sex, first + len(made), until, area,
                                rng.choices([code for code, _w in homes], [w for _code, w in homes])[0], local=local))
    return made


def workbook(persons: Iterable[Person], units: Iterable[Unit]) -> bytes:
    """The roster as an xlsx file."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    _sheet(book, MEMBER_SHEET, MEMBER_COLUMNS, [p.cells for p in persons])
    _sheet(book, UNIT_SHEET, UNIT_COLUMNS, [(u.name, u.unit_type, u.subordination, u.parent, f"{SURNAMES[n]}敏", f"027-8500{n:04}")
                                            for n, u in enumerate(units)])
    book.close()
    return out.getvalue()


def _sheet(book: xlsxwriter.Workbook, title: str, columns: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    sheet = book.add_worksheet(title)
    for row, cells in enumerate((columns, *lines)):
        for column, cell in enumerate(cells):
            if isinstance(cell, dt.date):
                sheet.write_datetime(row, column, dt.datetime(cell.year, cell.month, cell.day))  # noqa: DTZ001 - a cell knows no zone
            else:
                sheet.write_string(row, column, str(cell))


def _names(rng: random.Random, surnames: str) -> Iterator[tuple[str, str]]:
    seen = set()
    while True:
        sex = rng.choice(("男", "男", "女"))
        name = rng.choice(surnames) + "".join(rng.sample(GIVEN[sex], rng.choice((1, 2, 2))))
        if name not in seen:
            seen.add(name)
            yield sex, name


def _person(rng: random.Random, unit: Unit, name: str, sex: str, number: int, until: dt.date, area: str, home: str, *,
            local: bool) -> Person:
    born = until - dt.timedelta(days=26 * 366 + number * 7919 % 11_600)  # a day of one's own: no two ID numbers are alike
    joined = min(until - dt.timedelta(days=rng.randint(1, 400)), born + dt.timedelta(days=rng.randint(20 * 366, 34 * 365)))
    category = "预备党员" if (until - joined).days < 365 else "正式党员"
    id_number = _id_number(f"{area}{born:%Y%m%d}{900 + number % 50 * 2 + (sex == '男'):03}")
    address = f"{rng.choice(ESTATES)}{rng.randint(1, 28)}栋{rng.randint(1, 4)}单元{rng.randint(1, 30)}0{rng.randint(1, 4)}室"
    cells = (name, sex, rng.choice(("土家族", "苗族", "汉族")) if local else "汉族", id_number, f"1990000{number:04}", joined, category,
             unit.name, f"{unit.name}第{rng.choice('一二三')}党支部", rng.choice(POSITIONS),
             "、".join(rng.sample(SKILLS, rng.randint(0, 3))), "、".join(rng.sample(WISHES, rng.randint(1, 3))), address,
             home, unit.community)
    return Person(name, sex, id_number, unit.name, home, unit.community, cells)


def _id_number(body: str) -> str:
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]
