"""What a tenant sets about exchange: who looks at what arrives first, and how long it waits."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.extension.settings_registry import register_settings
from core.i18n import _l


class ExchangeSettings(Schema):
    """The door for those who come from another tenant."""

    arrivals = fields.String(load_default="community", validate=validate.OneOf(("community", "administrator")), metadata={
        "title": _l("外地党员的介绍信由谁先看"), "choices": {"community": _l("直接到社区，由社区接收"), "administrator": _l("市（州）管理员先放行，再到社区")},
        "follows": _l("只用于今后收到的介绍信。")})
    waiting_days = fields.Integer(load_default=0, validate=validate.Range(0, 3650), metadata={
        "title": _l("外地介绍信多久没有办理就退回"), "unit": _l("天"),
        "help": _l("到期自动退回对方单位，并删除介绍信的内容；0 表示一直等，不自动退回。建议填 180。"),
        "follows": _l("下一个夜间起执行，也用于已经收到的介绍信：早已超过天数的，当夜就会退回。")})


register_settings("exchange", ExchangeSettings, _l("跨地互通"))
