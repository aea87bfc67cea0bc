"""Stars 星级 (R83): schemes as rule packs, rounds, nomination or application, approval, public notice, certificate, review; off at first."""
from __future__ import annotations

from pathlib import Path

from core.api import JobKind, Measure, Navigation, Permission, Plugin, RuleKind, _l
from plugins.stars import checking, explaining, granting, holding, hooks, rehearsing, reviewing, rounds
from plugins.stars.models import MODELS
from plugins.stars.pages import api_routes, routes
from plugins.stars.schema import StarsSchema
from plugins.stars.settings import StarsSettings

_HERE = Path(__file__).parent
_OFFICERS = ("city_administrator", "county_officer", "street_officer", "community_officer", "unit_liaison")

plugin = Plugin(
    name="stars",
    title=_l("服务星级"),
    description=_l("按本地规则评定服务星级：自动计算、提名或申请、逐级审批、公示、授予和复核；不排名，不强制。"),
    version="1.0.0",
    hooks=hooks,
    settings=StarsSettings,
    permissions=(
        Permission("stars.read", _l("查看星级"), _OFFICERS),
        Permission("stars.enter", _l("提名或代党员申请星级"), _OFFICERS),
        Permission("stars.approve", _l("审批星级"), _OFFICERS),
        Permission("stars.manage", _l("组织星级评定、公示、授予和复核"), ("city_administrator", "county_officer")),
        Permission("stars.self", _l("查看和申请本人的星级"), ("member",)),
    ),
    routes=routes,
    api_routes=api_routes,
    jobs=(JobKind(rounds.JOB, _l("计算星级"), rounds.run), JobKind("stars.rounds", _l("到期自动评定星级"), rounds.nightly, at="03:20"),
          JobKind("stars.review", _l("星级复核"), reviewing.nightly, at="03:40"),
          JobKind("stars.grant", _l("公示期满授予星级"), granting.nightly, at="04:00")),
    navigation=(Navigation(_l("服务星级"), "stars.index", "stars.read", icon="star", group="honours"),
                Navigation(_l("我的星级"), "stars.mine", "stars.self", icon="star", group="honours")),
    measures=(Measure("stars.level", _l("持有的最高星级"), holding.level, holding.levels),),
    rule_kinds=(RuleKind("stars", _l("星级规则"), StarsSchema, explaining.describe, rehearsing.rehearse, explaining.show, explaining.why,
                         check=checking.check, examples=_HERE / "packs", local=True, several=True),),
    models=MODELS,
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    audit_titles={
        "stars.round_opened": _l("开始星级评定"), "stars.round_computed": _l("算出星级候选人"), "stars.nominated": _l("提名星级"),
        "stars.applied": _l("申请星级"), "stars.found": _l("进入星级评定"), "stars.approved": _l("通过一级星级审批"), "stars.refused": _l("不通过星级评定"),
        "stars.withdrawn": _l("撤回星级申请"), "stars.published": _l("公示星级"), "stars.objected": _l("登记星级异议或申诉"),
        "stars.upheld": _l("采纳星级异议或申诉"), "stars.rejected": _l("不采纳星级异议或申诉"), "stars.reopened": _l("重新审批星级"),
        "stars.granted": _l("授予星级"), "stars.revoked": _l("撤销星级"), "stars.lowered": _l("降低星级"), "stars.lapsed": _l("终止星级"),
        "stars.review_proposed": _l("提出星级复核建议"), "stars.reviewed": _l("复核星级"), "stars.doubted": _l("星级依据有变动"),
        "stars.doubt_settled": _l("核对星级依据"), "stars.certificate_printed": _l("打印星级证书"), "stars.notice_printed": _l("打印星级公示"),
        "stars_round": _l("星级评定批次"), "stars_case": _l("星级评定"), "stars_notice": _l("星级公示"), "stars_star": _l("星级")},
    personal_data=_l("每名党员的星级、评定经过、审批意见、异议和复核，以及授予时所依据的服务记录编号。"),
)
