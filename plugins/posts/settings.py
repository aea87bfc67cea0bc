"""What a tenant, or a county of it, sets about posts: the categories, the public list, and how proposals are found."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import _l

CATEGORIES = ("政策宣传", "治安巡逻", "困难帮扶", "文化娱乐", "文明创建",  # the five of fixed-point service (R61)
              "楼栋党小组长：其他", "楼栋长：其他", "卫生委员：环境卫生", "治安委员：治安巡逻", "文体委员：文化娱乐", "楼栋管理员：其他",  # R63
              "环境卫生", "结对帮扶", "应急值守", "专业服务：其他")
SEPARATOR = "："
WEIGHTS = ("skills", "preferences", "distance", "times", "load", "released")


def _weight(title: object, default: int) -> fields.Integer:
    return fields.Integer(load_default=default, validate=validate.Range(0, 10), metadata={
        "title": title, "help": _l("0 为不考虑，数字越大越看重。只影响推荐的先后，不显示、不排名。")})


class PostsSettings(Schema):
    """Categories of posts, the public list, and the weights of what makes a post fit a member."""

    categories = fields.List(fields.String(validate=validate.Length(1, 41)), load_default=lambda: list(CATEGORIES),
                             validate=validate.Length(1, 60), metadata={
        "title": _l("岗位类别"), "help": _l("每行一类。服务类别与岗位名称不同的，写成“楼栋长：其他”，冒号后面是“服务纪实”中的服务类别。"),
        "follows": _l("只用于今后设置的岗位；已有的岗位保留原来的类别。")})
    public_list = fields.Boolean(load_default=False, metadata={
        "title": _l("公开岗位清单"), "help": _l("打开后，不登录也能在网上查看社区的岗位清单（不含党员姓名和服务对象）。")})
    fair_load = fields.Integer(load_default=3, validate=validate.Range(1, 50), metadata={
        "title": _l("一名党员同时承担几项为宜"), "help": _l("只用于推荐：达到这个数的党员不再被推荐，本人仍可自愿认领。"), "unit": _l("项")})
    weight_skills = _weight(_l("推荐时看重特长"), 5)
    weight_preferences = _weight(_l("推荐时看重服务意愿"), 3)
    weight_distance = _weight(_l("推荐时看重远近"), 3)
    weight_times = _weight(_l("推荐时看重时间合适"), 2)
    weight_load = _weight(_l("推荐时看重目前承担得少"), 3)
    weight_released = _weight(_l("推荐时避开本人退出过的岗位"), 6)
