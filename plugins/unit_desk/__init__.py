"""The unit's desk 单位工作台: what a unit does for its members in the communities (R11 to R18, R21 to R24), gathered on one start page."""
from __future__ import annotations

from pathlib import Path

from core.api import Navigation, Permission, Plugin, _l
from plugins.unit_desk import hooks
from plugins.unit_desk.models import MODELS
from plugins.unit_desk.pages import api_routes, routes
from plugins.unit_desk.settings import UnitDeskSettings

_HERE = Path(__file__).parent

plugin = Plugin(
    name="unit_desk",
    title=_l("单位工作台"),
    description=_l("单位联络员的首页：报到督促、了解表现、提出要求、帮助解决困难、纪实卡备案、动员会、服务月和服务日。"),
    version="1.0.0",
    hooks=hooks,
    settings=UnitDeskSettings,
    permissions=(
        Permission("unit_desk.read", _l("查看单位工作台"), ("city_administrator", "county_officer", "unit_liaison")),
        Permission("unit_desk.manage", _l("办理单位事项：了解、要求、困难、备案、会议、活动"), ("unit_liaison",)),
        Permission("unit_desk.self", _l("查看和答复单位事项、反映困难"), ("member",)),
        Permission("unit_desk.community", _l("查看党员同意告知社区的困难"), ("community_officer",)),
    ),
    routes=routes,
    api_routes=api_routes,
    navigation=(Navigation(_l("单位工作台"), "unit_desk.index", "unit_desk.read", icon="clipboard-list", order=5, group="exchange"),
                Navigation(_l("单位事项"), "unit_desk.mine", "unit_desk.self", icon="message", group="exchange"),
                Navigation(_l("党员的困难"), "unit_desk.shared_list", "unit_desk.community", icon="heart-handshake", group="exchange")),
    models=MODELS,
    migrations=_HERE / "migrations",
    translations=_HERE / "translations",
    audit_titles={
        "unit_desk.looked_up": _l("了解党员表现"), "unit_desk.lookup_taken_back": _l("撤销了解登记"), "unit_desk.requested": _l("对党员提出要求"),
        "unit_desk.request_answer": _l("答复要求"), "unit_desk.request_done": _l("办结要求"), "unit_desk.request_reopened": _l("重新提出要求"),
        "unit_desk.request_withdrawn": _l("撤回要求"), "unit_desk.request_reminded": _l("提醒答复要求"), "unit_desk.case_told": _l("反映困难"),
        "unit_desk.case_step": _l("帮助解决困难"), "unit_desk.case_solved": _l("困难已解决"), "unit_desk.case_unsolved": _l("困难暂时解决不了"),
        "unit_desk.case_reopened": _l("继续帮助解决困难"), "unit_desk.case_withdrawn": _l("撤回困难"), "unit_desk.case_shared": _l("同意告知社区"),
        "unit_desk.case_unshared": _l("不再告知社区"), "unit_desk.case_seen": _l("查看困难"), "unit_desk.filed": _l("纪实卡备案"),
        "unit_desk.meeting_held": _l("登记会议"), "unit_desk.meeting_changed": _l("修改会议登记"), "unit_desk.meeting_removed": _l("删除会议登记"),
        "unit_desk.campaign_planned": _l("登记服务月、服务日"), "unit_desk.campaign_changed": _l("修改服务月、服务日"),
        "unit_desk.campaign_removed": _l("删除服务月、服务日"), "unit_desk.exported": _l("导出单位工作台"), "unit_desk_lookup": _l("了解登记"),
        "unit_desk_request": _l("要求"), "unit_desk_case": _l("困难"), "unit_desk_meeting": _l("会议"), "unit_desk_campaign": _l("服务月、服务日")},
    personal_data=_l("单位了解党员表现的日期和备注、对党员的要求和答复、纪实卡备案、参加的会议；党员的困难加密保存，只有本单位和本人看得到，本人同意后社区才能看到。"),
)
