"""What a tenant sets about liaison communities: by which criteria they are chosen, how often they are visited, how long an issue may take."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import _l

CRITERIA = ("党组织力量薄弱", "报到党员少、服务力量不足", "困难群众、老年人多", "老旧小区、基础设施差", "矛盾纠纷、信访问题多", "集体经济薄弱、缺少活动场所")


class LiaisonSettings(Schema):
    """The criterion "weak foundation, many difficulties" (R91) as the tenant's own list, and the intervals of visits and issues (R92)."""

    criteria = fields.List(fields.String(validate=validate.Length(1, 40)), load_default=lambda: list(CRITERIA), validate=validate.Length(1, 30),
                           metadata={"title": _l("选择联系点的条件"), "help": _l("每行一条，说明什么是“基础薄弱、困难较多”"),
                                     "follows": _l("只用于今后确定的联系点；已经确定的保留原来写明的条件。")})
    visit_days = fields.Integer(load_default=90, validate=validate.Range(7, 730), metadata={
        "title": _l("至少多久到联系点一次"), "unit": _l("天"), "help": _l("超过的只提示有关的人，不通报、不排名")})
    remind_days = fields.Integer(load_default=14, validate=validate.Range(1, 90), metadata={
        "title": _l("提前多久提示"), "unit": _l("天")})
    issue_days = fields.Integer(load_default=30, validate=validate.Range(1, 730), metadata={
        "title": _l("协调问题的一般期限"), "unit": _l("天"), "help": _l("登记问题时预先填好，可以改")})
