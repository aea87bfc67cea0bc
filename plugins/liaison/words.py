"""The words for kinds, states and sides."""
from __future__ import annotations

from core.api import _l

VISITS = {"research": _l("调研"), "guidance": _l("指导工作"), "service": _l("带头为群众服务")}
SIDES = {"community": _l("社区"), "cadre": _l("领导干部本人"), "officer": _l("组织部门"), "unit": _l("责任单位")}
STATES = {"open": _l("协调中"), "reported": _l("待社区确认"), "solved": _l("已解决"), "closed": _l("已撤销")}
TONES = {"open": "info", "reported": "warn", "solved": "good", "closed": "neutral", "late": "bad"}
STEPS = {"raised": _l("提出问题"), "step": _l("办理进展"), "entrusted": _l("交办"), "escalated": _l("提请上一级协调"), "reported": _l("报告已解决"),
         "confirmed": _l("社区确认已解决"), "sent_back": _l("社区认为没有解决"), "closed": _l("撤销")}
STEP_TONES = {"confirmed": "good", "sent_back": "bad", "escalated": "warn", "reported": "info"}
FIGURES = {"members": _l("居住在此的在册党员（人）"), "reported": _l("其中已报到（人）"), "rate": _l("报到率（%）"), "matters": _l("无人认领的服务事项（项）"),
           "claims": _l("正在办理的认领（项）"), "late": _l("其中已过期限（项）")}
