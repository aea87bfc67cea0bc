"""What a plugin was doing, in words: its hooks, pages, jobs and measures, by the names under which failures are counted."""
from __future__ import annotations

from core.extension.registry import current
from core.i18n import LazyString, _, _l
from core.jobs.registry import label

HOOKS: dict[str, LazyString] = {
    "member_panels": _l("显示在党员页面上的内容"), "record_counted": _l("服务记录计入时的处理"), "record_withdrawn": _l("服务记录撤回时的处理"),
    "deed_counted": _l("事项认定时的处理"), "deed_withdrawn": _l("事项撤销时的处理"),
    "matter_opened": _l("事项开放认领时的处理"), "matter_closed": _l("事项关闭时的处理"), "claim_taken": _l("认领时的处理"),
    "claim_ended": _l("认领结束时的处理"), "matter_makers": _l("需求可以转成的事项"), "matter_drafts": _l("转成事项时带过去的内容"),
    "claim_parts": _l("工作台账中的栏目"), "claim_panels": _l("显示在认领页面上的内容"), "overview_figures": _l("总览中的数字"),
    "feedback_arrived": _l("外地反馈到达时的处理"), "desk_items": _l("单位工作台上的待办"),
    "member_year_parts": _l("双向反馈中的数字"), "export_member_data": _l("导出个人数据"),
    "erase_member_data": _l("删除个人数据"),
}


def hook_title(hook: str) -> str:
    """The hook, route ("GET /p/points/"), job or measure in words; what nobody knows by its name."""
    if hook in HOOKS:
        return str(HOOKS[hook])
    method, space, address = hook.partition(" ")
    if space:
        return _("页面 %(address)s", address=address) if method == "GET" else _("在页面 %(address)s 上提交", address=address)
    measure = next((m.title for p in current().plugins.values() for m in p.measures if m.name == hook), None)
    if measure is not None:
        return _("指标“%(title)s”", title=measure)
    job = label(hook)
    return hook if job == hook else _("后台任务“%(title)s”", title=job)
