"""Awards 评选表彰 (R84, R85, D15): call, nomination with the member's agreement, recommendation, publication with objections, decision."""
from __future__ import annotations

from pathlib import Path

from core.api import JobKind, Navigation, Permission, Plugin, _l
from plugins.awards import hooks, objecting, reporting
from plugins.awards.models import MODELS
from plugins.awards.pages import api_routes, public_routes, routes
from plugins.awards.settings import AwardsSettings

_HERE = Path(__file__).parent
_OFFICERS = ("city_administrator", "county_officer", "street_officer", "community_officer")

plugin = Plugin(
    name="awards",
    title=_l("评选表彰"),
    description=_l("评选社区服务之星、最美在职党员等：提名、征得本人同意、推荐、公示、决定和证书；不自动、不排名。"),
    version="1.0.0",
    hooks=hooks,
    settings=AwardsSettings,
    local_settings=True,
    permissions=(
        Permission("awards.read", _l("查看评选表彰"), (*_OFFICERS, "unit_liaison")),
        Permission("awards.nominate", _l("提名、登记本人答复和异议"), (*_OFFICERS, "unit_liaison")),
        Permission("awards.recommend", _l("逐级推荐"), (*_OFFICERS, "unit_liaison")),
        Permission("awards.manage", _l("发起评选、公示、办理异议和作出决定"), _OFFICERS),
        Permission("awards.self", _l("查看本人的提名和荣誉"), ("member",)),
    ),
    routes=routes,
    public_routes=public_routes,
    api_routes=api_routes,
    jobs=(JobKind("awards.nightly", _l("清除异议人信息"), objecting.nightly, at="03:55"),),
    navigation=(Navigation(_l("评选表彰"), "awards.index", "awards.read", icon="medal", group="honours"),
                Navigation(_l("我的荣誉"), "awards.mine", "awards.self", icon="medal", group="honours")),
    datasets=(reporting.DATASET,),
    models=MODELS,
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    audit_titles={
        "awards.called": _l("发起评选"), "awards.changed": _l("修改评选"), "awards.cancelled": _l("取消评选"), "awards.nominated": _l("提名"),
        "awards.agreed": _l("同意参加评选"), "awards.declined": _l("婉拒参加评选"), "awards.recommended": _l("推荐"), "awards.refused": _l("不通过提名"),
        "awards.withdrawn": _l("撤回提名"), "awards.published": _l("公示名单"), "awards.reopened": _l("重新办理评选"), "awards.decided": _l("作出表彰决定"),
        "awards.revoked": _l("撤销荣誉"), "awards.objected": _l("对公示提出异议"), "awards.contact_seen": _l("查看异议和联系方式"),
        "awards.objection_upheld": _l("异议成立"), "awards.objection_rejected": _l("异议不成立"), "awards.contacts_erased": _l("清除异议人信息"),
        "awards.exported": _l("导出评选名单"), "awards.notice_printed": _l("打印公示"), "awards.list_printed": _l("打印表彰名单"),
        "awards.certificate_printed": _l("打印荣誉证书"), "awards_selection": _l("评选"), "awards_nomination": _l("提名"), "awards_objection": _l("异议")},
    personal_data=_l("每名党员的提名、事迹、本人是否同意、推荐意见和荣誉；异议的内容和联系方式加密保存，只有作出决定的单位可以查看，到期清除。"),
)
