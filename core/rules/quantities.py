"""A quantity as data: how much of what a member has done, as an aggregate over facts or as a plugin's measure."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import ColumnElement, FromClause, and_, distinct, extract, func, true

from core.i18n import _l
from core.rules.where import WhereSchema, matches

OF_RECORDS = {"minutes": _l("服务时长（分钟）"), "times": _l("服务次数"), "days": _l("服务天数"), "months": _l("有服务的月数"),
              "communities": _l("服务过的社区数"), "kinds": _l("服务类别数")}
OF_DEEDS = {"deeds": _l("事项次数"), "deed_quantity": _l("事项数量合计")}
OF = {**OF_RECORDS, **OF_DEEDS, "measure": _l("其他功能的指标")}


class QuantitySchema(Schema):
    """What is counted. `of` records (narrowed by `where`), of deeds (narrowed by kind and level), or a plugin's named measure."""

    of = fields.String(load_default="minutes", validate=validate.OneOf(list(OF)), metadata={"title": _l("计算什么"), "choices": OF})
    where = fields.Nested(WhereSchema, load_default=lambda: WhereSchema().load({}), metadata={"title": _l("哪些服务")})
    deed_kinds = fields.List(fields.String(validate=validate.Length(1, 40)), load_default=list, metadata={
        "title": _l("哪些事项"), "help": _l("每行一个事项的代号；只在计算事项时填"), "suggest": "deeds"})
    deed_levels = fields.List(fields.String(validate=validate.Length(1, 20)), load_default=list, metadata={
        "title": _l("哪些级别"), "help": _l("每行一个，与事项的级别相同；不填表示不限")})
    measure = fields.String(load_default="", validate=validate.Length(max=60), metadata={
        "title": _l("指标名称"), "help": _l("如 points.balance；只在计算指标时填"), "suggest": "measures"})


def of_records(spec: Mapping[str, Any]) -> bool:
    """Whether the quantity is an aggregate over records."""
    return spec["of"] in OF_RECORDS


def of_deeds(spec: Mapping[str, Any]) -> bool:
    """Whether the quantity is an aggregate over deeds."""
    return spec["of"] in OF_DEEDS


def quantity(spec: Mapping[str, Any], facts: FromClause, since: dt.date | None = None, until: dt.date | None = None, *,
             also: ColumnElement[bool] | None = None) -> ColumnElement[Any]:
    """The quantity as an aggregate over `facts` (record_facts() or deed_facts(), as the spec asks), to be grouped by member.

    `since` and `until`: days of the window, both included, None for no bound; `also` narrows further. 0 where there is nothing.
    Raises ValueError for a measure, which is no aggregate.
    """
    within = _window(facts, since, until) if also is None else and_(_window(facts, since, until), also)
    if of_records(spec):
        return func.coalesce(_record_aggregate(spec["of"], facts).filter(and_(matches(spec.get("where"), facts), within)), 0)
    if of_deeds(spec):
        what = func.count(facts.c.deed_id) if spec["of"] == "deeds" else func.sum(facts.c.quantity)
        return func.coalesce(what.filter(and_(_deeds(spec, facts), within)), 0)
    raise ValueError(f"a {spec['of']} is no aggregate over facts")


def _record_aggregate(of: str, facts: FromClause) -> Any:
    month = extract("year", facts.c.happened_on) * 12 + extract("month", facts.c.happened_on)
    counted = {"times": facts.c.record_id, "days": distinct(facts.c.happened_on), "months": distinct(month),
               "communities": distinct(facts.c.community_id), "kinds": distinct(facts.c.kind)}
    return func.sum(facts.c.minutes) if of == "minutes" else func.count(counted[of])


def _deeds(spec: Mapping[str, Any], facts: FromClause) -> ColumnElement[bool]:
    parts = [facts.c[column].in_(spec[name]) for name, column in (("deed_kinds", "kind"), ("deed_levels", "level")) if spec.get(name)]
    return and_(true(), *parts)


def _window(facts: FromClause, since: dt.date | None, until: dt.date | None) -> ColumnElement[bool]:
    bounds = [facts.c.happened_on >= since] if since else []
    return and_(true(), *bounds, *([facts.c.happened_on <= until] if until else []))
