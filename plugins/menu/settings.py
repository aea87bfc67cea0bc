"""What a tenant or a county sets about the menu."""
from __future__ import annotations

from collections.abc import Mapping

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.api import _l

NAMES = {"full": _l("全名"), "surname": _l("只显示姓，如“王同志”"), "none": _l("不显示")}
FORMS = {"open": _l("开放，任何人可以点单"), "code": _l("凭社区公布的点单码"), "off": _l("不开放，只由社区代为登记")}
CATEGORIES = ("家电维修=其他", "健康咨询=健康义诊", "法律咨询=法律援助", "政策咨询=政策宣传", "学业辅导=困难帮扶", "心理疏导=困难帮扶",
              "上门帮扶=困难帮扶", "文体活动=文化娱乐", "环境卫生=环境卫生", "其他服务=其他")


def pairs(lines: list[str]) -> Mapping[str, str]:
    """Each category with the kind of service record that it becomes; a line without "=" is its own kind."""
    split = [line.partition("=") for line in lines]
    return {name.strip(): (kind or name).strip() for name, _sign, kind in split}


class MenuSettings(Schema):
    """Categories, who sees what, who may order how, and how long anybody may wait for an answer."""

    categories = fields.List(fields.String(validate=validate.Length(1, 40)), load_default=lambda: list(CATEGORIES), validate=validate.Length(1, 40),
                             metadata={"title": _l("菜单分类"), "help": _l("每行一类，等号后面写对应的服务类别，如“健康咨询=健康义诊”")})
    list_directly = fields.Boolean(load_default=False, metadata={
        "title": _l("提供的服务不经社区审核直接上架"), "help": _l("关闭时由社区经办人上架")})
    public_form = fields.String(load_default="open", validate=validate.OneOf(list(FORMS)), metadata={
        "title": _l("居民自己点单"), "choices": FORMS, "help": _l("扫描菜单上的二维码打开的页面")})
    name_display = fields.String(load_default="surname", validate=validate.OneOf(list(NAMES)), metadata={
        "title": _l("公开菜单上的党员姓名"), "choices": NAMES})
    answer_days = fields.Integer(load_default=3, validate=validate.Range(1, 60), metadata={
        "title": _l("几天没有答复算超时"), "unit": _l("天"), "help": _l("超时的列在社区的待办里")})
    phone = fields.String(load_default="", validate=validate.Length(max=40), metadata={
        "title": _l("点单电话"), "help": _l("印在菜单上，如 027-8888 0000")})
    contact_days = fields.Integer(load_default=180, validate=validate.Range(1, 730), metadata={
        "title": _l("办结后多少天删除居民联系方式"), "unit": _l("天")})

    @validates_schema(skip_on_field_errors=True)
    def _named_once(self, data: dict[str, object], **_more: object) -> None:
        lines = data.get("categories")
        if isinstance(lines, list) and (len(pairs(lines)) < len(lines) or "" in pairs(lines)):
            raise ValidationError([str(_l("分类的名称不能空，也不能重复。"))], "categories")
