"""What a tenant sets about the unit's desk: how often a unit looks and files, and which kinds of difficulty there are."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import _l

INTERVALS = {1: _l("每月一次"), 3: _l("每季度一次"), 6: _l("每半年一次"), 12: _l("每年一次")}
KINDS = ["生活困难", "工作安排", "身体健康", "家庭照料", "其他"]


class UnitDeskSettings(Schema):
    """For the whole tenant: units of all counties and sectors are asked the same."""

    lookup_months = fields.Integer(load_default=6, validate=validate.OneOf(list(INTERVALS)), metadata={
        "title": _l("多久了解一次党员在社区的表现"), "choices": INTERVALS, "help": _l("通知要求“定期了解”，没有规定多久；期限按自然年划分")})
    filing_months = fields.Integer(load_default=6, validate=validate.OneOf(list(INTERVALS)), metadata={
        "title": _l("多久备案一次纪实卡"), "choices": INTERVALS})
    begins_on = fields.Date(load_default=None, allow_none=True, metadata={
        "title": _l("从哪一天起算漏期"), "help": _l("这一天以后结束的一期没有了解，才向本单位提示；不填则不提示")})
    difficulty_kinds = fields.List(fields.String(validate=validate.Length(1, 20)), load_default=lambda: list(KINDS),
                                   validate=validate.Length(1, 20), metadata={"title": _l("困难的类别"), "help": _l("每行一个")})
