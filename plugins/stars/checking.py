"""Faults of a scheme's document that no single field can tell."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.api import _
from plugins.stars.documents import Document

OF_DEEDS = ("deeds", "deed_quantity")
Fault = tuple[str, str]


def check(document: Document) -> list[Fault]:
    """(path, sentence) of everything that is wrong."""
    return [*_levels(document), *_cycle(document), *_conditions(document), *_exclusions(document), *_left_out(document)]


def _levels(document: Document) -> Iterator[Fault]:
    seen: set[int] = set()
    for index, level in enumerate(document["levels"]):
        if level["number"] in seen:
            yield f"levels/{index}/number", _("级数重复。")
        seen.add(level["number"])


def _cycle(document: Document) -> Iterator[Fault]:
    if document["cycle"] == "dates" and not document["cut_offs"]:
        yield "cut_offs", _("按固定截止日评定的，请至少填写一个截止日。")
    if document["entry"] == "nomination" and not document["nominators"]:
        yield "nominators", _("由组织提名的，请选择哪些组织可以提名。")


def _conditions(document: Document) -> Iterator[Fault]:
    known = {deed["key"] for deed in document["deeds"]}
    for number, level in enumerate(document["levels"]):
        for way, one in enumerate(level["ways"]):
            for position, condition in enumerate(one["conditions"]):
                yield from _condition(condition, f"levels/{number}/ways/{way}/conditions/{position}", known)
    for position, condition in enumerate(document["review"]["conditions"]):
        yield from _condition(condition, f"review/conditions/{position}", known)


def _condition(condition: Mapping[str, Any], at: str, known: set[str]) -> Iterator[Fault]:
    needs, spec = condition["needs"], condition["quantity"]
    wanted = {"share": ["percent"], "tenure": ["months"], "held": ["months"], "continuity": ["periods"]}.get(needs, [])
    if needs in ("amount", "continuity"):
        wanted = [*wanted, "hours_at_least" if spec["of"] == "minutes" else "at_least"]
    if condition["window"] == "months" and needs in ("amount", "share"):
        wanted = [*wanted, "months"]
    for name in wanted:
        if condition[name] is None:
            yield f"{at}/{name}", _("请填写。")
    yield from _quantity(condition, at, known)


def _quantity(condition: Mapping[str, Any], at: str, known: set[str]) -> Iterator[Fault]:
    needs, spec = condition["needs"], condition["quantity"]
    deeds = spec["of"] in OF_DEEDS or (needs == "tenure" and condition["since"] == "deed")
    if deeds and not spec["deed_kinds"]:
        yield f"{at}/quantity/deed_kinds", _("请写明是哪些事项。")
    if deeds:
        yield from _known(spec["deed_kinds"], f"{at}/quantity/deed_kinds", known)
    if spec["of"] == "measure" and needs == "amount" and not spec["measure"]:
        yield f"{at}/quantity/measure", _("请写明指标的名称，如 points.balance。")
    if spec["of"] == "measure" and needs in ("share", "continuity"):
        yield f"{at}/quantity/of", _("占比和连续参加不能按其他功能的指标计算。")
    if spec["of"] in OF_DEEDS and needs == "share":
        yield f"{at}/quantity/of", _("占比只能按服务计算。")


def _exclusions(document: Document) -> Iterator[Fault]:
    known = {deed["key"] for deed in document["deeds"]}
    for index, one in enumerate(document["exclusions"]):
        yield from _known(one["deed_kinds"], f"exclusions/{index}/deed_kinds", known)


def _left_out(document: Document) -> Iterator[Fault]:
    for index, one in enumerate(document["left_out"]):
        if not any(one["where"].values()):
            yield f"left_out/{index}/where", _("没有写明是哪些服务，这样会把全部服务都排除。")


def _known(kinds: list[str], at: str, known: set[str]) -> Iterator[Fault]:
    if missing := [kind for kind in kinds if kind not in known]:
        yield at, _("“评定事项”中没有 %(kinds)s，请先在那里添加。", kinds=_("、").join(missing))
