"""The words for states, steps, channels, days and parts of the day."""
from __future__ import annotations

from core.api import _l

DAYS = {1: _l("周一"), 2: _l("周二"), 3: _l("周三"), 4: _l("周四"), 5: _l("周五"), 6: _l("周六"), 7: _l("周日")}
PARTS = {"morning": _l("上午"), "afternoon": _l("下午"), "evening": _l("晚上")}
REQUESTS = {"new": _l("待整理"), "open": _l("待接单"), "waiting": _l("待答复"), "proposed": _l("待居民选时间"), "agreed": _l("已约定"),
            "done": _l("已服务"), "closed": _l("已结束")}
TONES = {"new": "warn", "open": "warn", "waiting": "warn", "proposed": "info", "agreed": "good", "done": "good", "closed": "neutral"}
LISTINGS = {"proposed": _l("待上架"), "listed": _l("已上架"), "paused": _l("已暂停"), "removed": _l("未上架"), "ended": _l("已结束")}
LISTING_TONES = {"proposed": "warn", "listed": "good", "paused": "neutral", "removed": "neutral", "ended": "neutral"}
OFFERS = {"open": _l("提供中"), "paused": _l("已暂停"), "ended": _l("已结束")}
CHANNELS = {"public": _l("居民自己点单"), "officer": _l("社区代为登记"), "need": _l("由意见需求转来")}
SIDES = {"resident": _l("居民"), "provider": _l("服务方"), "officer": _l("社区")}
STEPS = {"asked": _l("提出点单"), "published": _l("社区整理后发布"), "matched": _l("社区推荐服务方"), "picked": _l("接单"), "proposed": _l("提出时间"),
         "refused": _l("时间都不合适"), "declined": _l("这次不能提供"), "agreed": _l("约定时间"), "wishes_change": _l("希望改时间"), "moved": _l("改了时间"),
         "cancelled": _l("取消约定"), "served": _l("服务完成"), "closed": _l("结束"), "reissued": _l("换发回执码")}
AGREEMENTS = {"agreed": _l("已约定"), "done": _l("已服务"), "cancelled": _l("已取消")}
GROUPS = {"needy": _l("生活困难党员群众"), "elderly": _l("空巢老人"), "disabled": _l("残障人士"), "children": _l("留守儿童"), "laid_off": _l("下岗工人"),
          "migrant": _l("外来务工人员及随迁子女")}
