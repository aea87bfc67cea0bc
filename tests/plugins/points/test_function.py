"""Points are a function of the facts that count: any order, twice, reversed, one by one or in a batch, and the rehearsal says the same."""
from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings as profile, strategies as st
from sqlalchemy import func, select

from core.tenancy import session
from plugins.points import backfill, ledger
from plugins.points.models import PointsEntry
from plugins.points.rehearsal import rehearse
from tests.plugins.points.packs import publish, scheme, serve, withdraw
from tests.support.factories import TestMember, TestTenant, make_member

SINCE, UNTIL = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
DOCUMENTS: list[dict[str, Any]] = [
    scheme(),
    scheme(decimals=1, rules=[{"key": "a", "title": "甲", "points": 1.5, "step_minutes": 30, "hours_cap": 2, "caps": [{"period": "day", "points": 2},
                                                                                                       {"period": "month", "points": 4.5}]}]),
    scheme(rules=[{"key": "a", "title": "甲", "per": "time", "points": 2, "caps": [{"period": "week", "times": 1}, {"period": "quarter", "points": 6}]},
                  {"key": "b", "title": "乙", "category": "c", "where": {"kind": ["治安巡逻"]}, "points": 3},
                  {"key": "d", "title": "丙", "category": "c", "points": 1}],
           categories=[{"key": "c", "title": "类", "caps": [{"period": "month", "points": 5}, {"period": "year", "points": 8}]}],
           period={"base": 2, "ceiling": 12, "floor": 0}),
    scheme(rules=[{"key": "a", "title": "甲", "points": 2, "caps": [{"period": "month", "times": 2}, {"period": "year", "points": 9}]},
                  {"key": "m", "title": "减", "per": "time", "points": -3, "where": {"kind": ["其他"]}, "caps": [{"period": "ever", "points": 4}]}],
           period={"floor": -1}),
    scheme(rules=[{"key": "a", "title": "甲", "alternative": "x", "where": {"kind": ["治安巡逻"]},
                   "brackets": [{"at_least": 60, "points": 1}, {"at_least": 120, "points": 4}],
                   "multipliers": [{"title": "节假日", "where": {"outside_hours": "yes"}, "percent": 150}]},
                  {"key": "b", "title": "乙", "alternative": "x", "per": "time", "points": 1, "event_cap": 1}],
           period={"length": "quarter", "ceiling": 7}),
]
STEP = st.tuples(st.integers(0, 4), st.sampled_from([30, 60, 90, 150, 240]), st.sampled_from([1, 2, 5, 33, 40, 95, 200]),
                 st.sampled_from(["困难帮扶", "治安巡逻", "其他"]), st.booleans())


def balance_and_sum(member: TestMember) -> tuple[int, int]:
    total = session().scalar(select(func.coalesce(func.sum(PointsEntry.points), 0)).where(PointsEntry.member_id == member.id))
    return ledger.balance(member.id), int(total)


def rehearsed(document: dict[str, Any]) -> dict[Any, tuple[int, int]]:
    """Before and after without the base, which a job gives."""
    from plugins.points.fields import hundredths
    from plugins.points.rehearsal import window_periods
    base = hundredths(document["period"]["base"]) * len(window_periods(document, SINCE, UNTIL))
    return {row.member_id: (row.before, row.after - base) for row in session().execute(rehearse(document, SINCE, UNTIL, "default"))}


@pytest.mark.parametrize("number", range(len(DOCUMENTS)))
@profile(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_gives_what_the_rehearsal_gives(tenant: TestTenant, number: int, data: st.DataObject) -> None:
    with tenant.scope():
        pack = published(number)
    steps = data.draw(st.lists(STEP, min_size=1, max_size=8))
    back = data.draw(st.sets(st.integers(0, len(steps) - 1), max_size=3))
    order = data.draw(st.permutations(range(len(steps))))
    people = [make_member(tenant, name) for name in ("甲", "乙", "丙")]
    expected: dict[Any, int] = {}
    for member, way in zip(people, ("one", "batch", "mixed"), strict=True):
        with tenant.scope():
            records = [serve(tenant, member, minutes, SINCE + dt.timedelta(days=days), kind=kind, outside_hours=spare)
                       for _n, minutes, days, kind, spare in steps]
            told = [records[n] for n in order]
            if way != "one":
                half = told if way == "batch" else told[::2]
                backfill.score(half)
            if way != "batch":
                for record in told:
                    ledger.earn(record)
            for place in back:
                withdraw(records[place])
                withdraw(records[place])
                ledger.earn(records[place])
        with tenant.scope():
            balance, total = balance_and_sum(member)
            assert balance == total
            expected[member.id] = total
    with tenant.scope():
        found = rehearsed(pack)
        assert {who: found.get(who, (0, 0)) for who in expected} == {who: (total, total) for who, total in expected.items()}
        assert len(set(expected.values())) == 1


def published(number: int) -> Any:
    """The pack of that number, published once a test."""
    from core.rules.queries import published_packs
    known = published_packs("points")
    return known[0].document if known else publish(DOCUMENTS[number]).document
