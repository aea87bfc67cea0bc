"""Liaison communities 联系点 of leading cadres (R91, R92): the register (D17), visits, and issues coordinated until they are solved."""
from __future__ import annotations

from pathlib import Path

from core.api import Navigation, Permission, Plugin, _l
from plugins.liaison import hooks, reporting
from plugins.liaison.models import MODELS
from plugins.liaison.pages import api_routes, routes
from plugins.liaison.settings import LiaisonSettings

_HERE = Path(__file__).parent
_OFFICERS = ("city_administrator", "county_officer", "street_officer", "community_officer")

plugin = Plugin(
    name="liaison",
    title=_l("联系点"),
    description=_l("党员领导干部联系基础薄弱、困难较多的社区：联系点名册、到联系点调研指导、协调解决问题。"),
    version="1.0.0",
    hooks=hooks,
    settings=LiaisonSettings,
    permissions=(
        Permission("liaison.read", _l("查看联系点和协调的问题"), (*_OFFICERS, "unit_liaison")),
        Permission("liaison.assign", _l("确定联系点、登记领导干部"), ("city_administrator", "county_officer")),
        Permission("liaison.enter", _l("登记到联系点的情况、提出和交办问题"), _OFFICERS),
        Permission("liaison.handle", _l("登记问题的办理进展"), (*_OFFICERS, "unit_liaison")),
        Permission("liaison.confirm", _l("确认问题已解决"), ("community_officer",)),
        Permission("liaison.self", _l("查看本人的联系点、登记到联系点的情况"), ("member",)),
    ),
    routes=routes,
    api_routes=api_routes,
    navigation=(Navigation(_l("联系点"), "liaison.index", "liaison.read", icon="map-pin", group="exchange"),
                Navigation(_l("我的联系点"), "liaison.mine", "liaison.self", icon="map-pin", group="exchange")),
    datasets=(reporting.POINTS, reporting.ISSUES),
    models=MODELS,
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    audit_titles={
        "liaison.cadre_entered": _l("登记领导干部"), "liaison.cadre_changed": _l("修改领导干部"), "liaison.assigned": _l("确定联系点"),
        "liaison.corrected": _l("修改联系点的理由"), "liaison.ended": _l("结束联系点"), "liaison.visited": _l("登记到联系点的情况"),
        "liaison.visit_corrected": _l("修改到联系点的情况"), "liaison.visit_joined": _l("到联系点关联服务记录"), "liaison.exported": _l("导出联系点"),
        "liaison.printed": _l("打印联系点名册"), "liaison.issue_raised": _l("提出协调问题"), "liaison.issue_step": _l("登记问题办理进展"),
        "liaison.issue_entrusted": _l("交办问题"), "liaison.issue_escalated": _l("问题提请上一级协调"), "liaison.issue_reported": _l("报告问题已解决"),
        "liaison.issue_confirmed": _l("社区确认问题已解决"), "liaison.issue_sent_back": _l("社区认为问题没有解决"),
        "liaison.issue_closed": _l("撤销问题"), "liaison_cadre": _l("领导干部"), "liaison_point": _l("联系点"), "liaison_visit": _l("到联系点的情况"),
        "liaison_issue": _l("协调的问题")},
    personal_data=_l("领导干部的姓名、职务、单位，联系的社区和到联系点的情况；不记居民的姓名。删除个人信息时去掉姓名和职务，社区的问题保留。"),
)
