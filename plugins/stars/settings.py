"""What a tenant sets about stars; the schemes themselves are rule packs."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import _l

NAMES = {"masked": _l("隐去名字中的一个字"), "full": _l("显示全名")}


class StarsSettings(Schema):
    """How names stand on public notices, and who signs certificates."""

    notice_names = fields.String(load_default="masked", validate=validate.OneOf(list(NAMES)), metadata={
        "title": _l("公示中的姓名"), "choices": NAMES, "help": _l("张贴和网页公示时使用")})
    issuer = fields.String(load_default="", validate=validate.Length(max=40), metadata={
        "title": _l("证书落款"), "help": _l("不填时用组织部门的名称")})
