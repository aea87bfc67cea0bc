"""What a pack's caps make of the raw amounts: nested clamps, finest period first, then categories, then the period's total.

Points of a period are a function of the facts that count, whatever the order in which they were told. Two forms of the one function:
running sums, by which each entry gets its own share (`shares`), and nested GROUP BYs for everybody at once (plugins.points.totals).
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugins.points.calendar import LEVELS
from plugins.points.fields import hundredths

VETO = "!veto"  # the rule key of a deed that clears the period; no rule of a pack can bear it


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `points` hundredths, up or down, or `times` facts, of one rule or category in each period of a level."""

    level: str
    keys: tuple[str, ...]
    points: int | None = None
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """All caps of a document, in the order in which they act. `base` belongs to the total that ceiling and floor bound."""

    rules: tuple[Cap, ...]
    categories: tuple[Cap, ...]
    base: int
    ceiling: int | None
    floor: int | None
    veto: bool

    @property
    def linear(self) -> bool:
        """Whether each fact brings its raw amount whatever the others bring."""
        return not (self.rules or self.categories or self.bounded or self.veto)

    @property
    def bounded(self) -> bool:
        """Whether the total has a ceiling or a floor."""
        return self.ceiling is not None or self.floor is not None

    @property
    def forever(self) -> bool:
        """Whether a cap reaches beyond the period."""
        return any(cap.level == "ever" for cap in (*self.rules, *self.categories))

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that any cap uses, finest first."""
        used = {cap.level for cap in (*self.rules, *self.categories)}
        return tuple(level for level in LEVELS if level in used)

    @property
    def ranked(self) -> bool:
        """Whether only the best so many facts count, so that facts have to be told apart."""
        return any(cap.times is not None for cap in self.rules)


def limits(document: Mapping[str, Any]) -> Limits:
    """The caps of a document. At most n times of a fixed amount is at most n amounts, which needs no ranking."""
    period = document["period"]
    rules = [cap for rule in document["rules"] for cap in _caps(rule, (rule["key"],), fixed_amount(rule))]
    categories = [cap for group in document["categories"] for cap in _caps(
        group, tuple(r["key"] for r in document["rules"] if r["category"] == group["key"]), None)]
    return Limits(_ordered(rules), _ordered(categories), hundredths(period["base"]),
                  None if period["ceiling"] is None else hundredths(period["ceiling"]),
                  None if period["floor"] is None else hundredths(period["floor"]), bool(document["veto"]))


def fixed_amount(rule: Mapping[str, Any]) -> int | None:
    """Hundredths that each fact brings by the rule, when all bring the same; 0 tells nothing of times, so it is none."""
    varies = rule["brackets"] or rule["table"] or rule["multipliers"] or rule["per"] != "time" or rule["source"] == "quantity"
    whole = hundredths(rule["points"]) % 100 == 0
    if varies or not whole:
        return None
    amount = abs(hundredths(rule["points"]))
    return (amount if rule["event_cap"] is None else min(amount, hundredths(rule["event_cap"]))) or None


def _caps(owner: Mapping[str, Any], keys: tuple[str, ...], fixed: int | None) -> Iterator[Cap]:
    for cap in owner["caps"]:
        points = None if cap["points"] is None else hundredths(cap["points"])
        times = cap.get("times")
        if times is not None and fixed is not None:
            points, times = min(fixed * times, fixed * times if points is None else points), None
        if points is not None or times is not None:
            yield Cap(cap["period"], keys, points, times)


def _ordered(caps: Sequence[Cap]) -> tuple[Cap, ...]:
    return tuple(sorted(caps, key=lambda cap: LEVELS.index(cap.level)))
