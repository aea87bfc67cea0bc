"""Consultation 征求意见 (R26, R73, R81; D14): a unit or department asks communities before merit, promotion and collective awards."""
from __future__ import annotations

from pathlib import Path

from core.api import JobKind, Navigation, Permission, Plugin, _l
from plugins.consultation import counting, hooks, keeping
from plugins.consultation.models import MODELS
from plugins.consultation.pages import api_routes, routes
from plugins.consultation.settings import ConsultationSettings

_HERE = Path(__file__).parent
_ASKERS = ("city_administrator", "county_officer", "unit_liaison")
_ANSWERERS = ("street_officer", "community_officer")

plugin = Plugin(
    name="consultation",
    title=_l("征求意见"),
    description=_l("评先表优、晋级晋职和评选先进单位前，单位和组织部门征求党员居住地、工作地社区的意见。"),
    version="1.0.0",
    hooks=hooks,
    settings=ConsultationSettings,
    permissions=(
        Permission("consultation.read", _l("查看本单位、本社区的征求意见"), (*_ASKERS, *_ANSWERERS)),
        Permission("consultation.ask", _l("向社区征求意见"), _ASKERS),
        Permission("consultation.answer", _l("答复征求意见"), ("community_officer",)),
        Permission("consultation.sign", _l("在答复上签字"), _ANSWERERS),
        Permission("consultation.counts", _l("查看征求意见的件数"), ("city_administrator", "county_officer", "street_officer")),
    ),
    routes=routes,
    api_routes=api_routes,
    jobs=(JobKind("consultation.nightly", _l("到期删除征求意见的内容"), keeping.nightly, at="03:40"),),
    navigation=(Navigation(_l("征求意见"), "consultation.index", "consultation.ask", icon="message", group="exchange"),
                Navigation(_l("答复征求意见"), "consultation.inbox", "consultation.sign", icon="message", group="exchange")),
    datasets=(counting.DATASET,),
    models=MODELS,
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    audit_titles={
        "consultation.asked": _l("征求意见"), "consultation.seen": _l("查看征求意见"), "consultation.listed": _l("查看征求意见列表"),
        "consultation.written": _l("起草征求意见的答复"), "consultation.signed": _l("在征求意见的答复上签字"),
        "consultation.returned": _l("退回修改征求意见的答复"), "consultation.answered": _l("答复征求意见"),
        "consultation.paper_entered": _l("登记纸质回执联"), "consultation.extended": _l("延长征求意见的期限"),
        "consultation.withdrawn": _l("撤回征求意见"), "consultation.reopened": _l("请社区补充意见"),
        "consultation.outcome_noted": _l("登记征求意见的结果"), "consultation.printed": _l("打印征求意见函或答复函"),
        "consultation.exported": _l("导出征求意见"), "consultation.counts_exported": _l("导出征求意见件数"),
        "consultation.removed": _l("到期删除征求意见的内容"), "consultation_request": _l("征求意见"), "consultation_occasion": _l("征求意见")},
    personal_data=_l("就哪名党员、为什么事由、向哪个社区征求意见，社区的意见和理由，签字人。事由、意见、理由和姓名加密保存，"
                     "只有征求的单位和被征求的社区可以看到，每次查看都有记录，到期自动删除。"),
)
