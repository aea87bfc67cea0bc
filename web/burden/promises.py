"""The self-check against 国办函〔2026〕12号: each of its points with how it is kept here. What was not seen in the text says so."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.extension.registry import current
from core.extension.settings import effective
from core.i18n import LazyString, _, _l
from tenants.contact import NAMESPACE
from web.burden.asking import RoleFact, plugins_on

SOURCE = _l("国务院办公厅《政务移动互联网应用程序规范化管理办法》（国办函〔2026〕12号，2026年1月25日）")
#: How sure the wording is: seen in an official or press text, only repeated by others, not to be confirmed.
SEEN, REPEATED, OPEN = "seen", "repeated", "open"
CERTAINTY = {SEEN: _l("见于公开文本（部分为摘录）"), REPEATED: _l("只见于转述，请核对原文"), OPEN: _l("未能证实，请核对原文")}
PRODUCT, SETTING, PEOPLE = "product", "setting", "people"
HOW = {PRODUCT: _l("由系统保证"), SETTING: _l("由现在的设置做到"), PEOPLE: _l("请人核对")}


@dataclass(frozen=True, slots=True)
class Point:
    """One point: what the text asks, how sure that is, how it is kept, why, and the page on which it is decided (an endpoint with its values)."""

    asks: str | LazyString
    certainty: str
    how: str
    why: str
    link: tuple[str, dict[str, Any]] | None = None


def points(roles: Iterable[RoleFact], twice: int) -> list[Point]:
    """All of them as they stand now."""
    roles = list(roles)
    return [
        Point(_l("县级以下原则上不建设政务移动应用"), SEEN, PRODUCT, _("一个市（州）只有一套，区县、街道、社区共用，不能另建。")),
        Point(_l("不得随意、反复要求基层填报"), SEEN, PEOPLE, _("表单、必填项和周期任务都列在本页；同一事项可能填写两次的有 %(count)s 处。", count=twice)),
        _forced(),
        Point(_l("不强制下载、不通报安装率、不强制定期登录"), SEEN, PRODUCT, _("没有需要安装的应用，不统计登录次数和在线时长；不用手机的党员由社区或单位代办。")),
        Point(_l("不作为考核的主要载体，点赞、投票、转发、学时不作标准"), SEEN, *_norm()),
        _photos(roles),
        _complaints(),
        Point(_l("已有的应用在6个月内备案"), REPEATED, PEOPLE, _("是否需要备案、何时备案，请向主管部门核实。")),
        Point(_l("党委组织部门的系统是否适用（第二条没有写明党的机关）"), OPEN, PEOPLE, _("无论是否适用，本系统都按从严掌握。")),
    ]


def _forced() -> Point:
    """What scores people is a plugin with rules of its own, such as points and stars; a tenant begins without any."""
    asks = _l("除安全、应急外，不强制打卡签到、积分排名、统计在线时长")
    on = [current().plugins[name] for name in sorted(plugins_on()) if current().plugins[name].rule_kinds]
    if not on:
        return Point(asks, SEEN, SETTING, _("没有启用积分、星级一类的功能；签到、在线时长本系统没有。"), ("plugins.index", {}))
    titles = "、".join(str(plugin.title) for plugin in on)
    return Point(asks, SEEN, PEOPLE, _("已启用%(titles)s：不强制参加，默认不公开排名；请核对没有打开排名，也没有在系统之外用来排名。", titles=titles),
                 ("plugins.show", {"name": on[0].name}))


def _norm() -> tuple[str, str, tuple[str, dict[str, str]]]:
    norm = effective("service")["activity_norm"]
    link = ("settings.show", {"namespace": "service"})
    if not norm:
        return SETTING, _("没有设每年次数；没有点赞、投票、转发和学时。"), link
    return PEOPLE, _("每年一般 %(norm)s 次只作提示，系统不据此评定；请核对没有在系统之外用作考核。", norm=norm), link


def _photos(roles: Iterable[RoleFact]) -> Point:
    asks = _l("不强制上传工作照片、视频、轨迹")
    if count := sum(role.photos for role in roles):
        return Point(asks, SEEN, PEOPLE, _("有 %(count)s 处可以上传图片，请核对都不是必须的。", count=count), ("plugins.index", {}))
    return Point(asks, SEEN, PRODUCT, _("没有一张表单要照片、视频或位置。"))


def _complaints() -> Point:
    asks, link = _l("应有投诉举报功能"), ("settings.show", {"namespace": NAMESPACE})
    contact = effective(NAMESPACE)
    if contact["phone"] or contact["address"]:
        return Point(asks, REPEATED, SETTING, _("每页下方都有“投诉建议”，已公布联系方式。"), link)
    return Point(asks, REPEATED, PEOPLE, _("每页下方都有“投诉建议”，但还没有填写联系电话，请补上。"), link)
