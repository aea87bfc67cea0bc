"""The tenant's rule, as settings: how many points an hour, and how many hours of one service count."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, validate

from core.api import RecordFact, _l


class PointsSettings(Schema):
    """Points for verified and evaluated service."""

    points_per_hour = fields.Integer(load_default=1, validate=validate.Range(0, 100), metadata={
        "title": _l("每小时积几分"), "help": _l("只计满的部分：1.5 小时、每小时 2 分，得 3 分")})
    hours_cap = fields.Integer(load_default=2, validate=validate.Range(1, 24), metadata={
        "title": _l("一次服务最多计几小时"), "help": _l("超过的时间照样记入服务纪实，但不再积分")})
    dissatisfied_earns = fields.Boolean(load_default=False, metadata={
        "title": _l("评价为“不满意”的服务也积分"), "help": _l("一般不积分")})


@dataclass(frozen=True, slots=True)
class Award:
    """Points for one record, and the rule in words."""

    points: int
    rule: str


def award(record: RecordFact, settings: Mapping[str, Any]) -> Award:
    """What a record earns; a dissatisfied recipient means nothing is earned unless the tenant says otherwise.

    The rule's words are kept with the entry for ever, so they are in the country's language, whoever's page it was.
    """
    rate, cap = settings["points_per_hour"], settings["hours_cap"]
    if record.evaluation == "dissatisfied" and not settings["dissatisfied_earns"]:
        return Award(0, "评价未达到要求，不积分")
    return Award(min(record.minutes, cap * 60) * rate // 60, f"每小时 {rate} 分，一次最多计 {cap} 小时")
