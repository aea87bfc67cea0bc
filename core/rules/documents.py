"""The parts that every rule pack's document has: where the rule comes from, and the kinds of deeds that it knows."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.access.roles import ADMINISTRATOR, COMMUNITY, COUNTY, LIAISON, STREET
from core.i18n import _l

CERTAINTIES = {"confirmed": _l("已核对原文"), "weak": _l("转载或间接来源，仅作示例"), "unconfirmed": _l("未能证实，仅作示例"),
               "own": _l("本地自行制定")}
APPROVERS = {COMMUNITY: _l("社区"), LIAISON: _l("单位"), STREET: _l("街道（乡镇）"), COUNTY: _l("县（市、区）"), ADMINISTRATOR: _l("市（州）")}
#: The name of the only scheme of a rule kind that knows no several; a county's own bears it too.
DEFAULT_SCHEME = "default"
KEY = validate.Regexp(r"[a-z][a-z0-9_]{0,39}\Z", error="须为小写字母、数字和下划线，以字母开头，最长 40 个字符")


def _text(title: object, longest: int = 200, **more: object) -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=longest), metadata={"title": title, **more})


class SourceSchema(Schema):
    """Where a rule was published, and how sure we are of it. `checked_on`: the day on which somebody read the issuer's own text."""

    place = _text(_l("地区或单位"), 60)
    document = _text(_l("文件名称"))
    number = _text(_l("文号"), 60)
    issued_on = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("印发日期")})
    in_force_on = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("施行日期")})
    certainty = fields.String(load_default="own", validate=validate.OneOf(list(CERTAINTIES)), metadata={
        "title": _l("可靠程度"), "choices": CERTAINTIES})
    checked_on = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("核对日期")})
    url = _text(_l("出处"), 300, help=_l("网址或报刊名、日期"))


class DeedKindSchema(Schema):
    """A kind of deed: a dated fact beside the service records, such as an award, a recruitment, a fault or an election."""

    key = fields.String(required=True, validate=KEY, metadata={"title": _l("代号"), "help": _l("小写字母，如 award；定了不要再改")})
    title = fields.String(required=True, validate=validate.Length(1, 40), metadata={"title": _l("名称"), "help": _l("如：获得表彰、发展新队员")})
    levels = fields.List(fields.String(validate=validate.Length(1, 20)), load_default=list, validate=validate.Length(max=20), metadata={
        "title": _l("级别"), "help": _l("每行一个，如 国家级、省级、市级、县级；没有级别的不填")})
    counted_in = fields.String(load_default="次", validate=validate.Length(1, 10), metadata={
        "title": _l("数量单位"), "help": _l("如 次、人、元、篇")})
    self_declared = fields.Boolean(load_default=False, metadata={
        "title": _l("党员可以自己申报"), "help": _l("不勾选时只能由经办人登记")})
    for_units = fields.Boolean(load_default=False, metadata={
        "title": _l("可以登记给单位"), "help": _l("如单位集体获奖；登记给单位的不计入个人")})
    approver = fields.String(load_default=COMMUNITY, validate=validate.OneOf(list(APPROVERS)), metadata={
        "title": _l("由哪一级审核"), "choices": APPROVERS, "help": _l("上级也可以代为审核")})


class PackDocumentSchema(Schema):
    """What every rule kind's document begins with; a rule kind's own schema inherits from it."""

    title = fields.String(required=True, validate=validate.Length(1, 60), metadata={"title": _l("规则名称")})
    source = fields.Nested(SourceSchema, load_default=lambda: SourceSchema().load({}), metadata={"title": _l("依据和出处")})
    deeds = fields.List(fields.Nested(DeedKindSchema), load_default=list, validate=validate.Length(max=60), metadata={
        "title": _l("加减分和评定事项"), "help": _l("服务记录以外的事项，如表彰、处分、当选、捐款"), "item": _l("事项")})
