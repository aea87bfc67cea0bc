"""Co-building 共驻共建 between units and communities (R17): information, funds, talent, venues, agreed on in writing and fulfilled."""
from __future__ import annotations

from pathlib import Path

from core.api import Navigation, Permission, Plugin, _l
from plugins.cobuilding import reporting
from plugins.cobuilding.models import MODELS
from plugins.cobuilding.pages import api_routes, routes
from plugins.cobuilding.settings import CobuildingSettings

_HERE = Path(__file__).parent
_OFFICERS = ("city_administrator", "county_officer", "street_officer", "community_officer")

plugin = Plugin(
    name="cobuilding",
    title=_l("共驻共建"),
    description=_l("单位向社区提供信息、资金、人才、场所：供给和需求、共建协议、履行情况、年度清单。资金只作登记，不经过本系统支付。"),
    version="1.0.0",
    settings=CobuildingSettings,
    permissions=(
        Permission("cobuilding.read", _l("查看共驻共建"), (*_OFFICERS, "unit_liaison")),
        Permission("cobuilding.offer", _l("代表单位：登记供给、确认协议、登记履行"), ("unit_liaison", "county_officer")),
        Permission("cobuilding.need", _l("代表社区：登记需求、确认协议、确认履行"), ("community_officer",)),
        Permission("cobuilding.propose", _l("拟订共建协议"), (*_OFFICERS, "unit_liaison")),
    ),
    routes=routes,
    api_routes=api_routes,
    navigation=(Navigation(_l("共驻共建"), "cobuilding.index", "cobuilding.read", icon="heart-handshake", group="exchange"),),
    datasets=(reporting.DATASET,),
    models=MODELS,
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    audit_titles={
        "cobuilding.put_up": _l("登记供给或需求"), "cobuilding.item_changed": _l("修改供给或需求"), "cobuilding.item_closed": _l("关闭供给或需求"),
        "cobuilding.proposed": _l("拟订共建协议"), "cobuilding.changed": _l("修改共建协议"), "cobuilding.confirmed": _l("确认共建协议"),
        "cobuilding.declined": _l("不同意共建协议"), "cobuilding.withdrawn": _l("撤回共建协议"), "cobuilding.ended": _l("结束共建协议"),
        "cobuilding.renewed": _l("续签共建协议"), "cobuilding.fulfilled": _l("登记共建履行"), "cobuilding.answered": _l("社区答复共建履行"),
        "cobuilding.exported": _l("导出共建清单"), "cobuilding.printed": _l("打印共建协议或清单"), "cobuilding_item": _l("供给或需求"),
        "cobuilding_agreement": _l("共建协议"), "cobuilding_fulfilment": _l("共建履行")},
)
