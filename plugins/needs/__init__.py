"""Needs 意见征集: what residents need, collected by every channel and answered (R53, R67, R68, R74; D6)."""
from __future__ import annotations

from pathlib import Path

from core.api import Duty, JobKind, Navigation, Permission, Plugin, _l
from plugins.needs import contacts, hooks, reporting
from plugins.needs.figures import bulletin_days
from plugins.needs.models import MODELS
from plugins.needs.pages import api_routes, public_routes, routes
from plugins.needs.settings import NeedsSettings

_HERE = Path(__file__).parent
_OFFICERS = ("city_administrator", "county_officer", "street_officer", "community_officer")

plugin = Plugin(
    name="needs",
    title=_l("意见征集"),
    description=_l("多渠道收集群众需求：归并、分类、答复，转为岗位或微心愿，定期发布需求公告。"),
    version="1.0.0",
    hooks=hooks,
    settings=NeedsSettings,
    local_settings=True,
    permissions=(
        Permission("needs.read", _l("查看意见征集"), _OFFICERS),
        Permission("needs.enter", _l("登记群众意见"), ("street_officer", "community_officer")),
        Permission("needs.manage", _l("分类、答复意见和发布需求公告"), ("community_officer",)),
        Permission("needs.report", _l("反映社情民意"), ("member",)),
        Permission("needs.connect", _l("设置意见征集的对接密钥"), ("city_administrator",)),
    ),
    routes=routes,
    public_routes=public_routes,
    api_routes=api_routes,
    jobs=(JobKind(contacts.JOB, _l("清除到期的联系方式"), contacts.nightly, at="02:40"),),
    navigation=(Navigation(_l("意见征集"), "needs.index", "needs.read", icon="message", group="service"),
                Navigation(_l("登记意见"), "needs.enter", "needs.enter", icon="edit", group="service"),
                Navigation(_l("反映社情民意"), "needs.mine", "needs.report", icon="message", group="service")),
    duties=(Duty("community_officer", _l("发布需求公告"), bulletin_days, "needs.bulletin_days"),),
    datasets=(reporting.DATASET,),
    models=MODELS,
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    audit_titles={
        "needs.received": _l("收到意见"), "needs.classified": _l("分类意见"), "needs.answered": _l("答复意见"), "needs.refused": _l("答复意见不能办理"),
        "needs.done": _l("办结意见"), "needs.reopened": _l("重新办理意见"), "needs.merged": _l("归并意见"), "needs.unmerged": _l("撤销归并意见"),
        "needs.turned": _l("意见转为认领事项"), "needs.returned": _l("意见的认领事项已关闭"), "needs.contact_seen": _l("查看意见的联系方式"),
        "needs.contact_erased": _l("清除意见的联系方式"), "needs.receipt_issued": _l("印发意见回执码"), "needs.answer_printed": _l("打印意见答复单"),
        "needs.slips_printed": _l("打印意见号码条"), "needs.exported": _l("导出意见"), "needs.sheet_read": _l("上传意见表格"),
        "needs.sheet_imported": _l("导入意见表格"), "needs.secret_renewed": _l("设置意见对接密钥"), "needs.secret_removed": _l("停用意见对接"),
        "needs.bulletin_published": _l("发布需求公告"), "needs.bulletin_withdrawn": _l("撤回需求公告"), "needs_need": _l("意见"),
        "needs_bulletin": _l("需求公告"), "needs_sheet": _l("意见表格"), "needs_inbox_secret": _l("意见对接密钥")},
    personal_data=_l("群众的原话、姓名、电话和地址（加密保存，办结后按设置清除联系方式），以及反映意见的党员。"),
)
