"""What a tenant sets about exchange: who looks at what arrives first."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.extension.settings_registry import register_settings
from core.i18n import _l


class ExchangeSettings(Schema):
    """The door for those who come from another tenant."""

    arrivals = fields.String(load_default="community", validate=validate.OneOf(("community", "administrator")), metadata={
        "title": _l("外地党员的介绍信由谁先看"), "choices": {"community": _l("直接到社区，由社区接收"), "administrator": _l("市（州）管理员先放行，再到社区")},
        "follows": _l("只用于今后收到的介绍信。")})


register_settings("exchange", ExchangeSettings, _l("跨地互通"))
