"""How long a turn is."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import _l


class WeeklyDutySettings(Schema):
    """Settings of the rota."""

    weeks = fields.Integer(load_default=1, validate=validate.Range(1, 4), metadata={
        "title": _l("一次轮值几周"), "help": _l("从星期一开始；只影响以后安排的轮值")})
