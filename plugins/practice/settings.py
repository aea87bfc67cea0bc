"""What a tenant sets about good practice: the themes by which it is found."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import _l

THEMES = ("报到组织", "设岗领岗", "微心愿", "志愿服务", "治安巡逻", "助老帮困", "双向反馈", "其他")


class PracticeSettings(Schema):
    """For the whole tenant."""

    themes = fields.List(fields.String(validate=validate.Length(1, 20)), load_default=lambda: list(THEMES), validate=validate.Length(1, 40),
                         metadata={"title": _l("主题"), "help": _l("每行一个")})
