"""A pack in sentences for people, and what its fields say that cannot hold together."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.api import _
from plugins.points.calendar import LEVELS
from plugins.points.fields import hundredths
from plugins.points.schema import CARRIES, LENGTHS, NOTICES, SPENDING, UNIT_METHODS
from plugins.points.schema_rules import EVERY
from plugins.points.wording import cap_words, points, refuses, rule_words


def describe(document: Mapping[str, Any]) -> list[str]:
    """The whole document, a sentence a rule."""
    return [*_period(document), *_rules(document), *_consequences(document), *_spending(document), *_telling(document)]


def _period(document: Mapping[str, Any]) -> Iterator[str]:
    period, carry = document["period"], document["carry"]
    yield _("积分周期：%(length)s，从 %(month)s 月 %(day)s 日起算；周期结束后%(carry)s。", length=LENGTHS[period["length"]],
            month=period["starts_month"], day=period["starts_day"], carry=CARRIES[carry["mode"]])
    bounds = [_("基础分 %(points)s 分", points=points(period["base"]))] if period["base"] is not None else []
    bounds += [_("总分最高 %(points)s 分", points=points(period["ceiling"]))] if period["ceiling"] is not None else []
    bounds += [_("总分最低 %(points)s 分", points=points(period["floor"]))] if period["floor"] is not None else []
    if bounds:
        yield "，".join(bounds) + "。"


def _rules(document: Mapping[str, Any]) -> Iterator[str]:
    titles = {c["key"]: c["title"] for c in document["categories"]}
    for rule in document["rules"]:
        name = f"{titles[rule['category']]}·{rule['title']}" if rule["category"] in titles else rule["title"]
        if refuses(rule):
            yield f"{rule['title']}。"
            continue
        when = _("（%(every)s末计算）", every=EVERY[rule["every"]]) if rule["source"] == "quantity" else ""
        yield f"{name}：{rule_words(rule, _)}{when}。"
    for category in document["categories"]:
        if category["caps"]:
            yield f"{category['title']}：{'，'.join(cap_words(cap, _) for cap in category['caps'])}。"


def _consequences(document: Mapping[str, Any]) -> Iterator[str]:
    deeds = {d["key"]: d["title"] for d in document["deeds"]}
    if document["veto"]:
        yield _("一票否决：发生%(what)s的，当期积分清零。", what="、".join(deeds.get(k, k) for k in document["veto"]))
    if document["exclusions"]:
        yield _("不列入积分：%(cases)s。", cases="、".join(e["title"] for e in document["exclusions"]))
    for card in document["cards"]:
        yield _("满 %(points)s 分发%(card)s，发放时扣除这些分数。", points=points(card["threshold"]), card=card["title"]) if card["deduct"] \
            else _("满 %(points)s 分发%(card)s。", points=points(card["threshold"]), card=card["title"])


def _spending(document: Mapping[str, Any]) -> Iterator[str]:
    redemption = document["redemption"]
    if redemption["enabled"]:
        yield _("可以兑换：%(how)s。", how=SPENDING[redemption["spending"]])
        for item in redemption["items"]:
            yield _("%(item)s：%(points)s 分。", item=item["title"], points=points(item["price"]))


def _telling(document: Mapping[str, Any]) -> Iterator[str]:
    if document["unit"]["method"] != "none":
        yield _("单位积分：%(method)s。", method=UNIT_METHODS[document["unit"]["method"]])
    if document["notice"]["every"] != "none":
        yield _("%(every)s公示一次，按姓名排列，不排名次，公示 %(days)s 天。", every=NOTICES[document["notice"]["every"]], days=document["notice"]["days"])


def check(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Faults across fields, as (path, sentence)."""
    return [*_keys(document), *_references(document), *_caps(document), *_carry(document)]


def _keys(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for part in ("rules", "categories", "exclusions", "cards"):
        seen: set[str] = set()
        for number, one in enumerate(document[part]):
            if one["key"] in seen:
                yield f"{part}/{number}/key", _("代号 %(key)s 用了两次，请换一个", key=one["key"])
            seen.add(one["key"])


def _references(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    deeds, categories = {d["key"] for d in document["deeds"]}, {c["key"] for c in document["categories"]}
    for number, rule in enumerate(document["rules"]):
        if rule["category"] and rule["category"] not in categories:
            yield f"rules/{number}/category", _("没有代号为 %(key)s 的类别", key=rule["category"])
        if rule["source"] == "deed" and not rule["deed_kinds"]:
            yield f"rules/{number}/deed_kinds", _("请写明依据哪些事项")
        yield from ((f"rules/{number}/deed_kinds", _("没有代号为 %(key)s 的事项", key=kind)) for kind in rule["deed_kinds"] if kind not in deeds)
    for kind in document["veto"]:
        if kind not in deeds:
            yield "veto", _("没有代号为 %(key)s 的事项", key=kind)
    for number, one in enumerate(document["exclusions"]):
        yield from ((f"exclusions/{number}/deed_kinds", _("没有代号为 %(key)s 的事项", key=kind)) for kind in one["deed_kinds"] if kind not in deeds)


def _caps(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    coarsest = {rule["key"]: max((LEVELS.index(cap["period"]) for cap in rule["caps"]), default=0) for rule in document["rules"]}
    for number, category in enumerate(document["categories"]):
        mine = max((coarsest[r["key"]] for r in document["rules"] if r["category"] == category["key"]), default=0)
        for place, cap in enumerate(category["caps"]):
            if LEVELS.index(cap["period"]) < mine:
                yield f"categories/{number}/caps/{place}/period", _("类别的封顶期间不能短于其中规则的封顶期间")
            if cap["points"] is None:
                yield f"categories/{number}/caps/{place}/points", _("请填最多几分")
    for number, rule in enumerate(document["rules"]):
        for place, cap in enumerate(rule["caps"]):
            if cap["points"] is None and cap["times"] is None:
                yield f"rules/{number}/caps/{place}/points", _("请填最多几分或最多几次")
    period = document["period"]
    if period["ceiling"] is not None and period["floor"] is not None and hundredths(period["ceiling"]) < hundredths(period["floor"]):
        yield "period/ceiling", _("上限低于下限")


def _carry(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    carry = document["carry"]
    if carry["mode"] == "at_most" and carry["most"] is None:
        yield "carry/most", _("请填最多结转几分")
    if carry["mode"] == "share" and carry["percent"] is None:
        yield "carry/percent", _("请填结转百分之几")
