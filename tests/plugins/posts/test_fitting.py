"""What makes a post and a member fit, without a database: reasons, their order, and who is left in peace."""
from __future__ import annotations

import datetime as dt
from typing import Any

from plugins.posts import reasons, times
from plugins.posts.fitting import Person, Wanted, fit
from plugins.posts.settings import WEIGHTS
from plugins.posts.times import Slot

EVEN = dict.fromkeys(WEIGHTS, 3)
HERE = "42/4202/4202001/4202001001/"
POST = Wanted(HERE, ("专业服务", "其他", "楼道电路检修"), ("电工", "水电维修"), frozenset({"weekend"}))


def keys(person: Person, fair_load: int = 3, **weights: int) -> Any:
    """The keys of the reasons in order; None where nothing is proposed."""
    found = fit(POST, person, EVEN | weights, fair_load)
    return found and [key for key, _about in found.reasons]


def score(person: Person, **weights: int) -> int:
    """What sorts the proposal."""
    found = fit(POST, person, EVEN | weights, 3)
    assert found is not None
    return found.score


def test_each_reason_is_given_and_the_weightiest_comes_first() -> None:
    person = Person(("高级电工",), ("周末服务", "楼道"), f"{HERE}grid/", None, 1)
    assert keys(person) == ["skills", "preferences", "distance", "times", "load"]
    assert keys(person, distance=10) == ["distance", "skills", "preferences", "times", "load"]
    assert keys(Person(residence_path="42/4203/", workplace_path="42/4202/4202001/4202001002/", reported=True, released=True)) == [
        "load", "distance", "reported", "released"]


def test_nothing_is_proposed_for_nothing_nor_to_who_carries_enough() -> None:
    assert keys(Person(("绘画",), ("周末",), "42/4203/4203001/4203001001/")) is None
    assert keys(Person(("电工",), load=3)) is None
    assert keys(Person(("电工",), load=3), fair_load=4) == ["skills", "load"]


def test_nearer_less_laden_and_never_left_comes_before() -> None:
    ways = [Person(("电工",), (), HERE), Person(("电工",), (), HERE, load=2), Person(("电工",), (), "42/4202/4202001/4202001002/", load=2),
            Person(("电工",), (), "42/4202/4202002/4202002001/", load=2), Person(("电工",), (), "42/4202/4202002/4202002001/", load=2, released=True)]
    found = [score(person) for person in ways]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found)


def test_a_weight_of_nothing_counts_for_nothing() -> None:
    assert score(Person(("电工",), (), HERE), skills=0) == score(Person((), (), HERE), skills=0)


def test_reasons_are_said_in_words_without_a_number_of_merit() -> None:
    found = fit(POST, Person(("电工",), (), HERE), EVEN, 3)
    assert found is not None
    assert reasons.said(found) == "有特长：电工；住在本社区；目前没有岗位"


def test_times_are_data_and_words() -> None:
    slots = [Slot((5, 6), dt.time(19), dt.time(21)), Slot((7,), None, None)]
    stored = times.written(slots)
    assert times.read(stored) == slots
    assert times.said(stored, "雨天顺延") == "周五、周六 19:00–21:00；周日；雨天顺延"
    friday = dt.date(2026, 11, 27)
    found = times.on(slots, friday)
    assert (found, found and found.minutes, times.on(slots, friday - dt.timedelta(days=1))) == (slots[0], 120, None)
    assert times.parts(slots) == {"weekend", "evening"}
    assert times.parts([Slot((1, 2), dt.time(9), dt.time(11))]) == {"workday"}
