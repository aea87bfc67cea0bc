"""Pledges 公开承诺: what members promise on what they have claimed, in public (R37, R56, R57, R77), filed with their units (R21)."""
from __future__ import annotations

from pathlib import Path

from core.api import JobKind, Navigation, Permission, Plugin, _l
from plugins.pledges import hooks, objecting, reporting
from plugins.pledges.measures import MEASURES
from plugins.pledges.models import MODELS
from plugins.pledges.pages import api_routes, public_routes, routes
from plugins.pledges.settings import PledgesSettings

_HERE = Path(__file__).parent
_OFFICERS = ("city_administrator", "county_officer", "street_officer", "community_officer")

plugin = Plugin(
    name="pledges",
    title=_l("公开承诺"),
    description=_l("党员对认领的事项作出承诺，社区公开展示，群众监督，单位备案。"),
    version="1.0.0",
    hooks=hooks,
    settings=PledgesSettings,
    local_settings=True,
    permissions=(
        Permission("pledges.read", _l("查看承诺"), (*_OFFICERS, "unit_liaison")),
        Permission("pledges.manage", _l("代为承诺、公开、办结承诺和答复群众反映"), ("community_officer",)),
        Permission("pledges.file", _l("代单位党员承诺、备案和督促"), ("unit_liaison",)),
        Permission("pledges.self", _l("作出和查看本人的承诺"), ("member",)),
    ),
    routes=routes,
    public_routes=public_routes,
    api_routes=api_routes,
    jobs=(JobKind("pledges.nightly", _l("清除反映人信息、补办结承诺"), objecting.nightly, at="03:50"),),
    navigation=(Navigation(_l("公开承诺"), "pledges.index", "pledges.read", icon="certificate", group="service"),
                Navigation(_l("我的承诺"), "pledges.mine", "pledges.self", icon="certificate", group="service")),
    datasets=(reporting.DATASET,),
    measures=MEASURES,
    models=MODELS,
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    audit_titles={
        "pledges.made": _l("作出承诺"), "pledges.published": _l("公开承诺"), "pledges.taken_down": _l("撤下承诺"), "pledges.corrected": _l("修改承诺文字"),
        "pledges.kept": _l("承诺已兑现"), "pledges.kept_late": _l("承诺逾期兑现"), "pledges.released": _l("解除承诺"), "pledges.not_kept": _l("承诺未兑现"),
        "pledges.reopened": _l("恢复承诺"), "pledges.deadline_asked": _l("申请承诺延期"), "pledges.deadline_moved": _l("同意承诺延期"),
        "pledges.deadline_kept": _l("不同意承诺延期"), "pledges.filed": _l("承诺备案"), "pledges.reminded": _l("提醒践诺"),
        "pledges.objected": _l("群众反映未兑现"), "pledges.contact_seen": _l("查看群众反映和联系方式"), "pledges.objection_upheld": _l("群众反映属实"),
        "pledges.objection_rejected": _l("群众反映不属实"), "pledges.contacts_erased": _l("到期清除反映人信息"), "pledges.exported": _l("导出承诺"),
        "pledges.printed": _l("打印承诺书"), "pledges.poster_printed": _l("打印承诺公示表"), "pledges_pledge": _l("承诺"),
        "pledges_objection": _l("群众反映")},
    personal_data=_l("每名党员的承诺、期限、结果、延期理由和社区的答复；群众反映的内容和联系方式加密保存，只有社区可以查看，到期清除。"),
)
