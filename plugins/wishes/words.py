"""Words for what stands in the tables as keys, and the priority groups as they hold at a place."""
from __future__ import annotations

import uuid

from core.api import PRIORITY_GROUPS, _l, settings

KINDS = {"dream": _l("小梦想"), "wish": _l("小心愿"), "difficulty": _l("小困难")}
CHANNELS = {"officer": _l("社区登记"), "public": _l("居民在网页上提交"), "need": _l("由居民意见转来"), "split": _l("由一个心愿拆分")}
STATES = {"submitted": _l("待审核"), "accepted": _l("待认领"), "claimed": _l("办理中"), "done": _l("待核销"), "written_off": _l("已实现"),
          "refused": _l("未采纳"), "split": _l("已拆分"), "withdrawn": _l("已撤回")}
TONES = {"submitted": "warn", "accepted": "info", "claimed": "info", "done": "warn", "written_off": "good", "refused": "neutral",
         "split": "neutral", "withdrawn": "neutral"}
RATINGS = {"satisfied": _l("满意"), "fair": _l("基本满意"), "dissatisfied": _l("不满意")}
WAYS = {"paper": _l("居民在核销单上签了字"), "visit": _l("上门或电话核实")}
EVENTS = {"received": _l("收到心愿"), "accepted": _l("审核通过，上墙待认领"), "accept_undone": _l("撤回审核，重新待审核"), "refused": _l("未采纳，已答复"),
          "split": _l("拆分成几个小心愿"), "withdrawn": _l("撤回"), "claimed": _l("有人认领"), "back_on_wall": _l("退出认领，重新待认领"),
          "done": _l("登记办好，等居民核销"), "sent_back": _l("居民反映没有实现，退回办理"), "judged": _l("居民反映没有实现，等社区核实"),
          "written_off": _l("核销"), "counted": _l("评价已计入服务记录")}
GATE = {"concrete": (_l("具体"), _l("说得清要什么、要做到什么程度")), "real": (_l("实在"), _l("是生活中的实际需要，做了确实有用")),
        "easy": (_l("易于解决"), _l("一两名党员在期限内做得到"))}


def groups(community_id: uuid.UUID | None) -> dict[str, str]:
    """The priority groups at a place: the notice's six (R75), then those that the tenant or the county has added, under their own title."""
    own = settings("wishes", community_id)["groups"]
    return {**{key: str(title) for key, title in PRIORITY_GROUPS.items()}, **{title: title for title in own}}
