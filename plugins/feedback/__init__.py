"""Two-way feedback 双向反馈: what communities tell units about their members for a period, and the words of both sides (R25, R43, R72)."""
from __future__ import annotations

from pathlib import Path

from core.api import JobKind, Navigation, Permission, Plugin, _l
from plugins.feedback import hooks, reporting, running
from plugins.feedback.models import MODELS
from plugins.feedback.pages import api_routes, routes
from plugins.feedback.settings import FeedbackSettings

_HERE = Path(__file__).parent
_OFFICERS = ("city_administrator", "county_officer", "street_officer", "community_officer")

plugin = Plugin(
    name="feedback",
    title=_l("双向反馈"),
    description=_l("社区向单位反馈党员报到和服务的情况，单位答复和来信，往来在同一处。"),
    version="1.0.0",
    hooks=hooks,
    settings=FeedbackSettings,
    local_settings=True,
    permissions=(
        Permission("feedback.read", _l("查看反馈"), (*_OFFICERS, "unit_liaison")),
        Permission("feedback.run", _l("一次生成辖区内的全部反馈"), _OFFICERS),
        Permission("feedback.manage", _l("审核、签发、送出反馈，登记重要情况"), ("community_officer",)),
        Permission("feedback.answer", _l("接收、答复反馈和给社区写信"), ("unit_liaison",)),
        Permission("feedback.self", _l("查看反馈中关于本人的情况"), ("member",)),
    ),
    routes=routes,
    api_routes=api_routes,
    jobs=(JobKind(running.KIND, _l("生成反馈"), running.run, resumable=True),),
    navigation=(Navigation(_l("双向反馈"), "feedback.index", "feedback.read", icon="message", group="exchange"),
                Navigation(_l("社区反馈"), "feedback.mine", "feedback.self", icon="message", group="exchange")),
    datasets=(reporting.DATASET,),
    models=MODELS,
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    audit_titles={
        "feedback.run_begun": _l("开始生成反馈"), "feedback.run_ended": _l("生成反馈完成"), "feedback.made_anew": _l("重新生成反馈"),
        "feedback.remarked": _l("填写评语"), "feedback.reviewed": _l("审核反馈"), "feedback.signed": _l("签发反馈"),
        "feedback.taken_back": _l("退回修改反馈"), "feedback.sent": _l("送出反馈"), "feedback.read": _l("单位阅看反馈"),
        "feedback.answered": _l("单位答复反馈"), "feedback.archived": _l("反馈归档"), "feedback.correction_begun": _l("更正反馈"),
        "feedback.written": _l("社区和单位往来"), "feedback.message_read": _l("阅看来信"), "feedback.arrived": _l("收到外地反馈"),
        "feedback.exported": _l("导出反馈清单"), "feedback.printed": _l("打印或下载反馈函"), "feedback.zipped": _l("批量下载反馈函"),
        "feedback_pack": _l("反馈"), "feedback_run": _l("生成反馈"), "feedback_message": _l("往来")},
    personal_data=_l("每名党员在一个时段的报到、认领、活动、评价的数字和社区的评语，社区和单位往来中关于党员的内容；不含服务对象。"),
)
