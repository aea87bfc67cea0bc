"""Shows just enough of a personal value to recognise it (security promise 20)."""
from __future__ import annotations

import re
from typing import Literal

NameStyle = Literal["stars", "title", "full"]

HAN = r"[\u3400-\u9fff\U00020000-\U0003ffff]"
PLACE = re.compile(
    rf"(?:{HAN}{{2,8}}?(?:省|自治区))?"
    rf"(?:{HAN}{{1,9}}?(?:市|州|盟|地区))?"
    rf"(?:{HAN}{{1,9}}?(?:(?<![小社])区|县|旗|市))?"
    rf"(?:{HAN}{{1,9}}?(?:街道办事处|街道|镇|乡|苏木))?"
    rf"(?:(?:(?![路巷弄道街]){HAN}){{1,9}}?(?:社区|村(?!小区|\d+[栋幢座])))?",
)
TITLES = {"male": "先生", "female": "女士"}


def mask_id_number(number: str | None) -> str:
    """First 3 and last 4 characters: 420***********1772."""
    return _middle(number, 3, 4)


def mask_phone(phone: str | None) -> str:
    """First 3 and last 4 digits: 138****5678."""
    return _middle(phone, 3, 4)


def mask_address(address: str | None) -> str:
    """The address down to its community or street or town, without road and house: 武汉市青山区红卫路街道***."""
    if not address:
        return ""
    found = PLACE.match(address)
    return (found.group() if found else "") + "***"


def mask_name(name: str | None, *, style: NameStyle = "stars", sex: str | None = None, surname: str | None = None) -> str:
    """王**, 王先生, or the whole name, as the tenant has chosen. `surname` is given for compound ones (欧阳)."""
    if not name or style == "full":
        return name or ""
    if "\N{MIDDLE DOT}" in name:
        first, _dot, rest = name.partition("\N{MIDDLE DOT}")
        return f"{first}\N{MIDDLE DOT}{'*' * len(rest)}"
    head = surname or name[0]
    if style == "title":
        return head + TITLES.get(sex or "", "同志")
    return head + "*" * max(1, len(name) - len(head))


def _middle(value: str | None, head: int, tail: int) -> str:
    if not value:
        return ""
    hidden = len(value) - head - tail
    return value[:head] + "*" * hidden + value[-tail:] if hidden >= head else "*" * len(value)
