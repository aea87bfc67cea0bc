"""The words for states and choices of a service record, in one place for every page that shows one."""
from __future__ import annotations

from core.i18n import _l
from core.service.export import SOURCES
from core.service.words import GROUPS, RECIPIENTS

__all__ = ["CHANNELS", "GROUPS", "RATINGS", "RECIPIENTS", "SOURCES", "STATES", "STEPS", "TABS"]

__all__ = ["CALLBACKS", "CHANNELS", "CORRECTIONS", "GROUPS", "MEANS", "OUTCOMES", "RATINGS", "RECIPIENTS", "SOURCES", "STATES", "STEPS", "TABS"]

STATES = {"submitted": _l("待查验"), "verified": _l("待评价"), "counted": _l("已计入"), "returned": _l("已退回"), "withdrawn": _l("已撤回"),
          "corrected": _l("已更正")}
TABS = ("submitted", "verified", "counted", "returned")
RATINGS = {"satisfied": _l("满意"), "fair": _l("基本满意"), "dissatisfied": _l("不满意")}
CORRECTIONS = {"open": _l("等社区答复"), "accepted": _l("已更正"), "refused": _l("不予更正"), "taken_back": _l("已收回"), "lapsed": _l("已失效")}
CALLBACKS = {"open": _l("待回访"), "confirmed": _l("与记录相符"), "differs": _l("与记录不符"), "settled": _l("已核对")}
OUTCOMES = {"confirmed": _l("与记录相符"), "differs": _l("与记录不符"), "not_reached": _l("没有联系上，以后再访")}
MEANS = {"phone": _l("电话"), "visit": _l("上门")}
CHANNELS = {"code": _l("服务对象凭评价码评价"), "paper": _l("纸质评价单"), "visit": _l("入户回访"), "waiver": _l("免评价")}
STEPS = {
    "record.submitted": (_l("记录服务"), "info"), "record.amended": (_l("修改后重新提交"), "info"),
    "record.verified": (_l("社区查验通过"), "good"), "record.returned": (_l("社区退回"), "bad"),
    "record.withdrawn": (_l("撤回"), "neutral"), "evaluation.code_issued": (_l("打印评价单"), "neutral"),
    "record.counted": (_l("已评价，计入服务纪实"), "good"), "evaluation.waived": (_l("社区免评价"), "info"),
    "correction.requested": (_l("申请更正"), "info"), "correction.taken_back": (_l("收回更正申请"), "neutral"),
    "correction.accepted": (_l("社区同意更正"), "good"), "correction.refused": (_l("社区不予更正"), "bad"),
    "record.corrected": (_l("按更正后的内容重新计入"), "good"),
}
