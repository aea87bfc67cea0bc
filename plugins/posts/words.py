"""The words for states of claims, posts and invitations, as the pages and papers of posts say them."""
from __future__ import annotations

from core.api import _l

CLAIM_STATES = {"waiting": _l("候补中"), "held": _l("在岗"), "done": _l("已完成"), "released": _l("已退出"), "lapsed": _l("岗位已关闭")}
CLAIM_TONES = {"waiting": "warn", "held": "good", "done": "info", "released": "neutral", "lapsed": "neutral"}
MATTER_STATES = {"open": _l("开放认领"), "closed": _l("已关闭")}
INVITATION_STATES = {"open": _l("等待答复"), "accepted": _l("已答应"), "declined": _l("这次不方便"), "withdrawn": _l("已收回")}
PERIOD_KINDS = {"year": _l("年"), "half": _l("半年"), "quarter": _l("季度"), "month": _l("月")}
