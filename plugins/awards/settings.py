"""What a place sets about awards: their kinds, how long objections are heard, how names stand in public, and the certificate's words."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import _l

KINDS = ("社区服务之星", "最美在职党员")
NAMES = {"full": _l("全名（王小明）"), "comrade": _l("姓加同志（王同志）"), "masked": _l("只显示姓（王＊＊）"), "none": _l("不显示姓名")}
USUAL = "{姓名}在社区服务中表现突出，被评为“{称号}”。特发此证，以资鼓励。"


class AwardsSettings(Schema):
    """Local: a county may lay down its own."""

    kinds = fields.List(fields.String(validate=validate.Length(1, 30)), load_default=lambda: list(KINDS), validate=validate.Length(1, 30), metadata={
        "title": _l("评选项目"), "help": _l("每行一项，可以加本地自己的项目"), "follows": _l("只用于今后发起的评选；已发起的保留原来的名称。")})
    publication_days = fields.Integer(load_default=5, validate=validate.Range(1, 60), metadata={
        "title": _l("公示多久"), "unit": _l("个工作日"), "help": _l("从公示的第二天算起，节假日不算")})
    name_display = fields.String(load_default="full", validate=validate.OneOf(list(NAMES)), metadata={
        "title": _l("公示时的姓名"), "choices": NAMES, "help": _l("用于公开网页和张贴的公示；不同意在公开榜上显示姓名的，总是不显示")})
    show_unit = fields.Boolean(load_default=True, metadata={"title": _l("公示时显示党员所在单位")})
    public_days = fields.Integer(load_default=365, validate=validate.Range(1, 3650), metadata={
        "title": _l("表彰名单在公开网页上保留"), "unit": _l("天")})
    contact_days = fields.Integer(load_default=180, validate=validate.Range(1, 3650), metadata={
        "title": _l("异议人联系方式保留"), "unit": _l("天"), "help": _l("答复以后再保留这么久，到期自动清除；反映的内容同时清除")})
    certificate_text = fields.String(load_default=USUAL, validate=validate.Length(1, 200), metadata={
        "title": _l("荣誉证书的文字"), "widget": "textarea", "help": _l("{姓名} {称号} {单位} {年度} 会换成实际内容")})
