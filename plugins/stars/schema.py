"""The document of a star scheme: what a form edits, a file carries and SQL runs (R83)."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import PackDocumentSchema, QuantitySchema, WhereSchema, _l

NEEDS = {"amount": _l("达到数量"), "share": _l("占比达到"), "tenure": _l("满一定时间"), "continuity": _l("连续参加"), "held": _l("已持有低一级")}
WINDOWS = {"ever": _l("历来累计"), "year": _l("评定当年"), "last_year": _l("评定的上一年"), "months": _l("评定前若干个月"),
           "previous": _l("获得现有星级以后")}
SINCE = {"report_in": _l("首次报到确认"), "service": _l("首次计入的服务"), "deed": _l("首次发生某事项"), "party": _l("入党")}
PERIODS = {"month": _l("月"), "quarter": _l("季度"), "half": _l("半年"), "year": _l("年")}
STEPS = {"unit": _l("单位"), "community": _l("社区"), "street": _l("街道（乡镇）"), "county": _l("县（市、区）或行业系统"), "city": _l("市（州）")}
ENTRIES = {"automatic": _l("达到条件即进入评定"), "application": _l("由本人申请"), "nomination": _l("由组织提名，本人不能自荐")}
CYCLES = {"rolling": _l("随时评定"), "dates": _l("按固定截止日评定")}
AFTER = {"stay": _l("长期有效"), "lower": _l("降一级"), "lapse": _l("终止")}
BEGINNING = 100  # hours that a new level asks for until somebody says otherwise, so that a draft is whole at every moment
IN_TEXT = ("姓名", "单位", "星级", "截止日")  # what the text of a certificate may name in braces
CUT_OFF = validate.Regexp(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z", error=_l("请按“月-日”填写，如 11-30"))  # type: ignore[arg-type]  # said in words when it is shown


def _whole(title: object, low: int, high: int, text: object = "") -> fields.Integer:
    return fields.Integer(load_default=None, allow_none=True, validate=validate.Range(low, high), metadata={"title": title, "help": text})


def _choice(title: object, choices: dict, default: str, text: object = "") -> fields.String:
    return fields.String(load_default=default, validate=validate.OneOf(list(choices)), metadata={
        "title": title, "choices": choices, "help": text})


def _line(title: object, longest: int, text: object = "") -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=longest), metadata={"title": title, "help": text})


class ConditionSchema(Schema):
    """One condition. `needs` says which of the other fields are read; hours are written as hours."""

    needs = _choice(_l("要求什么"), NEEDS, "amount", _l("选定以后，只填写与它有关的几项，其余留空"))
    quantity = fields.Nested(QuantitySchema, load_default=lambda: QuantitySchema().load({}), metadata={
        "title": _l("按什么计算（数量、占比、连续参加）"), "help": _l("占比：这里写分子，分母是同一时段内全部计入的服务")})
    window = _choice(_l("哪一段时间"), WINDOWS, "ever", _l("用于数量和占比；年度从 1 月 1 日起算"))
    months = _whole(_l("若干个月"), 1, 600, text=_l("评定前若干个月、满一定时间、已持有低一级时填写；半年填 6，两年填 24"))
    hours_at_least = fields.Float(load_default=None, allow_none=True, validate=validate.Range(0, 100_000), metadata={
        "title": _l("至少多少小时"), "help": _l("计算服务时长时填写，可有小数；连续参加时指每一期")})
    at_least = _whole(_l("至少多少"), 0, 10_000_000, text=_l("计算次数、天数、事项、指标时填写；连续参加时指每一期"))
    percent = _whole(_l("至少占百分之几"), 1, 100, text=_l("只在要求占比时填写"))
    since = _choice(_l("从什么时候算起"), SINCE, "report_in", _l("只在要求满一定时间时使用"))
    period = _choice(_l("每一期的长短"), PERIODS, "month", _l("只在要求连续参加时使用；从评定截止日往前推"))
    periods = _whole(_l("连续多少期"), 1, 24, text=_l("只在要求连续参加时填写"))


class WaySchema(Schema):
    """One way to a level: all of its conditions together."""

    title = _line(_l("说明"), 100, _l("可不填，如：一般情况、获得表彰的"))
    conditions = fields.List(fields.Nested(ConditionSchema), load_default=lambda: [ConditionSchema().load({"hours_at_least": BEGINNING})],
                             validate=validate.Length(1, 12), metadata={"title": _l("须同时具备的条件"), "item": _l("条件")})


class LevelSchema(Schema):
    """A star: its number, how it may be reached, and who approves it."""

    number = fields.Integer(required=True, validate=validate.Range(1, 12), metadata={"title": _l("第几级"), "help": _l("从 1 起，最高 12")})
    name = fields.String(required=True, validate=validate.Length(1, 30), metadata={"title": _l("名称"), "help": _l("如 一星级、铜奖、优秀志愿者")})
    ways = fields.List(fields.Nested(WaySchema), load_default=lambda: [WaySchema().load({})], validate=validate.Length(1, 6), metadata={
        "title": _l("达到这一级的途径"), "help": _l("有几条途径的，符合其中一条即可"), "item": _l("途径")})
    steps = fields.List(fields.String(validate=validate.OneOf(list(STEPS))), load_default=lambda: ["county"], validate=validate.Length(1, 3),
                        metadata={"title": _l("由哪些级别审批"), "choices": STEPS, "help": _l("选了几级，就从低到高逐级审批；上级可以代下级审批")})


class ExclusionSchema(Schema):
    """Who cannot be given a star for a time, whatever has been reached."""

    title = fields.String(required=True, validate=validate.Length(1, 100), metadata={"title": _l("情形"), "help": _l("如：受到党纪处分")})
    deed_kinds = fields.List(fields.String(validate=validate.Length(1, 40)), load_default=list, validate=validate.Length(min=1), metadata={
        "title": _l("对应的事项"), "help": _l("每行一个事项的代号"), "suggest": "deeds"})
    deed_levels = fields.List(fields.String(validate=validate.Length(1, 20)), load_default=list, metadata={
        "title": _l("哪些级别"), "help": _l("每行一个；不填表示不限")})
    months = _whole(_l("截止日前多少个月内发生的"), 1, 600, text=_l("不填表示不论何时"))


class LeftOutSchema(Schema):
    """Service that does not count in this scheme."""

    title = fields.String(required=True, validate=validate.Length(1, 100), metadata={"title": _l("说明"), "help": _l("如：社区工作者的日常工作")})
    where = fields.Nested(WhereSchema, load_default=lambda: WhereSchema().load({}), metadata={"title": _l("哪些服务")})


class ReviewSchema(Schema):
    """What becomes of a star with time. The system only proposes; an officer decides."""

    after = _choice(_l("复核没有达到要求的"), AFTER, "stay", _l("长期有效表示不复核；复核结果由经办人确认后才生效"))
    on = fields.String(load_default="12-31", validate=CUT_OFF, metadata={"title": _l("每年复核日期"), "help": _l("月-日，如 12-31")})
    conditions = fields.List(fields.Nested(ConditionSchema), load_default=list, validate=validate.Length(max=12), metadata={
        "title": _l("保留星级须同时具备的条件"), "help": _l("不填时，须仍符合该星级自己的条件"), "item": _l("条件")})
    valid_months = _whole(_l("有效期（月）"), 1, 240, text=_l("到期后提请复核；不填表示没有有效期"))


class StarsSchema(PackDocumentSchema):
    """A star scheme as a whole."""

    about = _line(_l("说明"), 500, _l("适用范围、与原文不同之处等，党员和经办人都能看到"))
    levels = fields.List(fields.Nested(LevelSchema), load_default=lambda: [LevelSchema().load({"number": 1, "name": "一星级"})],
                         validate=validate.Length(1, 12), metadata={"title": _l("星级"), "item": _l("星级")})
    no_skipping = fields.Boolean(load_default=False, metadata={"title": _l("逐级评定，不能越级"), "help": _l("每次最多升一级")})
    counts = fields.Nested(WhereSchema, load_default=lambda: WhereSchema().load({}), metadata={
        "title": _l("哪些服务可以计入"), "help": _l("全部条件都只看这些服务；不填表示凡已计入的都算")})
    left_out = fields.List(fields.Nested(LeftOutSchema), load_default=list, validate=validate.Length(max=20), metadata={
        "title": _l("不计入的服务"), "item": _l("不计入的服务")})
    exclusions = fields.List(fields.Nested(ExclusionSchema), load_default=list, validate=validate.Length(max=20), metadata={
        "title": _l("不予评定的情形"), "item": _l("情形")})
    entry = _choice(_l("怎样进入评定"), ENTRIES, "application")
    nominators = fields.List(fields.String(validate=validate.OneOf(list(STEPS))), load_default=lambda: ["unit", "community"], metadata={
        "title": _l("哪些组织可以提名"), "choices": STEPS, "help": _l("只在由组织提名时使用；上级也可以提名")})
    cycle = _choice(_l("什么时候评定"), CYCLES, "rolling", _l("随时评定：每月 1 日自动计算一次，经办人也可随时计算"))
    cut_offs = fields.List(fields.String(validate=CUT_OFF), load_default=list, validate=validate.Length(max=12), metadata={
        "title": _l("评定截止日"), "help": _l("每行一个“月-日”，如 11-30；当天的服务计入")})
    publication_days = fields.Integer(load_default=7, validate=validate.Range(0, 60), metadata={
        "title": _l("公示天数"), "help": _l("0 表示不公示；公示期内没有异议的才授予")})
    review = fields.Nested(ReviewSchema, load_default=lambda: ReviewSchema().load({}), metadata={"title": _l("有效期和复核")})
    certificate = fields.Boolean(load_default=True, metadata={"title": _l("颁发证书")})
    certificate_text = _line(_l("证书正文"), 300, _l("可用 %(names)s；不填时用通常的写法", names="、".join(f"{{{name}}}" for name in IN_TEXT)))
