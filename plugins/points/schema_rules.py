"""One rule of a points pack as data: which records, deeds or quantities it means, and how many points they bring."""
from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema, fields, validate

from core.api import QuantitySchema, WhereSchema, _l
from plugins.points.fields import PERIODS, ROUNDINGS, PointsField, choice, lines, optional, required, whole, words

KEY = validate.Regexp(r"[a-z][a-z0-9_]{0,39}\Z", error=_l("须为小写字母、数字和下划线，以字母开头，最长 40 个字符"))  # type: ignore[arg-type]  # said in words when it is shown
SOURCES = {"record": _l("服务记录"), "deed": _l("加减分事项"), "quantity": _l("一段时间的数量")}
PER = {"hour": _l("每小时"), "time": _l("每次"), "unit": _l("每满一份数量")}
EVERY = {"month": _l("每月"), "quarter": _l("每季度"), "half_year": _l("每半年"), "year": _l("每年")}
EVALUATIONS = {"": _l("不限"), "satisfied": _l("满意"), "fair": _l("基本满意"), "dissatisfied": _l("不满意")}


def key(title: object = _l("代号")) -> fields.String:
    """What an item is called by in the ledger; it stays when the title changes."""
    return fields.String(required=True, validate=KEY, metadata={"title": title, "help": _l("小写字母，如 patrol；定了不要再改")})


class CapSchema(Schema):
    """At most so many points, or so many times, in a period."""

    period = choice(_l("期间"), PERIODS, "month")
    points = optional(_l("最多几分"), _l("扣分项指最多扣几分；可不填"))
    times = whole(_l("最多计几次"), 1, 10_000, help_text=_l("取其中分数最高的几次；可不填"))


class BracketSchema(Schema):
    """From a length, or a quantity, on: so many points."""

    at_least = whole(_l("达到多少"), 0, 1_000_000, 0, _l("服务记录按分钟，事项按数量"))
    points = required(_l("得几分"))


class TableRowSchema(Schema):
    """Points for a level, or for how the recipient judged."""

    level = words(_l("级别"), 20, help_text=_l("与事项的级别相同，如 国家级；不填表示不限"))
    evaluation = choice(_l("服务评价"), EVALUATIONS, "")
    points = required(_l("几分"))


class MultiplierSchema(Schema):
    """When the points are multiplied."""

    title = words(_l("名称"), 30, help_text=_l("如：节假日、应急期间"))
    where = fields.Nested(WhereSchema, load_default=lambda: WhereSchema().load({}), metadata={"title": _l("哪些服务")})
    percent = whole(_l("按百分之几计"), 0, 1000, 200, _l("加倍填 200，减半填 50"))


class RuleSchema(Schema):
    """One rule. Its points are those of `brackets` or `table` where these say something, else `points`."""

    #: What few rules need, and the form folds away.
    FORM_MORE: ClassVar = ("category", "deed_levels", "every", "at_least", "below", "unit_size", "step_minutes", "step_rounding", "event_cap",
                           "alternative")

    key = key()
    title = words(_l("名称"), 40, None)
    category = words(_l("所属类别"), 40, help_text=_l("类别的代号；不分类别的不填"))
    source = choice(_l("依据什么计分"), SOURCES, "record")
    where = fields.Nested(WhereSchema, load_default=lambda: WhereSchema().load({}), metadata={
        "title": _l("哪些服务"), "help": _l("只在依据服务记录时填")})
    deed_kinds = lines(_l("哪些事项"), 40, _l("每行一个事项的代号；只在依据事项时填"), suggest="deeds")
    deed_levels = lines(_l("哪些级别"), 20, _l("每行一个；不填表示不限"))
    quantity = fields.Nested(QuantitySchema, load_default=lambda: QuantitySchema().load({}), metadata={
        "title": _l("什么数量"), "help": _l("只在依据一段时间的数量时填，如每季度至少服务 2 次")})
    every = choice(_l("数量多久算一次"), EVERY, "year", _l("在期末计算"))
    at_least = whole(_l("数量至少多少才计"), 0, 10_000_000, help_text=_l("可不填"))
    below = whole(_l("数量少于多少才计"), 0, 10_000_000, help_text=_l("可不填；如少于 1 次扣分"))
    per = choice(_l("怎样计分"), PER, "hour")
    unit_size = whole(_l("一份数量是多少"), 1, 1_000_000, 1, _l("如每满 100 元计 1 分，填 100"))
    points = PointsField(load_default=1, metadata={"title": _l("几分"), "help": _l("扣分填负数，如 -5")})
    step_minutes = whole(_l("时长按多少分钟取整"), 1, 1440, 1, _l("满半小时才计填 30；1 表示按分钟折算"))
    step_rounding = choice(_l("不足一段的时长"), ROUNDINGS, "down")
    hours_cap = PointsField(0, 24, load_default=None, allow_none=True, metadata={
        "title": _l("一次最多计几小时"), "help": _l("超过的时间照样记入服务纪实，但不再积分；可不填")})
    brackets = fields.List(fields.Nested(BracketSchema), load_default=list, validate=validate.Length(max=20), metadata={
        "title": _l("分段计分"), "help": _l("如 60 分钟以上 1 分、120 分钟以上 3 分；达到几段取最高一段"), "item": _l("一段")})
    table = fields.List(fields.Nested(TableRowSchema), load_default=list, validate=validate.Length(max=30), metadata={
        "title": _l("分级计分"), "help": _l("按事项级别或服务评价定分；都不符合时用上面的“几分”"), "item": _l("一级")})
    multipliers = fields.List(fields.Nested(MultiplierSchema), load_default=list, validate=validate.Length(max=10), metadata={
        "title": _l("加倍或减半"), "help": _l("几条同时符合时用第一条"), "item": _l("一条")})
    event_cap = optional(_l("一次最多几分"), _l("可不填"))
    caps = fields.List(fields.Nested(CapSchema), load_default=list, validate=validate.Length(max=7), metadata={
        "title": _l("封顶"), "item": _l("一条")})
    alternative = words(_l("互斥组"), 40, help_text=_l("写同一个名称的几条规则只用排在前面的一条；不填则与其他规则相加"))
