"""The words for states and choices of a service record, in one place for every page that shows one."""
from __future__ import annotations

from core.i18n import _l
from core.service.words import GROUPS, RECIPIENTS

__all__ = ["CHANNELS", "GROUPS", "RATINGS", "RECIPIENTS", "STATES", "STEPS", "TABS"]

STATES = {"submitted": _l("待查验"), "verified": _l("待评价"), "counted": _l("已计入"), "returned": _l("已退回"), "withdrawn": _l("已撤回")}
TABS = ("submitted", "verified", "counted", "returned")
RATINGS = {"satisfied": _l("满意"), "fair": _l("基本满意"), "dissatisfied": _l("不满意")}
CHANNELS = {"code": _l("服务对象凭评价码评价"), "paper": _l("纸质评价单"), "visit": _l("入户回访"), "waiver": _l("免评价")}
STEPS = {
    "record.submitted": (_l("记录服务"), "info"), "record.amended": (_l("修改后重新提交"), "info"),
    "record.verified": (_l("社区查验通过"), "good"), "record.returned": (_l("社区退回"), "bad"),
    "record.withdrawn": (_l("撤回"), "neutral"), "evaluation.code_issued": (_l("打印评价单"), "neutral"),
    "record.counted": (_l("已评价，计入服务纪实"), "good"),
}
