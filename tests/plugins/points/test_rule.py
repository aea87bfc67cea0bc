"""The rule at its boundaries."""
from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from plugins.points.settings import PointsSettings, award
from tests.support.plugins import make_record

DEFAULTS = PointsSettings().load({})
MINUTES, RATES, CAPS = st.integers(1, 1440), st.integers(0, 100), st.integers(1, 24)


@pytest.mark.parametrize(("minutes", "rate", "cap", "points"), [
    (59, 1, 2, 0), (60, 1, 2, 1), (90, 1, 2, 1), (90, 2, 2, 3), (119, 1, 2, 1), (120, 1, 2, 2), (121, 1, 2, 2), (480, 1, 2, 2),
    (480, 1, 8, 8), (1, 60, 1, 1), (90, 0, 2, 0)])
def test_points_at_the_boundaries(minutes: int, rate: int, cap: int, points: int) -> None:
    settings = {"points_per_hour": rate, "hours_cap": cap, "dissatisfied_earns": False}
    assert award(make_record(minutes=minutes), settings).points == points


@pytest.mark.parametrize(("earns", "points"), [(False, 0), (True, 1)])
def test_a_dissatisfied_recipient_decides_by_the_setting(earns: bool, points: int) -> None:
    assert award(make_record(evaluation="dissatisfied"), DEFAULTS | {"dissatisfied_earns": earns}).points == points


def test_the_kept_rule_does_not_tell_how_the_recipient_judged() -> None:
    assert "不满意" not in award(make_record(evaluation="dissatisfied"), DEFAULTS).rule


@given(MINUTES, MINUTES, RATES, CAPS)
def test_longer_never_earns_less_and_never_beyond_the_cap(one: int, other: int, rate: int, cap: int) -> None:
    settings = {"points_per_hour": rate, "hours_cap": cap, "dissatisfied_earns": False}
    less, more = (award(make_record(minutes=m), settings).points for m in sorted((one, other)))
    assert 0 <= less <= more <= rate * cap


@given(MINUTES, RATES, CAPS)
def test_only_full_points_are_given(minutes: int, rate: int, cap: int) -> None:
    points = award(make_record(minutes=minutes), {"points_per_hour": rate, "hours_cap": cap, "dissatisfied_earns": False}).points
    exact = min(minutes, cap * 60) * rate / 60
    assert points <= exact < points + 1
