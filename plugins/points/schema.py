"""The document of a points pack: what is earned, capped, given at the start, cleared, spent, told; checked here, edited by a form."""
from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema, fields, validate

from core.api import PackDocumentSchema, _l
from plugins.points.fields import ROUNDINGS, choice, lines, optional, required, whole, words
from plugins.points.schema_rules import CapSchema, RuleSchema, key

RULE_KIND = "points"
LENGTHS = {"year": _l("一年"), "half_year": _l("半年"), "quarter": _l("一个季度"), "month": _l("一个月"), "ever": _l("长期，不分期")}
CARRIES = {"all": _l("全部结转"), "none": _l("清零"), "at_most": _l("最多结转若干分"), "share": _l("按比例结转")}
SPENDING = {"price": _l("扣除所兑物品的分数"), "clears_all": _l("兑换一次，余额清零")}
UNIT_METHODS = {"none": _l("不计单位积分"), "sum": _l("党员积分合计"), "average": _l("在册党员人均"), "average_serving": _l("参加服务的党员人均")}
NOTICES = {"none": _l("不公示"), "month": _l("每月"), "quarter": _l("每季度"), "half_year": _l("每半年"), "year": _l("每年")}
EFFECTS = {"both": _l("不积分，也不能兑换"), "earning": _l("不积分"), "spending": _l("不能兑换、不评积分卡")}


class PeriodSchema(Schema):
    """How long points are counted together, and what each member begins with."""

    length = choice(_l("积分周期"), LENGTHS, "year")
    starts_month = whole(_l("每年从哪个月起算"), 1, 12, 1)
    starts_day = whole(_l("从几日起算"), 1, 28, 1)
    base = optional(_l("基础分"), _l("每个周期开始时先给每名党员几分；可不填"))
    ceiling = optional(_l("周期总分上限"), _l("含基础分；可不填"))
    floor = optional(_l("周期总分下限"), _l("扣分扣到这里为止；可不填"), low=-10_000)


class CarrySchema(Schema):
    """What becomes of points that are left when a period has ended."""

    mode = choice(_l("周期结束后的余额"), CARRIES, "all")
    most = optional(_l("最多结转几分"), _l("只在“最多结转若干分”时填"))
    percent = whole(_l("结转百分之几"), 0, 100, help_text=_l("只在“按比例结转”时填"))
    expires_after = whole(_l("结转几个周期后作废"), 1, 20, help_text=_l("可不填"))
    grace_days = whole(_l("周期结束后再过几天清算"), 0, 180, 0, _l("留给补评价和兑换"))


class CategorySchema(Schema):
    """Rules that have a cap together."""

    key = key()
    title = words(_l("名称"), 40, None)
    caps = fields.List(fields.Nested(CapSchema(exclude=("times",))), load_default=list, validate=validate.Length(max=7), metadata={
        "title": _l("封顶"), "item": _l("一条")})


class ExclusionSchema(Schema):
    """Who is left out, and for how long: the reasons from which an officer chooses, or a deed that does it by itself."""

    key = key()
    title = words(_l("情形"), 60, None, _l("如：受到党纪处分"))
    effect = choice(_l("后果"), EFFECTS, "both")
    deed_kinds = lines(_l("由哪些事项引起"), 40, _l("每行一个事项的代号；不填表示由经办人登记"), suggest="deeds")
    months = whole(_l("持续几个月"), 1, 120, help_text=_l("由事项引起的，从事项当天算起；不填表示到解除为止"))


class CardSchema(Schema):
    """A card, badge or title that is given when enough points are there."""

    key = key()
    title = words(_l("名称"), 30, None, _l("如：银卡"))
    threshold = required(_l("需要几分"), low=0)
    deduct = fields.Boolean(load_default=False, metadata={"title": _l("发放时扣除这些分数")})


class WindowSchema(Schema):
    """Days of each year within which points can be spent."""

    from_month = whole(_l("从几月"), 1, 12, 1)
    from_day = whole(_l("几日"), 1, 31, 1)
    to_month = whole(_l("到几月"), 1, 12, 12)
    to_day = whole(_l("几日（含）"), 1, 31, 31)


