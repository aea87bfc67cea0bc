"""The rota: planned by the county, its log written by the community."""
from __future__ import annotations

import datetime as dt
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import Select, select

from core.api import Conflict, PlaceField, PluginPages, TableColumn, _, _l, session, settings
from weekly_duty.models import WeekDuty

pages = PluginPages("weekly_duty")


class TurnForm(Schema):
    """A turn as it is planned."""

    community_id = PlaceField("community", "weekly_duty.plan", title=_l("社区"))
    unit_id = PlaceField("unit", "weekly_duty.plan", title=_l("单位"))
    day = fields.Date(required=True, metadata={"title": _l("哪一周"), "help": _l("填这一周的任何一天，从星期一算起")})


class LogForm(Schema):
    """The community's words about a turn."""

    log = fields.String(required=True, validate=validate.Length(2, 500), metadata={
        "title": _l("值守日志"), "help": _l("做了哪些事；请不要写居民和党员的姓名"), "widget": "textarea"})


@pages.table("/", title=_l("单位轮值"), permission="weekly_duty.read", menu=True, icon="calendar", export=True,
             links=("plan", "write_log", "remove"), empty=_l("还没有安排。请点“安排轮值”，写明社区、单位和哪一周。"), columns=(
    TableColumn("starts_on", _l("开始"), "date"), TableColumn("ends_on", _l("结束"), "date"),
    TableColumn("community_id", _l("社区"), "place"), TableColumn("unit_id", _l("单位"), "place"),
    TableColumn("services", _l("当期服务次数"), "integer"), TableColumn("log", _l("值守日志"))))
def turns() -> Select[Any]:
    """The turns, the latest first."""
    return select(WeekDuty).order_by(WeekDuty.starts_on.desc())


@pages.form("/new", TurnForm, title=_l("安排轮值"), permission="weekly_duty.plan")
def plan(day: dt.date, **places: Any) -> WeekDuty:
    """A unit's turn, as long as the setting says."""
    monday = day - dt.timedelta(days=day.weekday())
    return WeekDuty(starts_on=monday, ends_on=monday + dt.timedelta(weeks=settings("weekly_duty")["weeks"], days=-1), **places)


@pages.form("/<uuid:id>/log", LogForm, title=_l("写值守日志"), permission="weekly_duty.log", row=WeekDuty)
def write_log(turn: WeekDuty, log: str) -> None:
    """What was done in the turn."""
    turn.log = log


@pages.action("/<uuid:id>/remove", title=_l("取消轮值"), permission="weekly_duty.plan", row=WeekDuty, ask=_l("取消这次轮值？"))
def remove(turn: WeekDuty) -> None:
    """A turn that is not to be; one that has a log stays."""
    if turn.log:
        raise Conflict(_("已经写了值守日志，不能取消。"))
    session().delete(turn)
