"""Contribution points 党员奉献积分 (R82): what counts earns points by the rule pack of the tenant or county, off unless switched on."""
from __future__ import annotations

from pathlib import Path

from core.api import JobKind, Measure, Navigation, Permission, Plugin, RuleKind, _l
from plugins.points import backfill, closing, corrections, describing, hooks, measures, notices, rehearsal, reporting, spanning, upkeep
from plugins.points.audit_titles import AUDIT_TITLES
from plugins.points.models import MODELS
from plugins.points.pages import api_routes, routes
from plugins.points.schema import RULE_KIND, PointsPackSchema
from plugins.points.settings import PointsSettings

_HERE = Path(__file__).parent
_OFFICERS = ("city_administrator", "county_officer", "street_officer", "community_officer")

plugin = Plugin(
    name="points",
    title=_l("奉献积分"),
    description=_l("服务经社区查验、服务对象评价后，按本地规则自动记分；不排名，不强制。"),
    version="2.0.0",
    hooks=hooks,
    settings=PointsSettings,
    local_settings=True,
    permissions=(
        Permission("points.read", _l("查看积分"), (*_OFFICERS, "unit_liaison")),
        Permission("points.self", _l("查看本人积分"), ("member",)),
        Permission("points.redeem", _l("办理积分兑换和发卡"), _OFFICERS),
        Permission("points.exclude", _l("登记不列入积分的情形"), _OFFICERS),
        Permission("points.correct", _l("更正积分（两人办理）"), _OFFICERS),
        Permission("points.manage", _l("维护兑换物品、补记和排名开关"), ("city_administrator",)),
    ),
    terms={"points": ("积分", "points")},
    routes=routes,
    api_routes=api_routes,
    jobs=(JobKind("points.check", _l("核对积分余额"), upkeep.check_balances, at="03:10"),
          JobKind(closing.KIND, _l("积分周期的开始和清算"), closing.run, resumable=True, at="02:20"),
          JobKind(spanning.KIND, _l("期末数量的积分"), spanning.run, resumable=True, at="02:40"),
          JobKind(notices.KIND, _l("准备积分公示"), notices.run, at="03:40"),
          JobKind(backfill.KIND, _l("补记积分"), backfill.run, resumable=True)),
    rule_kinds=(RuleKind(RULE_KIND, _l("积分规则"), PointsPackSchema, describe=describing.describe, check=describing.check,
                         rehearse=rehearsal.rehearse, show=rehearsal.show, why=rehearsal.why, published=backfill.published,
                         examples=_HERE / "packs", local=True, otherwise=_l("还没有发布规则，现在按“设置”中“奉献积分”的每小时分数计算。")),),
    approvals=(corrections.APPROVAL,),
    navigation=(Navigation(_l("奉献积分"), "points.index", "points.read", icon="award", group="honours"),
                Navigation(_l("积分兑换"), "points.desk", "points.redeem", icon="gift", group="honours"),
                Navigation(_l("我的积分"), "points.mine", "points.self", icon="award", group="honours")),
    measures=(Measure("points.balance", _l("积分余额"), measures.balance, measures.balances),
              Measure("points.year", _l("当期积分"), measures.in_period, measures.in_periods)),
    datasets=(reporting.DATASET,),
    models=MODELS,
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    audit_titles=AUDIT_TITLES,
    personal_data=_l("每名党员的积分余额和每一笔的来由（服务记录或事项的编号、分数、规则），以及兑换、积分卡、不列入积分的时间和更正的理由。"),
)
