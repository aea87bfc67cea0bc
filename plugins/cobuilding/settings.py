"""What a tenant sets about co-building: kinds of resources beside the four of the notice, and how long an agreement usually holds."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import _l


class CobuildingSettings(Schema):
    """The four kinds of R17 are always there; a tenant adds its own."""

    more_kinds = fields.List(fields.String(validate=validate.Length(1, 20)), load_default=list, validate=validate.Length(max=20), metadata={
        "title": _l("另加的资源种类"), "help": _l("每行一种。信息、资金、人才、场所四种总是有的，不用写。"),
        "follows": _l("已经登记的供给、需求和协议保留原来的种类。")})
    months = fields.Integer(load_default=12, validate=validate.Range(1, 60), metadata={
        "title": _l("协议一般几个月"), "unit": _l("月"), "help": _l("拟订协议时预先填好，可以改")})
