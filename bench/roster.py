"""Writes a large synthetic roster with the columns in which cities hand theirs over; every person is invented."""
from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

COLUMNS = ("序号", "姓名", "性别", "民族", "公民身份号码", "手机号", "入党时间", "党员类别", "所在单位", "单位类别", "所在党支部", "职务", "特长",
           "服务意愿", "居住地址", "居住社区", "居住社区代码", "工作地社区代码")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金"
GIVEN = "国建军志明平华强勇刚伟斌波涛辉林海东生云新春文武德正光荣庆忠浩宇俊杰鹏飞凯博睿轩晨阳子涵天翔嘉铭泽思远丽芳英秀兰梅红霞玲燕萍娟敏静"
SKILLS = ("政策宣讲", "法律咨询", "医疗保健", "心理疏导", "文艺演出", "水电维修", "计算机", "教育辅导", "矛盾调解", "急救", "园艺")
WISHES = ("文明劝导", "环境整治", "治安巡逻", "扶老助残", "课后辅导", "法律援助", "应急值守", "垃圾分类引导", "防汛抗旱")
ROADS = ("解放路", "中山路", "建设大道", "人民路", "沿江大道", "文化路")
POSITIONS = ("一级科员", "四级主任科员", "副科长", "科长", "工程师", "职员", "讲师")
FIRST_DAY, DAYS = dt.date(1966, 1, 1), 12_000  # births of 1966 to 1998: all grown up, all at work


def write_roster(path: Path, count: int, communities: Sequence[tuple[str, str]], units: Sequence[str]) -> None:
    """Write `count` lines; `communities` are (code, name). The same arguments give the same cells."""
    r = random.Random(count)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    page = book.add_worksheet("在职党员花名册")
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    page.write_row(0, 0, COLUMNS)
    for number in range(1, count + 1):
        for place, cell in enumerate(_line(r, number, communities, units)):
            if isinstance(cell, dt.date):
                page.write_datetime(number, place, cell, date)
            else:
                page.write(number, place, cell)
    book.close()


def id_number(r: random.Random, number: int, day: dt.date) -> str:
    """A valid ID number (GB 11643) that no other line has: lines of one birthday differ in the order within the day."""
    first = f"4201{r.randrange(2, 8):02}{day:%Y%m%d}{number // DAYS % 100:02}{number % 10}"
    return first + "10X98765432"[int(first, 13) * 2 % 11]


def _line(r: random.Random, number: int, communities: Sequence[tuple[str, str]], units: Sequence[str]) -> tuple[object, ...]:
    birth = FIRST_DAY + dt.timedelta(days=number * 7919 % DAYS)
    home, work, unit = r.choice(communities), r.choice(communities), r.choice(units)
    name = r.choice(SURNAMES) + r.choice(GIVEN) + (r.choice(GIVEN) if r.random() < 0.8 else "")
    sex = "男" if number % 2 else "女"
    joined = birth + dt.timedelta(days=19 * 366 + r.randrange(3000))
    address = f"武汉市江岸区{r.choice(ROADS)}{r.randrange(1, 400)}号{r.randrange(1, 30)}栋{r.randrange(1, 5)}单元{r.randrange(101, 1800)}室"
    return (number, name, sex, "汉族", id_number(r, number, birth), f"13{number:09}", joined, "正式党员", unit, "机关",
            f"{unit}第{r.randrange(1, 4)}党支部", r.choice(POSITIONS), "、".join(r.sample(SKILLS, r.randrange(3))),
            "、".join(r.sample(WISHES, r.randrange(3))), address, home[1], home[0], work[0])
