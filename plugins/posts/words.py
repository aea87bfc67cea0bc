"""The words for states, recipients and groups, as the pages and papers of posts say them."""
from __future__ import annotations

from core.api import _l

CLAIM_STATES = {"waiting": _l("候补中"), "held": _l("在岗"), "done": _l("已完成"), "released": _l("已退出"), "lapsed": _l("岗位已关闭")}
CLAIM_TONES = {"waiting": "warn", "held": "good", "done": "info", "released": "neutral", "lapsed": "neutral"}
MATTER_STATES = {"open": _l("开放认领"), "closed": _l("已关闭")}
RECIPIENTS = {"public": _l("公共区域、全体居民"), "household": _l("一户家庭"), "person": _l("某位居民")}
GROUPS = {"needy": _l("生活困难党员群众"), "elderly": _l("空巢老人"), "disabled": _l("残障人士"), "children": _l("留守儿童"),
          "laid_off": _l("下岗工人"), "migrant": _l("外来务工人员及随迁子女")}
INVITATION_STATES = {"open": _l("等待答复"), "accepted": _l("已答应"), "declined": _l("这次不方便"), "withdrawn": _l("已收回")}
