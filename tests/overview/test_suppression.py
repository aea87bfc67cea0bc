"""What goes out to the province: no number that was left out can be reckoned from what stands there, even by who knows the rule."""
from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings, strategies as st

from core.overview.province import MEMBERS, RECORDS, Group, Line, released
from core.overview.suppression import LEAST, Hidden, hide

SMALL = st.integers(0, 14)
ONE = st.lists(SMALL.map(lambda n: (n,)), min_size=1, max_size=6)
PAIRS = st.lists(st.tuples(SMALL, SMALL), min_size=1, max_size=5)
WHOLES = st.lists(st.tuples(SMALL, SMALL).map(lambda pair: (sum(pair), pair[0])), min_size=1, max_size=6)  # expected and reported
Table = list[tuple[int, ...]]
Rule = Callable[[Table], Hidden]


def plain(rows: Table) -> Hidden:
    return hide(rows)


def with_what_is_left(rows: Table) -> Hidden:
    return hide([(whole, part, whole - part) for whole, part in rows])


def published(rows: Table, how: Hidden) -> tuple[object, ...]:
    """What a reader sees: each row that is shown, that others are left out, and the sums."""
    sums = None if how.total else tuple(sum(column) for column in zip(*rows, strict=True))
    return tuple(None if place in how.rows else row for place, row in enumerate(rows)), sums


def moved(rows: Table, place: int, change: Sequence[int], other: int | None) -> Table:
    """The table with a row changed, made up for in another one, or not at all."""
    table = [list(row) for row in rows]
    for column, number in enumerate(change):
        table[place][column] += number
        if other is not None:
            table[other][column] -= number
    return [tuple(row) for row in table]


def reckoned(rows: Table, rule: Rule) -> list[tuple[int, int]]:
    """The hidden cells to which only one value belongs for whoever knows the rule: every other table would have been published otherwise."""
    how = rule(rows)
    seen, found = published(rows, how), []
    changes = [change for change in itertools.product((-1, 0, 1), repeat=len(rows[0])) if any(change)]
    for place, column in itertools.product(sorted(how.rows), range(len(rows[0]))):
        tables = (moved(rows, place, change, other) for change in changes if change[column] for other in [*how.rows - {place}, *([None] if how.total else [])])
        if not any(min(map(min, table)) >= 0 and published(table, rule(table)) == seen for table in tables):
            found.append((place, column))
    return found


@pytest.mark.parametrize(("tables", "rule"), [(ONE, plain), (PAIRS, plain), (WHOLES, with_what_is_left)], ids=["one", "two", "part and whole"])
def test_no_hidden_number_can_be_reckoned_even_by_who_knows_the_rule(tables: st.SearchStrategy[Table], rule: Rule) -> None:
    @given(tables)
    @settings(max_examples=150, deadline=None)
    def check(rows: Table) -> None:
        assert reckoned(rows, rule) == []
        assert all(min(row) >= LEAST for place, row in enumerate(rows) if place not in rule(rows).rows)

    check()


def test_twins_that_leave_out_too_little_are_found() -> None:
    def alone(rows: Table) -> Hidden:
        return Hidden(frozenset(place for place, row in enumerate(rows) if min(row) < LEAST), total=False)

    def smallest(rows: Table) -> Hidden:
        beside = sorted(row for row in rows if min(row) >= LEAST)[:1]
        return Hidden(frozenset(place for place, row in enumerate(rows) if min(row) < LEAST or row in beside), total=False)

    assert reckoned([(3,), (20,), (30,)], alone) == [(0, 0)]  # 53 - 20 - 30
    assert reckoned([(4,), (8,), (9,)], smallest) == [(0, 0), (1, 0)]  # had it been 3 and 9, another 9 would be left out too
    assert reckoned([(4,), (8,), (9,)], plain) == []


def test_small_large_and_nothing() -> None:
    assert hide([(5,), (6,)]) == Hidden(frozenset(), total=False)
    assert hide([(4,)]) == Hidden(frozenset({0}), total=True)
    assert hide([(1,), (2,)]) == Hidden(frozenset({0, 1}), total=True)
    assert hide([(4,), (9,), (9,), (50,)]) == Hidden(frozenset({0, 1, 2}), total=False)
    assert hide([(4,), (9,), (9,), (50,)], (3, 2, 1, 0)) == Hidden(frozenset({0, 2, 3}), total=False)
    assert hide([(0,), (5,), (5,), (50,)]) == Hidden(frozenset({0, 1, 2}), total=True)  # their sum is small itself
    assert hide([]) == Hidden(frozenset(), total=False)


def test_what_is_left_between_two_columns_is_a_number_too() -> None:
    row, full = {"expected": 100, "reported": 98, "served": 40}, {"expected": 100, "reported": 60, "served": 40}
    assert MEMBERS.cells(row) == (100, 98, 40, 2, 60)
    names = [(str(number), f"{number}区") for number in range(4)]
    lines = released("市", names, [row, full, full, full], (MEMBERS, RECORDS, Group(("wishes.received",))))
    assert lines[0] == Line("", "市", {"expected": 400, "reported": 278, "served": 160, "records": None, "satisfied": None, "minutes": None,
                                      "wishes.received": None})
    assert [line.values["reported"] for line in lines[1:]] == [None, None, None, 60]
    assert [line.values["records"] for line in lines[1:]] == [None] * 4
    assert [line.values["reported"] for line in released("市", names, [row, full, full, full], (MEMBERS,), turn=3)[1:]] == [None, None, 60, None]
