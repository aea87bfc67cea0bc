"""marshmallow's English messages in our words, replaced in one place for forms and API alike.

The messages are matched as they are raised, so nothing global in marshmallow is changed and a message that a schema
words itself passes through untouched.
"""
from __future__ import annotations

import re
from collections.abc import Mapping

from core.i18n import LazyString, _l

_EXACT: Mapping[str, LazyString] = {
    "Missing data for required field.": _l("请填写这一项。"),
    "Field may not be null.": _l("请填写这一项。"),
    "Invalid value.": _l("内容不正确，请检查。"),
    "Invalid input.": _l("内容不正确，请检查。"),
    "Invalid input type.": _l("内容的格式不正确。"),
    "Invalid type.": _l("内容的格式不正确。"),
    "Not a valid string.": _l("请填写文字。"),
    "Not a valid utf-8 string.": _l("含有不能识别的字符，请重新输入。"),
    "Not a valid UUID.": _l("编号的格式不正确。"),
    "Not a valid number.": _l("请填写数字。"),
    "Number too large.": _l("数字太大，请检查。"),
    "Special numeric values (nan or infinity) are not permitted.": _l("请填写数字。"),
    "Not a valid integer.": _l("请填写整数。"),
    "Not a valid boolean.": _l("请选择“是”或“否”。"),
    "Not a valid datetime.": _l("请填写日期和时间，例如 2026-11-24 09:30。"),
    "Not a valid date.": _l("请填写日期，例如 2026-11-24。"),
    "Not a valid time.": _l("请填写时间，例如 09:30。"),
    "Not a valid URL.": _l("网址的格式不正确。"),
    "Not a valid email address.": _l("电子邮箱的格式不正确。"),
    "Not a valid list.": _l("请至少选择一项。"),
    "String does not match expected pattern.": _l("格式不正确，请检查。"),
    "Unknown field.": _l("不认识的内容，请刷新页面后重新填写。"),
}

_PATTERNS: tuple[tuple[re.Pattern[str], LazyString], ...] = tuple(
    (re.compile(pattern), message)
    for pattern, message in (
        (r"Shorter than minimum length (?P<min>\d+)\.", _l("至少需要 %(min)s 个字（项）。")),
        (r"Longer than maximum length (?P<max>\d+)\.", _l("最多 %(max)s 个字（项），请缩短。")),
        (r"Length must be between (?P<min>\d+) and (?P<max>\d+)\.", _l("需要 %(min)s 到 %(max)s 个字（项）。")),
        (r"Length must be (?P<equal>\d+)\.", _l("需要正好 %(equal)s 个字（项）。")),
        (
            r"Must be greater than or equal to (?P<min>\S+) and less than or equal to (?P<max>\S+)\.",
            _l("请填写 %(min)s 到 %(max)s 之间的值。"),
        ),
        (r"Must be greater than or equal to (?P<min>\S+)\.", _l("不能小于 %(min)s。")),
        (r"Must be greater than (?P<min>\S+)\.", _l("必须大于 %(min)s。")),
        (r"Must be less than or equal to (?P<max>\S+)\.", _l("不能大于 %(max)s。")),
        (r"Must be less than (?P<max>\S+)\.", _l("必须小于 %(max)s。")),
        (r"Must be greater than (or equal to )?(?P<min>\S+) and less than (or equal to )?(?P<max>\S+)\.",
         _l("请填写 %(min)s 到 %(max)s 之间的值。")),
        (r"Must be one of: .*\.", _l("请从给出的选项中选择。")),
        (r"One or more of the choices you made was not in: .*\.", _l("请从给出的选项中选择。")),
        (r"Must be equal to (?P<other>.*)\.", _l("必须是 %(other)s。")),
    )
)


def translated(message: str | LazyString) -> str:
    """The message in the reader's language; one of the schema's own is returned as it is."""
    text = str(message)
    if known := _EXACT.get(text):
        return str(known)
    for pattern, ours in _PATTERNS:
        if found := pattern.fullmatch(text):
            said = str(ours)
            return said % found.groupdict() if found.groupdict() else said
    return text
