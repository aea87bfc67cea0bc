"""How long a tenant keeps what has served its purpose; 0 means for good, which somebody must then be able to justify (PIPL 19)."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.extension.settings_registry import register_settings
from core.i18n import _l

NAMESPACE = "retention"


class RetentionSettings(Schema):
    """Months after which a daily job erases or empties."""

    left_months = fields.Integer(load_default=0, validate=validate.Range(0, 600), metadata={
        "title": _l("离开名册多久后删除党员资料"), "unit": _l("个月"), "help": _l("0 表示不自动删除；到期后每夜删除，统计数字不变。"),
        "follows": _l("下一个夜间起执行；“到期清理”页面列出将删除的人。")})
    words_months = fields.Integer(load_default=24, validate=validate.Range(0, 600), metadata={
        "title": _l("服务对象的评语、回访记录保留多久"), "unit": _l("个月"), "help": _l("到期清空文字，评价等级和次数不变；0 表示不清空。")})
    recipient_months = fields.Integer(load_default=0, validate=validate.Range(0, 600), metadata={
        "title": _l("服务记录中服务对象姓名保留多久"), "unit": _l("个月"), "help": _l("到期清空姓名，记录和时长不变；0 表示不清空。")})
    request_months = fields.Integer(load_default=36, validate=validate.Range(0, 600), metadata={
        "title": _l("个人信息申请的文字保留多久"), "unit": _l("个月"), "help": _l("办结后起算，到期清空申请和答复的文字；0 表示不清空。")})


register_settings(NAMESPACE, RetentionSettings, _l("个人信息保存期限"))
