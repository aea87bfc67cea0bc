"""Reads an explanation: which conditions of a level are met, by which way, what lacks, and what keeps a member out."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from core.api import _
from plugins.stars import documents, words
from plugins.stars.documents import Document
from plugins.stars.filters import where_words
from plugins.stars.schema import AFTER, CYCLES, ENTRIES, STEPS

Explanation = Mapping[str, Any]


class WayStanding(NamedTuple):
    """One way to a level with the standing of its conditions."""

    title: str
    conditions: list[words.Standing]

    @property
    def met(self) -> bool:
        """Whether the way is open."""
        return all(condition.met for condition in self.conditions)

    @property
    def part(self) -> int:
        """How far along it is: the conditions' mean, in per cent."""
        return sum(condition.part for condition in self.conditions) // len(self.conditions)


def ways(explanation: Explanation, document: Document, number: int) -> list[WayStanding]:
    """The ways to a level, the one nearest to its end first."""
    values = dict(zip((p.key for p in documents.placed(document)), explanation["values"], strict=False))
    level = documents.level_of(document, number)
    found = [WayStanding(way["title"], [words.standing(condition, int(values.get(f"{number}.{index}.{position}", 0)), document)
                                        for position, condition in enumerate(way["conditions"])])
             for index, way in enumerate(level["ways"] if level else [])]
    return sorted(found, key=lambda way: (not way.met, -way.part))


def reviewed(explanation: Explanation, document: Document) -> list[words.Standing]:
    """The standing of the yearly review's own conditions."""
    values = dict(zip((p.key for p in documents.placed(document)), explanation["values"], strict=False))
    return [words.standing(condition, int(values.get(f"0.0.{position}", 0)), document)
            for position, condition in enumerate(document["review"]["conditions"])]


def kept_out(explanation: Explanation, document: Document) -> list[str]:
    """The titles of what keeps the member out."""
    return [one["title"] for one, holds in zip(document["exclusions"], explanation["excluded"], strict=False) if holds]


def why(explanation: Explanation | None, document: Document) -> str:
    """In one line: what the member has for the levels, or what is lacking for the next one."""
    if explanation is None:
        return ""
    if out := kept_out(explanation, document):
        return _("不予评定：%(reasons)s", reasons=_("、").join(out))
    parts = []
    for level in reversed(documents.levels(document)):
        best = ways(explanation, document, level["number"])[0]
        said = _("；").join(f"{c.asks}：{c.has.strip()}" if c.met else f"{c.asks}：{c.has.strip()}，{c.lacks}" for c in best.conditions)
        parts.append((level["name"], best.met, said))
    reached = next((n for n, (_name, met, _said) in enumerate(parts) if met), len(parts))
    shown = parts[max(0, reached - 1):reached + 1]
    return _("。").join(f"{name}（{_('已达到') if met else _('未达到')}）{said}" for name, met, said in shown)


def show(value: int, document: Document) -> str:
    """A level in words."""
    return documents.level_name(document, value) if value else _("未达到")


def describe(document: Document) -> list[str]:
    """The whole scheme in sentences."""
    said = [_sentence(level, document) for level in documents.levels(document)]
    if document["no_skipping"]:
        said.append(_("逐级评定，不能越级。"))
    if counted := where_words(document["counts"]):
        said.append(_("只计%(what)s服务。", what=counted))
    said += [_("不计入：%(what)s。", what=part["title"]) for part in document["left_out"]]
    said += [_("不予评定：%(what)s%(window)s。", what=one["title"], window=_within(one["months"])) for one in document["exclusions"]]
    said.append(_("%(entry)s；%(cycle)s。", entry=_entry(document), cycle=_cycle(document)))
    days = document["publication_days"]
    said.append(_("审批后公示 %(days)s 天，无异议的授予。", days=days) if days else _("审批后不公示，直接授予。"))
    said.append(_review(document))
    return said


def _sentence(level: Mapping[str, Any], document: Document) -> str:
    told = _("，或者").join(_("、").join(words.asks(c, document) for c in way["conditions"]) for way in level["ways"])
    approvers = _("、").join(str(STEPS[step]) for step in documents.steps(document, level["number"]))
    return _("%(name)s：%(told)s；由%(approvers)s审批。", name=level["name"], told=told, approvers=approvers)


def _within(months: int | None) -> str:
    return _("（截止日前%(months)s内）", months=words.months_words(months)) if months else ""


def _entry(document: Document) -> str:
    said = str(ENTRIES[document["entry"]])
    if document["entry"] == "nomination":
        said += _("（%(who)s）", who=_("、").join(str(STEPS[one]) for one in STEPS if one in document["nominators"]))
    return said


def _cycle(document: Document) -> str:
    if document["cycle"] == "dates":
        return _("每年 %(days)s 截止", days=_("、").join(day_words(text) for text in document["cut_offs"]))
    return str(CYCLES["rolling"])


def _review(document: Document) -> str:
    review = document["review"]
    if review["after"] == "stay" and not review["valid_months"]:
        return _("星级长期有效。")
    kept: Sequence[str] = [words.asks(c, document) for c in review["conditions"]]
    asked = _("、").join(kept) if kept else _("仍符合原星级条件")
    valid = _("有效期%(months)s；", months=words.months_words(review["valid_months"])) if review["valid_months"] else ""
    return _("%(valid)s每年 %(day)s 复核：%(asked)s的保留，否则%(after)s。", valid=valid, day=day_words(review["on"]), asked=asked,
             after=str(AFTER[review["after"]]))


def day_words(text: str) -> str:
    """A day of the year: 11-30 is 11 月 30 日."""
    month, day = (int(part) for part in text.split("-"))
    return _("%(month)s 月 %(day)s 日", month=month, day=day)
