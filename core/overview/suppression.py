"""Leaves small numbers out of a table that goes out, and so many others that none of them can be reckoned from what stands there.

The columns that hang together (reported and expected) are one group: in a county where any number of it, or what is left between two of
them, is below LEAST, the whole group is left out, and with it that of two more counties. Which two these are hangs on nothing but the
order that the caller gives: were it the smallest ones, whoever knows that rule could tell numbers from the choice (tests/overview/
test_suppression.py found them). What is left out together is known as a sum, from the total; where a sum is below ENOUGH, or there are no two
more counties, the total is left out too. Zero is below LEAST: nobody is told where nothing was done.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEAST, BESIDE, ENOUGH = 5, 2, 20


@dataclass(frozen=True, slots=True)
class Hidden:
    """The rows of one group that are left out, and whether the total is."""

    rows: frozenset[int]
    total: bool


def hide(rows: Sequence[Sequence[int]], order: Iterable[int] | None = None) -> Hidden:
    """Which rows to leave out. Each row has the group's cells: numbers of which none may be known when it is below LEAST.

    `order`: in which order rows are taken that are left out beside the small ones; it must not depend on the numbers.
    """
    small = {place for place, cells in enumerate(rows) if min(cells) < LEAST}
    if not small:
        return Hidden(frozenset(), total=False)
    beside = [place for place in (range(len(rows)) if order is None else order) if place not in small][:BESIDE]
    hidden = frozenset({*small, *beside})
    sums = [sum(cells) for cells in zip(*(rows[place] for place in hidden), strict=True)]
    return Hidden(hidden, total=len(beside) < BESIDE or min(sums) < ENOUGH)
