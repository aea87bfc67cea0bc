"""The service menu 服务菜单: offers of members and units, requests of residents, times that both sides choose (R68, R69, R76; D7)."""
from __future__ import annotations

from pathlib import Path

from core.api import JobKind, MatterKind, Navigation, Permission, Plugin, _l
from plugins.menu import hooks, reporting, upkeep
from plugins.menu.models import MODELS
from plugins.menu.pages import api_routes, public_routes, routes
from plugins.menu.settings import MenuSettings

_HERE = Path(__file__).parent
_OFFICERS = ("city_administrator", "county_officer", "street_officer", "community_officer")

plugin = Plugin(
    name="menu",
    title=_l("服务菜单"),
    description=_l("党员和单位提供服务，居民点单，双方约定，日历订阅。"),
    version="1.0.0",
    hooks=hooks,
    settings=MenuSettings,
    local_settings=True,
    permissions=(
        Permission("menu.read", _l("查看服务菜单和点单"), _OFFICERS),
        Permission("menu.manage", _l("上架服务、整理点单、登记约定和办结"), ("community_officer",)),
        Permission("menu.enter", _l("代居民点单、代党员提供服务"), ("community_officer",)),
        Permission("menu.self", _l("提供服务、接单"), ("member",)),
        Permission("menu.unit", _l("以单位名义提供服务、接单"), ("unit_liaison",)),
    ),
    terms={"menu_offer": ("服务项目", "offer"), "menu_request": ("点单", "order")},
    routes=routes,
    public_routes=public_routes,
    api_routes=api_routes,
    jobs=(JobKind(upkeep.JOB, _l("服务菜单的夜间整理"), upkeep.nightly, at="02:40"),),
    navigation=(Navigation(_l("点单"), "menu.index", "menu.read", icon="list-check", group="service"),
                Navigation(_l("服务菜单"), "menu.listings", "menu.read", icon="file-text", group="service"),
                Navigation(_l("我的服务菜单"), "menu.own", "menu.self", icon="list-check", group="service"),
                Navigation(_l("单位服务菜单"), "menu.unit", "menu.unit", icon="list-check", group="service")),
    datasets=(reporting.OFFERS, reporting.AGREED),
    matters=MatterKind(_l("点单"), show="menu.request", own="menu.own_request"),
    models=MODELS,
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    audit_titles={
        "menu.offered": _l("提供服务"), "menu.offer_changed": _l("修改提供的服务"), "menu.offer_paused": _l("暂停提供服务"),
        "menu.offer_resumed": _l("恢复提供服务"), "menu.offer_ended": _l("结束提供服务"), "menu.listed": _l("上架服务"), "menu.taken_down": _l("下架服务"),
        "menu.asked": _l("点单"), "menu.published": _l("整理并发布点单"), "menu.matched": _l("为点单推荐服务方"), "menu.proposed": _l("为点单提出时间"),
        "menu.taken": _l("代党员接单"),
        "menu.declined": _l("谢绝点单"), "menu.refused": _l("居民谢绝所提时间"), "menu.agreed": _l("约定服务时间"), "menu.change_wished": _l("希望改时间"),
        "menu.cancelled": _l("取消约定"), "menu.sent": _l("安排服务人员"), "menu.served": _l("点单服务完成"), "menu.closed": _l("结束点单"),
        "menu.contact_seen": _l("查看点单居民的联系方式"), "menu.contact_erased": _l("删除点单居民的联系方式"), "menu.exported": _l("导出点单"),
        "menu.printed": _l("打印服务菜单"), "menu.code_reissued": _l("换发点单回执码"), "menu.form_code_issued": _l("换发点单码"),
        "menu.calendar_issued": _l("生成日历订阅地址"), "menu.calendar_revoked": _l("停用日历订阅地址"),
        "menu_offer": _l("提供的服务"), "menu_listing": _l("菜单上的服务"), "menu_request": _l("点单"), "menu_calendar": _l("日历订阅")},
    personal_data=_l("党员提供的服务、接到的点单、约定的时间和日历订阅；居民的称呼、电话、地址和说明（加密保存，办结后按设置的天数删除）。"),
)
