"""Puts conditions into sentences: what is asked, what a member has, and what is still lacking."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from core.api import _
from plugins.stars import documents
from plugins.stars.documents import MINUTES, Document
from plugins.stars.filters import quantity_words, where_words
from plugins.stars.schema import PERIODS, SINCE, WINDOWS

OF_DEEDS = ("deeds", "deed_quantity")


class Standing(NamedTuple):
    """A condition as a person reads it: what is asked, what there is, whether that is enough, and what lacks."""

    asks: str
    has: str
    met: bool
    lacks: str
    part: int  # per cent of what is needed, at most 100


def asks(condition: Mapping[str, Any], document: Document) -> str:
    """The condition in words, as it stands in the scheme."""
    needs, need = condition["needs"], documents.needed(condition)
    if needs == "held":
        return _("持有低一级满%(months)s", months=months_words(need)) if need else _("已持有低一级")
    if needs == "tenure":
        since = deed_words(condition["quantity"], document) if condition["since"] == "deed" else str(SINCE[condition["since"]])
        return _("%(since)s满%(months)s", since=since, months=months_words(need))
    what = what_words(condition["quantity"], document)
    if needs == "continuity":
        return _("最近 %(count)s 个%(period)s，每%(period)s%(what)s不少于%(each)s", count=need, period=str(PERIODS[condition["period"]]), what=what,
                 each=amount_words(documents.each(condition), condition["quantity"], document))
    window = window_words(condition)
    if needs == "share":
        return _("%(window)s%(what)s占比不低于 %(percent)s%%", window=window, what=what, percent=need)
    return _("%(window)s%(what)s不少于%(amount)s", window=window, what=what, amount=amount_words(need, condition["quantity"], document))


def standing(condition: Mapping[str, Any], value: int, document: Document) -> Standing:
    """The condition beside what a member has."""
    need = documents.needed(condition)
    met = value >= need
    part = 100 if met else max(0, value) * 100 // need
    return Standing(asks(condition, document), _value_words(condition, value, document), met, "" if met else _lacks(condition, need - max(0, value), document),
                    part)


def _lacks(condition: Mapping[str, Any], short: int, document: Document) -> str:
    needs = condition["needs"]
    if needs == "share":
        return _("还差 %(percent)s 个百分点", percent=short)
    if needs in ("tenure", "held"):
        return _("还差%(months)s", months=months_words(short))
    if needs == "continuity":
        return _("还差 %(count)s 个%(period)s", count=short, period=str(PERIODS[condition["period"]]))
    return _("还差%(amount)s", amount=amount_words(short, condition["quantity"], document))


def _value_words(condition: Mapping[str, Any], value: int, document: Document) -> str:
    needs = condition["needs"]
    if needs == "share":
        return f"{value}%"
    if needs == "held" and value < 0:
        return _("还没有低一级")
    if needs == "held" and value >= documents.LONGEST:
        return _("不要求")  # there is no level below this one
    if needs in ("tenure", "held"):
        return months_words(value)
    if needs == "continuity":
        return _("%(count)s 个%(period)s", count=value, period=str(PERIODS[condition["period"]]))
    return amount_words(value, condition["quantity"], document)


def window_words(condition: Mapping[str, Any]) -> str:
    """When: empty where all counts."""
    if condition["window"] == "months":
        return _("最近%(months)s内", months=months_words(condition["months"]))
    return "" if condition["window"] == "ever" else str(WINDOWS[condition["window"]])


def what_words(spec: Mapping[str, Any], document: Document) -> str:
    """What is counted, narrowed by its filter."""
    if spec["of"] in OF_DEEDS:
        return deed_words(spec, document)
    if spec["of"] == "measure":
        return str(spec["measure"])
    narrowed = where_words(spec["where"])
    return narrowed + quantity_words(spec["of"])


def deed_words(spec: Mapping[str, Any], document: Document) -> str:
    """The deeds' titles, with their levels."""
    titles = {deed["key"]: deed["title"] for deed in document["deeds"]}
    said = _("或").join(titles.get(kind, kind) for kind in spec["deed_kinds"])
    return said + (_("（%(levels)s）", levels=_("、").join(spec["deed_levels"])) if spec["deed_levels"] else "")


def amount_words(amount: int, spec: Mapping[str, Any], document: Document) -> str:
    """An amount with its unit."""
    of = spec["of"]
    if of == "minutes":
        return hours_words(amount)
    if of == "deed_quantity":
        units = {deed["key"]: deed["counted_in"] for deed in document["deeds"]}
        return f" {amount} {next((units[k] for k in spec['deed_kinds'] if k in units), '')}".rstrip()
    units = {"times": _("次"), "deeds": _("次"), "days": _("天"), "months": _("个月"), "communities": _("个社区"), "kinds": _("类")}
    return f" {amount} {units.get(of, '')}".rstrip()


def hours_words(minutes: int) -> str:
    """Minutes as hours, to two digits where there is a fraction."""
    value = f"{minutes / MINUTES:.2f}".rstrip("0").rstrip(".")
    return _(" %(hours)s 小时", hours=value)


def months_words(months: int) -> str:
    """Months, as years where they are whole ones."""
    if months and months % 12 == 0:
        return _(" %(years)s 年", years=months // 12)
    return _(" %(months)s 个月", months=months)
