"""The words for states, channels and groups, as pages and papers show them."""
from __future__ import annotations

from core.api import _l

STATES = {"new": _l("待分类"), "classified": _l("已分类"), "turned": _l("办理中"), "answered": _l("已答复"), "refused": _l("不能办理"),
          "merged": _l("已归并"), "done": _l("已办结")}
TONES = {"new": "warn", "classified": "info", "turned": "info", "answered": "good", "refused": "neutral", "merged": "neutral", "done": "good"}
CHANNELS = {"visit": _l("入户走访"), "notice": _l("张贴公告"), "box": _l("意见箱"), "website": _l("网站"), "qq": _l("QQ群"), "weibo": _l("微博"),
            "wechat": _l("微信"), "phone": _l("电话"), "member": _l("党员反映"), "other": _l("其他渠道")}
#: What the asker reads: the work's own steps are none of theirs.
TOLD = {"new": _l("已收到，社区正在看。"), "classified": _l("已登记，社区正在想办法。"), "turned": _l("正在办理：已请党员来帮忙。"),
        "answered": _l("社区已经答复。"), "refused": _l("这件事暂时办不了，原因如下。"), "done": _l("已经办好。"),
        "merged": _l("有邻居反映了同样的事，合在一起办理。")}
