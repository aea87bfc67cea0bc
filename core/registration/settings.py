"""What a tenant sets about reporting in: to one community or both, by which day, and how a month is counted (三.2)."""
from __future__ import annotations

import datetime as dt
from functools import lru_cache

from dateutil.relativedelta import relativedelta
from marshmallow import Schema, fields, validate

from core.extension.settings import effective
from core.extension.settings_registry import register_settings
from core.i18n import _l

REASONS = ("出差或外派", "生病或休养", "借调或挂职", "居住地、工作地核实中", "单位未及时通知", "其他")


class RegistrationSettings(Schema):
    """The clock of report-ins and the doors by which a member may report in."""

    report_to = fields.String(load_default="one", validate=validate.OneOf(("one", "both")), metadata={
        "title": _l("向哪里报到"), "choices": {"one": _l("居住地或工作地社区，任选一处"), "both": _l("居住地和工作地社区都要报到")}})
    initial_due = fields.Date(load_default=None, allow_none=True, metadata={
        "title": _l("首次报到截止日期"), "help": _l("不填则从导入名册之日起按下面的月数计算"),
        "follows": _l("已经开始的首次报到时限不会自己变；要一并改，请再到“报到时限”里调整截止日期。")})
    months = fields.Integer(load_default=1, validate=validate.Range(1, 12), metadata={
        "title": _l("新党员、搬家或换工作地后几个月内报到"), "help": _l("文件规定为 1 个月"), "unit": _l("个月"),
        "follows": _l("只用于今后开始的报到时限，已有的不变。")})
    month_rule = fields.String(load_default="calendar", validate=validate.OneOf(("calendar", "thirty_days")), metadata={
        "title": _l("“一个月”怎样计算"), "choices": {"calendar": _l("按日历月（1 月 31 日起算到 2 月末）"), "thirty_days": _l("按 30 天")},
        "follows": _l("只用于今后开始的报到时限，已有的不变。")})
    phone = fields.Boolean(load_default=True, metadata={
        "title": _l("党员可以用手机报到"), "help": _l("关闭后只能到社区现场报到；社区的确认两种方式都需要")})
    reasons = fields.List(fields.String(validate=validate.Length(1, 30)), load_default=lambda: list(REASONS),
                          validate=validate.Length(1, 30), metadata={"title": _l("未及时报到的原因选项"), "help": _l("每行一项")})


register_settings("registration", RegistrationSettings, _l("报到"))


def due_after(day: dt.date, settings: dict | None = None) -> dt.date:
    """The last day to report in for something that happened on `day` (R3, 三.2).

    By the calendar a month runs to the same day of the next one, or to its end where that day is missing; by the other
    rule it is 30 days. Days are Asia/Shanghai's.
    """
    values = effective("registration") if settings is None else settings
    if values["month_rule"] == "thirty_days":
        return day + dt.timedelta(days=30 * values["months"])
    return _months_later(day, values["months"])


@lru_cache(maxsize=1_000)
def _months_later(day: dt.date, months: int) -> dt.date:
    return day + relativedelta(months=months)
