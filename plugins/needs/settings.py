"""What a tenant, and each of its counties, sets about needs."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import _l

CATEGORIES = ("环境卫生", "治安", "帮扶", "文化", "就业", "法律", "健康", "其他")
FORMS = {"open": _l("开放：谁都可以填写"), "code": _l("凭码：持社区印发的号码条才能填写"), "off": _l("关闭")}


class NeedsSettings(Schema):
    """Categories, the public form and its limits, and the days within which things are done."""

    categories = fields.List(fields.String(validate=validate.Length(1, 20)), load_default=lambda: list(CATEGORIES),
                             validate=validate.Length(1, 30), metadata={"title": _l("需求类别"), "help": _l("每行一个；最后一个用于归不进其他类别的")})
    answer_days = fields.Integer(load_default=15, validate=validate.Range(1, 365), metadata={
        "title": _l("答复期限"), "unit": _l("天"), "help": _l("从收到算起；临近和超过的在列表中标出")})
    public_form = fields.String(load_default="open", validate=validate.OneOf(list(FORMS)), metadata={
        "title": _l("群众网上填写"), "choices": FORMS, "help": _l("不用登录；填写的内容只有社区看得到")})
    most_an_hour = fields.Integer(load_default=10, validate=validate.Range(1, 1000), metadata={
        "title": _l("同一网络每小时最多填写"), "unit": _l("条"), "help": _l("防止恶意刷屏；同一单位、小区常共用一个网络")})
    most_a_day = fields.Integer(load_default=200, validate=validate.Range(1, 10_000), metadata={
        "title": _l("每个社区每天最多收到"), "unit": _l("条"), "help": _l("只限网上填写，经办人登记的不受限制")})
    code_days = fields.Integer(load_default=180, validate=validate.Range(1, 1000), metadata={
        "title": _l("号码条和回执码的有效期"), "unit": _l("天")})
    bulletin_days = fields.Integer(load_default=30, validate=validate.Range(1, 366), metadata={
        "title": _l("需求公告的间隔"), "unit": _l("天"), "help": _l("到期只提醒经办人，不会自动发布")})
    contact_days = fields.Integer(load_default=180, validate=validate.Range(1, 3650), metadata={
        "title": _l("办结后保留联系方式"), "unit": _l("天"), "help": _l("到期后姓名、电话和地址自动清除，内容保留")})
