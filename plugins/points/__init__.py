"""Contribution points 党员奉献积分 (R82): records that count earn points by a rule of the tenant, off unless switched on."""
from __future__ import annotations

from pathlib import Path

from core.api import JobKind, Measure, Navigation, Permission, Plugin, _l
from plugins.points import hooks, ledger
from plugins.points.models import PointsAccount, PointsEntry
from plugins.points.pages import api_routes, routes
from plugins.points.settings import PointsSettings

_HERE = Path(__file__).parent

plugin = Plugin(
    name="points",
    title=_l("奉献积分"),
    description=_l("服务经社区查验、服务对象评价后，按本地规则自动记分；不排名，不强制。"),
    version="1.0.0",
    hooks=hooks,
    settings=PointsSettings,
    local_settings=True,
    permissions=(
        Permission("points.read", _l("查看积分"), ("city_administrator", "county_officer", "street_officer", "community_officer",
                                                "unit_liaison")),
        Permission("points.self", _l("查看本人积分"), ("member",)),
    ),
    terms={"points": ("积分", "points")},
    routes=routes,
    api_routes=api_routes,
    jobs=(JobKind("points.check", _l("核对积分余额"), ledger.check_balances, at="03:10"),),
    navigation=(Navigation(_l("奉献积分"), "points.index", "points.read", icon="award"),
                Navigation(_l("我的积分"), "points.mine", "points.self", icon="award")),
    measures=(Measure("points.balance", _l("积分余额"), ledger.balance),),
    models=(PointsAccount, PointsEntry),
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    audit_titles={"points.earned": _l("记积分"), "points.reversed": _l("冲销积分"), "points.balance_mended": _l("更正积分余额"),
                  "points_account": _l("积分账户")},
    personal_data=_l("每名党员的积分余额和每一笔的来由（服务记录编号、分数、规则）。"),
)
