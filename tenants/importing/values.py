"""Reads single cells as offices fill them in: dates in many spellings, lists with many separators, words with variants."""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from core.documents.cells import Cell

SEXES = {"男": "male", "女": "female", "男性": "male", "女性": "female"}
CATEGORIES = {"正式党员": "full", "正式": "full", "预备党员": "probationary", "预备": "probationary", "中共党员": "full",
              "中共预备党员": "probationary"}
UNIT_TYPES = {"机关": "government", "党政机关": "government", "国有企业": "soe", "高等院校": "university", "高校": "university",
              "其他事业单位": "institution", "事业单位": "institution", "非公企业": "enterprise", "非公有制企业": "enterprise",
              "非公有制经济组织": "enterprise", "社会组织": "social", "其他": "other"}
SUBORDINATIONS = {"市直": "city", "州直": "city", "区直": "county", "县直": "county", "县市直": "county", "县（市）直": "county",
                  "省直": "province", "行业": "industry", "系统": "industry"}
SEPARATORS = re.compile(r"[、，,；;/|\s]+")
DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})\s*日?|\s*月)?(?:[T ].*)?")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?")
EPOCH = dt.date(1899, 12, 30)  # day 0 of Excel's calendar, as it counts from March 1900 on
SERIALS = range(1, 80_000)

T = TypeVar("T")


class Bad:
    """The answer for a cell that cannot be read."""


BAD = Bad()


def text(cell: Cell) -> str:
    """A cell as text; a whole number without its decimals."""
    if cell is None:
        return ""
    if type(cell) is str:
        return cell.strip()
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def date(cell: Cell) -> dt.date | Bad | None:
    """A day from a date cell, Excel's serial number, or text such as 2010-7-7, 2010年7月, 201007; a month means its first day."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, (int, float)) and int(cell) in SERIALS:
        return EPOCH + dt.timedelta(days=int(cell))
    written = str(cell).strip()
    found = DATE.fullmatch(written) or COMPACT.fullmatch(written)
    if found is None:
        return BAD
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        return BAD


def words(cell: Cell) -> list[str]:
    """The parts of a list such as 教育辅导、手语; none twice."""
    return list(dict.fromkeys(filter(None, SEPARATORS.split(text(cell)))))


def each(function: Callable[[Cell], T], cells: Iterable[Cell]) -> list[T]:
    """`function` of each cell, computed once for equal cells: most columns repeat themselves."""
    known: dict[Cell, T] = {}
    answers = []
    for cell in cells:
        answer = known.get(cell)
        if answer is None:
            answer = known[cell] = function(cell)
        answers.append(answer)
    return answers
