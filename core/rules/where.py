"""A rule's filter over records as data: what a form and a file can say, checked by a schema and run by PostgreSQL."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import ColumnElement, FromClause, and_, extract, select, true

from core.i18n import _l
from core.organizations.models import Organization
from core.service.claims.models import RECIPIENT_KINDS
from core.service.models import HOURS_SOURCES, PRIORITY_GROUPS, RATINGS
from core.tenancy.scope import tenant_id

RATING_TITLES = dict(zip(RATINGS, (_l("满意"), _l("基本满意"), _l("不满意")), strict=True))
SOURCE_TITLES = dict(zip(HOURS_SOURCES, (_l("党员填报"), _l("系统记录"), _l("社区核定")), strict=True))
RECIPIENT_TITLES = dict(zip(RECIPIENT_KINDS, (_l("个人"), _l("家庭"), _l("公共区域")), strict=True))
GROUP_TITLES = dict(zip(PRIORITY_GROUPS, (_l("生活困难党员群众"), _l("空巢老人"), _l("残障人士"), _l("留守儿童"), _l("下岗工人"),
                                          _l("外来务工人员及随迁子女")), strict=True))
WEEKDAYS = {str(n): name for n, name in enumerate((_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日")), 1)}
MONTHS = {str(n): name for n, name in enumerate((_l("1 月"), _l("2 月"), _l("3 月"), _l("4 月"), _l("5 月"), _l("6 月"), _l("7 月"), _l("8 月"),
                                                 _l("9 月"), _l("10 月"), _l("11 月"), _l("12 月")), 1)}
_YES_NO = {"": _l("不限"), "yes": _l("是"), "no": _l("否")}


def _any_of(title: Any, choices: Mapping[str, Any]) -> fields.List:
    return fields.List(fields.String(validate=validate.OneOf(list(choices))), load_default=list, metadata={
        "title": title, "choices": choices, "help": _l("都不选表示不限")})


def _either(title: Any, text: Any = "") -> fields.String:
    return fields.String(load_default="", validate=validate.OneOf(list(_YES_NO)), metadata={"title": title, "choices": _YES_NO, "help": text})


class WhereSchema(Schema):
    """Which records a rule means; what is left out does not narrow, and all that is given must hold."""

    kind = fields.List(fields.String(validate=validate.Length(1, 20)), load_default=list, metadata={
        "title": _l("服务类别"), "help": _l("每行一类，与“服务纪实”设置中的类别相同；不填表示不限")})
    evaluation = _any_of(_l("服务评价"), RATING_TITLES)
    hours_source = _any_of(_l("时长来源"), SOURCE_TITLES)
    recipient_kind = _any_of(_l("为谁服务"), RECIPIENT_TITLES)
    recipient_group = _any_of(_l("重点群体"), GROUP_TITLES)
    collective = _either(_l("集体活动"))
    outside_hours = _either(_l("工作时间以外"), _l("休息日，或上班时间以外开始的服务"))
    elsewhere = _either(_l("在自己社区以外"), _l("不在居住地、工作地社区的服务"))
    within = fields.List(fields.String(validate=validate.Length(1, 30)), load_default=list, metadata={
        "title": _l("限定地区"), "help": _l("每行一个区划代码，如 420103；不填表示不限")})
    months = _any_of(_l("月份"), MONTHS)
    weekdays = _any_of(_l("星期"), WEEKDAYS)
    since = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("从哪一天起"), "help": _l("可不填")})
    until = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("到哪一天止"), "help": _l("含当天，可不填")})
    minutes_at_least = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 1440), metadata={
        "title": _l("至少多少分钟"), "help": _l("可不填")})
    minutes_below = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 1441), metadata={
        "title": _l("少于多少分钟"), "help": _l("可不填")})


def matches(where: Mapping[str, Any] | None, facts: FromClause) -> ColumnElement[bool]:
    """The filter as a condition on `record_facts()` or `record_fact()`. `where` is a document's part, as JSON or as loaded."""
    given, of = where or {}, facts.c
    parts: list[ColumnElement[bool]] = [of[name].in_(given[name]) for name in
                                        ("kind", "evaluation", "hours_source", "recipient_kind", "recipient_group") if given.get(name)]
    parts += [of[name].is_(given[name] == "yes") for name in ("collective", "outside_hours", "elsewhere") if given.get(name)]
    parts += [extract(unit, of.happened_on).in_([int(n) for n in given[name]])
              for name, unit in (("months", "month"), ("weekdays", "isodow")) if given.get(name)]
    if given.get("within"):
        parts.append(_within(given["within"], of.county_path))
    if given.get("since"):
        parts.append(of.happened_on >= _day(given["since"]))
    if given.get("until"):
        parts.append(of.happened_on <= _day(given["until"]))
    if given.get("minutes_at_least"):
        parts.append(of.minutes >= given["minutes_at_least"])
    if given.get("minutes_below"):
        parts.append(of.minutes < given["minutes_below"])
    return and_(true(), *parts)


def _day(value: dt.date | str) -> dt.date:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _within(codes: list[str], path: ColumnElement[str]) -> ColumnElement[bool]:
    """Below one of the organizations of these codes: a path ends every code with "/", so it can be looked for as a part."""
    paths = select(Organization.path).where(Organization.tenant_id == tenant_id(), Organization.code.in_(codes)).subquery()
    return select(paths.c.path).where(path.bool_op("^@")(paths.c.path)).exists()
