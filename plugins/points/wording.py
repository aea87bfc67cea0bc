"""Rules and entries in words: as a page shows them, and as the ledger keeps them for ever in the country's language."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.api import _ as translated
from plugins.points.fields import hundredths, shown

Say = Callable[..., str]


def kept(text: str, **values: Any) -> str:
    """The source language as it is, whoever's page it was."""
    return text % values if values else text


def points(value: Any) -> str:
    """A document's points as text."""
    return shown(hundredths(value))


def rule_words(rule: Mapping[str, Any], _: Say = translated) -> str:
    """One rule in a sentence, without its title."""
    if refuses(rule):
        return str(rule["title"])
    parts = [*_price_words(rule, _), *_step_words(rule, _)]
    parts += [_("%(title)s按 %(percent)s%% 计", title=m["title"] or _("符合条件的"), percent=m["percent"]) for m in rule["multipliers"]]
    if rule["event_cap"] is not None:
        parts.append(_("一次最多 %(points)s 分", points=points(rule["event_cap"])))
    parts += [cap_words(cap, _) for cap in rule["caps"]]
    return "，".join(parts)


def refuses(rule: Mapping[str, Any]) -> bool:
    """Whether the rule stands there only to say why there is nothing."""
    return not (hundredths(rule["points"]) or rule["table"] or rule["brackets"])


def _price_words(rule: Mapping[str, Any], _: Say) -> list[str]:
    if rule["brackets"]:
        return [_("%(least)s 起得 %(points)s 分", least=b["at_least"], points=points(b["points"])) for b in rule["brackets"]]
    price = {"hour": _("每小时 %(points)s 分", points=points(rule["points"])), "time": _("每次 %(points)s 分", points=points(rule["points"])),
             "unit": _("每满 %(size)s 计 %(points)s 分", size=rule["unit_size"], points=points(rule["points"]))}[rule["per"]]
    rows = [_("%(level)s %(points)s 分", level=row["level"] or _judged(row["evaluation"], _), points=points(row["points"])) for row in rule["table"]]
    return [*rows, _("其他%(price)s", price=price)] if rows else [price]


def _judged(evaluation: str, _: Say) -> str:
    return {"satisfied": _("评价满意"), "fair": _("评价基本满意"), "dissatisfied": _("评价不满意")}.get(evaluation, _("其他"))


def _step_words(rule: Mapping[str, Any], _: Say) -> list[str]:
    if rule["per"] != "hour" or rule["source"] != "record" or rule["brackets"]:
        return []
    found = []
    if rule["step_minutes"] > 1:
        found.append({"down": _("满 %(step)s 分钟才计", step=rule["step_minutes"]), "up": _("不足 %(step)s 分钟按一段计", step=rule["step_minutes"]),
                      "nearest": _("按 %(step)s 分钟四舍五入", step=rule["step_minutes"])}[rule["step_rounding"]])
    if rule["hours_cap"] is not None:
        found.append(_("一次最多计 %(hours)s 小时", hours=points(rule["hours_cap"])))
    return found


def cap_words(cap: Mapping[str, Any], _: Say = translated) -> str:
    """One cap in a clause."""
    period = {"day": _("每天"), "week": _("每周"), "month": _("每月"), "quarter": _("每季度"), "half_year": _("每半年"), "year": _("每年"),
              "ever": _("历年合计")}[cap["period"]]
    found = [] if cap["points"] is None else [_("%(period)s最多 %(points)s 分", period=period, points=points(cap["points"]))]
    if cap.get("times") is not None:
        found.append(_("%(period)s最多计 %(times)s 次", period=period, times=cap["times"]))
    return "，".join(found)
