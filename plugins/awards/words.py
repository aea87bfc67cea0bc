"""The words for states, levels and figures, and how a name is shown in public."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.api import _, _l

STATES = {"open": _l("提名和推荐中"), "published": _l("公示中"), "decided": _l("已表彰"), "cancelled": _l("已取消")}
TONES = {"open": "info", "published": "warn", "decided": "good", "cancelled": "neutral"}
NOMINATIONS = {"asked": _l("待本人答复"), "pending": _l("推荐中"), "recommended": _l("已推荐"), "listed": _l("公示中"), "granted": _l("已授予"),
               "declined": _l("本人婉拒"), "refused": _l("未通过"), "withdrawn": _l("已撤回"), "revoked": _l("已撤销")}
NOMINATION_TONES = {"asked": "warn", "pending": "info", "recommended": "info", "listed": "info", "granted": "good", "declined": "neutral",
                    "refused": "bad", "withdrawn": "neutral", "revoked": "bad"}
SUBJECTS = {"member": _l("在职党员"), "unit": _l("单位集体"), "community": _l("社区集体")}
LEVELS = {"unit": _l("单位"), "community": _l("社区"), "street": _l("街道"), "county": _l("县（市、区）或行业系统")}
EVENTS = {"nominated": _l("提名"), "agreed": _l("本人同意"), "declined": _l("本人婉拒"), "recommended": _l("同意推荐"), "refused": _l("未通过"),
          "withdrawn": _l("撤回提名"), "listed": _l("列入公示"), "upheld": _l("异议成立"), "rejected": _l("异议不成立"), "reopened": _l("重新办理"),
          "granted": _l("授予"), "revoked": _l("撤销")}
OBJECTIONS = {"open": _l("待核实"), "upheld": _l("异议成立"), "rejected": _l("异议不成立")}
OBJECTION_TONES = {"open": "warn", "upheld": "bad", "rejected": "neutral"}
CHANNELS = {"web": _l("网页"), "paper": _l("纸面或当面"), "phone": _l("电话")}
CONSENTS = {"own": _l("本人在手机上答复"), "paper": _l("本人书面答复")}
_LONG = frozenset(("欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "夏侯", "宇文", "长孙", "端木", "独孤", "南宫", "轩辕"))


def surname(name: str) -> str:
    """The surname: two characters where it is one of those, else the first."""
    return name[:2] if name[:2] in _LONG and len(name) > 2 else name[:1]


def public_name(name: str | None, display: str) -> str:
    """A member's name as it stands in public, by the setting `name_display`."""
    if not name or display == "none":
        return _("在职党员")
    if display == "full":
        return name
    return _("%(surname)s同志", surname=surname(name)) if display == "comrade" else f"{surname(name)}＊＊"


def hours(minutes: int) -> str:
    """Minutes as hours, without a needless .0."""
    return f"{minutes / 60:.1f}".removesuffix(".0")


def evidence_words(figures: Mapping[str, Any] | None) -> str:
    """What the records say, in one sentence of counts."""
    if not figures or not figures.get("records"):
        return _("这段时间没有计入的服务记录")
    said = [_("服务 %(count)s 次", count=figures["records"]), _("共 %(hours)s 小时", hours=hours(figures["minutes"])),
            _("评价满意 %(good)s、基本满意 %(fair)s、不满意 %(bad)s", good=figures["satisfied"], fair=figures["fair"], bad=figures["dissatisfied"])]
    if figures.get("points") is not None:
        said.append(_("积分余额 %(count)s", count=figures["points"]))
    if figures.get("stars"):
        said.append(_("服务星级 %(count)s 星", count=figures["stars"]))
    return "，".join(said)
