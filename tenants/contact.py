"""Whom to call when something is wrong: the tenant's door for complaints and questions, open to everybody."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.extension.settings_registry import register_settings
from core.i18n import _l

NAMESPACE = "contact"


class ContactSettings(Schema):
    """What the public page of the tenant says."""

    phone = fields.String(load_default="", validate=validate.Length(max=60), metadata={"title": _l("联系电话")})
    hours = fields.String(load_default="", validate=validate.Length(max=60), metadata={
        "title": _l("接听时间"), "help": _l("例如：工作日 9:00–17:00")})
    address = fields.String(load_default="", validate=validate.Length(max=120), metadata={"title": _l("办公地址")})
    text = fields.String(load_default="", validate=validate.Length(max=1000), metadata={
        "title": _l("说明"), "widget": "textarea", "help": _l("写给党员和居民：遇到问题找谁、多久答复")})


register_settings(NAMESPACE, ContactSettings, _l("投诉建议与咨询"))
