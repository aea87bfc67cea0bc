"""The blueprint and the words that the modules of this area share."""
from __future__ import annotations

import uuid
from collections.abc import Container

from flask import request

from core.exchange.queries import ArrivalView
from core.i18n import _, _l
from web.navigation import NavigationItem, register
from web.routing import Pages

MANAGE, SEND, RECEIVE, SELF = "exchange.manage", "exchange.send", "exchange.receive", "exchange.self"
WRITE = "members.write"  # who enters a member's unit
BASES = {"residence": _l("居住地"), "workplace": _l("工作地")}
KINDS = {"certificate": _l("介绍信（报到证）"), "receipt": _l("回执"), "record": _l("服务纪实"), "feedback": _l("双向反馈")}
PARTNER_STATES = {"offered": _l("等对方确认"), "asked": _l("等本地确认"), "active": _l("互通中"), "ended": _l("已停止")}
OUTGOING_STATES = {"waiting": _l("等待送出"), "filed": _l("已导出文件"), "delivered": _l("已送达"), "refused": _l("被退回")}
ARRIVAL_STATES = {"held": _l("等管理员放行"), "waiting": _l("等社区接收"), "done": _l("已接收"), "refused": _l("已退回")}
REQUEST_STATES = {"open": _l("等单位办理"), "sent": _l("已发出介绍信"), "refused": _l("未办理"), "taken_back": _l("本人已撤回")}
TENANT_KINDS = {"city": _l("市（州）"), "sector": _l("省级系统党组织")}
TONES = {"waiting": "warn", "filed": "info", "delivered": "good", "refused": "bad", "offered": "warn", "asked": "warn", "active": "good",
         "ended": "neutral", "held": "warn", "done": "good", "open": "warn", "sent": "good", "taken_back": "neutral"}

pages = Pages("exchange", __name__)
register("registration", _l("报到"), NavigationItem(_l("外地来的党员"), "exchange.arrivals", "login", permission=RECEIVE, order=30), order=30)
register("registration", _l("报到"), NavigationItem(_l("到外地的党员"), "exchange.outgoing", "logout", permission=SEND, order=31), order=30)
register("registration", _l("报到"), NavigationItem(_l("到外地社区报到"), "exchange.mine", "map-pin", permission=SELF, order=32), order=30)
register("manage", _l("管理"), NavigationItem(_l("跨地互通"), "exchange.partners", "building-community", permission=MANAGE, order=40), order=90)


def identity(name: str) -> uuid.UUID | None:
    """A UUID from the address or the form; None when it is absent or malformed."""
    found: uuid.UUID | None = request.values.get(name, type=uuid.UUID)
    return found


def chosen(name: str, among: Container[str]) -> str | None:
    """A filter's code from the address or the form; None when it is absent or unknown."""
    found = request.values.get(name)
    return found if found is not None and found in among else None


def version() -> int:
    """The version that the form was made from."""
    return request.form.get("version", 0, type=int)


def arrived_name(found: ArrivalView) -> str:
    """Who comes, as pages and workbooks say it; of who was returned nothing is kept."""
    return _("（已退回，不留姓名）") if found.row.state == "refused" and found.body is None else found.name


def words() -> dict[str, object]:
    """What every template of this area shows codes by."""
    return {"bases": BASES, "kinds": KINDS, "tones": TONES, "arrived_name": arrived_name}
