"""Weekly duty 单位轮值: one unit after another keeps a community's workstation, a week (or more) at a time."""
from __future__ import annotations

from core.api import Permission, Plugin, _l
from weekly_duty import events, models, pages
from weekly_duty.settings import WeeklyDutySettings

PLANNERS = ("city_administrator", "county_officer")

plugin = Plugin(
    "weekly_duty", _l("单位轮值"), _l("一周一单位到社区值守：排班、值守日志，当期服务自动计数。"), "1.0.0", api=1, package=__name__,
    settings=WeeklyDutySettings,
    permissions=(Permission("weekly_duty.read", _l("查看单位轮值"), (*PLANNERS, "street_officer", "community_officer")),
                 Permission("weekly_duty.plan", _l("安排单位轮值"), PLANNERS),
                 Permission("weekly_duty.log", _l("写值守日志"), ("community_officer",))),
    audit_titles={"weekly_duty.service_counted": _l("轮值服务计数"), "weekly_duty_turn": _l("单位轮值")})
