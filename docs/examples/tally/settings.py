"""What a city, or a county, sets."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import _l


class TallySettings(Schema):
    """What is not counted, and for how long the trace of a withdrawn record stays."""

    left_out = fields.List(
        fields.String(validate=validate.Length(1, 20)), load_default=list, validate=validate.Length(max=20),
        metadata={"title": _l("不统计的服务类别"), "help": _l("每行一类")})
    keep_days = fields.Integer(load_default=400, validate=validate.Range(30, 3650), metadata={
        "title": _l("已撤回的记录保留多少天"), "help": _l("期满后夜间清理")})
