"""The words for kinds and states, and the notice's three questions."""
from __future__ import annotations

from core.api import _l

REQUESTS = {"open": _l("等待答复"), "answered": _l("已答复"), "done": _l("已办结"), "withdrawn": _l("已撤回")}
REQUEST_TONES = {"open": "warn", "answered": "info", "done": "good", "withdrawn": "neutral"}
ANSWERS = {"answer": _l("答复"), "done": _l("办结"), "reopened": _l("重新提出"), "withdrawn": _l("撤回"), "reminded": _l("提醒")}
CASES = {"open": _l("帮助中"), "solved": _l("已解决"), "unsolved": _l("暂时解决不了"), "withdrawn": _l("本人撤回")}
CASE_TONES = {"open": "warn", "solved": "good", "unsolved": "neutral", "withdrawn": "neutral"}
STEPS = {"step": _l("帮助和进展"), "solved": _l("已解决"), "unsolved": _l("暂时解决不了"), "reopened": _l("继续帮助"), "withdrawn": _l("本人撤回"),
         "shared": _l("本人同意告知社区"), "unshared": _l("不再告知社区")}
MEETINGS = {"mobilisation": _l("动员会"), "discussion": _l("座谈会")}
CAMPAIGNS = {"month": _l("服务月"), "day": _l("服务日")}
QUESTIONS = (_l("为什么进社区"), _l("进社区干什么"), _l("到社区怎么做"))
REPORT_INS = {"reported": _l("已报到"), "submitted": _l("待社区确认"), "overdue": _l("逾期未报到"), "missing": _l("未报到")}
REPORT_IN_TONES = {"reported": "good", "submitted": "info", "overdue": "bad", "missing": "warn"}
FILINGS = {"ready": _l("可备案"), "waiting": _l("社区还没查验完"), "filed": _l("已备案"), "none": _l("没有服务记录")}
FILING_TONES = {"ready": "info", "waiting": "warn", "filed": "good", "none": "neutral"}