class ItemSchema(Schema):
    """Something to be had for points."""

    key = key()
    title = words(_l("名称"), 40, None)
    price = required(_l("需要几分"), low=0)
    stock = whole(_l("起初有几份"), 0, 1_000_000, help_text=_l("不填表示不限；以后在兑换页面增减"))
    for_others = fields.Boolean(load_default=False, metadata={
        "title": _l("可以为别人兑换"), "help": _l("如把一次上门服务送给邻居；系统不记别人的姓名")})


class RedemptionSchema(Schema):
    """What points can be spent on, and when."""

    enabled = fields.Boolean(load_default=False, metadata={"title": _l("可以兑换")})
    spending = choice(_l("兑换怎样扣分"), SPENDING, "price")
    per_member = whole(_l("每人每周期最多兑换几次"), 1, 1000, help_text=_l("可不填"))
    windows = fields.List(fields.Nested(WindowSchema), load_default=list, validate=validate.Length(max=12), metadata={
        "title": _l("兑换时间"), "help": _l("不填表示全年都可以"), "item": _l("一段时间")})
    items = fields.List(fields.Nested(ItemSchema), load_default=list, validate=validate.Length(max=200), metadata={
        "title": _l("兑换物品和服务"), "item": _l("一项")})


class UnitScoreSchema(Schema):
    """How a unit's score is made of its members' points."""

    method = choice(_l("单位积分"), UNIT_METHODS, "none")
    base = optional(_l("单位基础分"), _l("可不填"))
    coverage = optional(_l("党员全部参加服务时加几分"), _l("按参加服务的比例折算；可不填"))
    ceiling = optional(_l("单位积分上限"), _l("可不填"))


class NoticeSchema(Schema):
    """The list for the notice board: by name, never by rank."""

    every = choice(_l("公示周期"), NOTICES, "none")
    masked = fields.Boolean(load_default=True, metadata={"title": _l("姓名只显示姓"), "help": _l("如“王＊＊”")})
    days = whole(_l("公示几天"), 1, 60, 7)


class PointsPackSchema(PackDocumentSchema):
    """A whole scheme."""

    FORM_MORE: ClassVar = ("decimals", "rounding", "announce_days")

    decimals = whole(_l("积分保留几位小数"), 0, 2, 0)
    rounding = choice(_l("不足的尾数"), ROUNDINGS, "down")
    period = fields.Nested(PeriodSchema, load_default=lambda: PeriodSchema().load({}), metadata={"title": _l("积分周期")})
    carry = fields.Nested(CarrySchema, load_default=lambda: CarrySchema().load({}), metadata={"title": _l("清零和结转")})
    rules = fields.List(fields.Nested(RuleSchema), load_default=list, validate=validate.Length(max=100), metadata={
        "title": _l("加分和扣分规则"), "item": _l("一条规则")})
    categories = fields.List(fields.Nested(CategorySchema), load_default=list, validate=validate.Length(max=30), metadata={
        "title": _l("类别"), "help": _l("几条规则合起来封顶时才需要"), "item": _l("一类")})
    veto = lines(_l("一票否决的事项"), 40, _l("每行一个事项的代号；发生后当期积分清零"), suggest="deeds")
    exclusions = fields.List(fields.Nested(ExclusionSchema), load_default=list, validate=validate.Length(max=30), metadata={
        "title": _l("不列入积分的情形"), "item": _l("一种情形")})
    cards = fields.List(fields.Nested(CardSchema), load_default=list, validate=validate.Length(max=20), metadata={
        "title": _l("积分卡和称号"), "item": _l("一种")})
    redemption = fields.Nested(RedemptionSchema, load_default=lambda: RedemptionSchema().load({}), metadata={"title": _l("兑换")})
    unit = fields.Nested(UnitScoreSchema, load_default=lambda: UnitScoreSchema().load({}), metadata={"title": _l("单位积分")})
    notice = fields.Nested(NoticeSchema, load_default=lambda: NoticeSchema().load({}), metadata={"title": _l("公示")})
    announce_days = whole(_l("规则施行前公布几天"), 0, 180, 0, _l("只作提示"))
