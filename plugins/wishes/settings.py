"""What a tenant, or a county, sets about wishes."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import _l

FORMS = {"open": _l("任何人都可以提交"), "code": _l("凭社区发的提交码"), "off": _l("不开放，只由社区登记")}


class WishesSettings(Schema):
    """Whom wishes are for, how long things may take, and what the public page shows."""

    groups = fields.List(fields.String(validate=validate.Length(1, 20)), load_default=list, validate=validate.Length(max=20), metadata={
        "title": _l("另外的重点群体"), "help": _l("每行一类。文件规定的六类已经有了，不用填")})
    service_kind = fields.String(load_default="微心愿", validate=validate.Length(1, 20), metadata={
        "title": _l("记入哪一类服务"), "help": _l("须是服务纪实中的一类；没有这一类时，用服务纪实的第一类")})
    due_days = fields.Integer(load_default=30, validate=validate.Range(1, 365), metadata={
        "title": _l("审核通过后几天内办好"), "help": _l("审核时可以另定"), "unit": _l("天")})
    usual_minutes = fields.Integer(load_default=120, validate=validate.Range(10, 480), metadata={
        "title": _l("一般要用多少分钟"), "help": _l("审核时可以另定；认领人登记时也可以照实填写"), "unit": _l("分钟")})
    unclaimed_days = fields.Integer(load_default=14, validate=validate.Range(1, 180), metadata={
        "title": _l("多少天没人认领就提醒"), "unit": _l("天"), "follows": _l("只用于今后上墙的心愿。")})
    public_form = fields.String(load_default="open", validate=validate.OneOf(list(FORMS)), metadata={
        "title": _l("居民在网页上提交心愿"), "choices": FORMS, "help": _l("没有手机的居民随时可以到社区填纸质表")})
    form_code_days = fields.Integer(load_default=60, validate=validate.Range(1, 400), metadata={
        "title": _l("提交码有效天数"), "help": _l("只在凭提交码提交时使用"), "unit": _l("天")})
    show_groups = fields.Boolean(load_default=False, metadata={
        "title": _l("公开的心愿墙上显示群体"), "help": _l("如“空巢老人”。楼栋小、容易认出人时不要打开")})
    contact_days = fields.Integer(load_default=180, validate=validate.Range(30, 1000), metadata={
        "title": _l("办结后联系方式保存几天"), "help": _l("到期后，居民的姓名、电话、住址和原话自动删除"), "unit": _l("天")})
