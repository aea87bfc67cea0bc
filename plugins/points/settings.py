"""The plain rule that holds until a pack is published, and whether there may be a ranking."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import _l


class PointsSettings(Schema):
    """Points for verified and evaluated service, as long as no pack of rules is published.

    There is no field for a ranking: it is switched on with a reason, on a page of its own.
    """

    points_per_hour = fields.Integer(load_default=1, validate=validate.Range(0, 100), metadata={
        "title": _l("每小时积几分"), "help": _l("没有发布积分规则时用这条简单规则。只计满的部分：1.5 小时、每小时 2 分，得 3 分")})
    hours_cap = fields.Integer(load_default=2, validate=validate.Range(1, 24), metadata={
        "title": _l("一次服务最多计几小时"), "help": _l("超过的时间照样记入服务纪实，但不再积分")})
    dissatisfied_earns = fields.Boolean(load_default=False, metadata={
        "title": _l("评价为“不满意”的服务也积分"), "help": _l("一般不积分")})
