"""Periods begin with their base and end with what is carried over; said again, nothing changes; lists and units after them."""
from __future__ import annotations

import datetime as dt
import itertools
import uuid
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import Invalid
from core.jobs import enqueue
from core.jobs.running import run_due
from core.rules import packs as rule_packs
from core.tenancy import session, set_clock
from plugins.points import backfill, closing, ledger, notices, ranking, units
from plugins.points.calendar import following, period_of, period_start
from plugins.points.models import PointsEntry
from tests.plugins.points.packs import publish, scheme, serve, withdraw
from tests.support.factories import TestMember, TestTenant, make_member


def job(tenant: TestTenant, kind: str, day: dt.date, **payload: Any) -> None:
    """Run a kind of job as if it were that day."""
    with set_clock(day):
        with tenant.scope():
            enqueue(kind, payload)
        run_due()


def years(tenant: TestTenant, member: TestMember, carry: dict[str, Any], hours: tuple[int, ...]) -> list[int]:
    """The balance after each new year's night, of so many hours in each year from 2022 on."""
    with tenant.scope():
        publish(scheme(carry=carry))
    found = []
    for year, count in enumerate(hours, 2022):
        with tenant.scope():
            ledger.earn(serve(tenant, member, count * 60, dt.date(year, 12, 1)))
        for _time in range(2):
            job(tenant, closing.KIND, dt.date(year + 1, 1, 2))
        with tenant.scope():
            found.append(ledger.balance(member.id) // 100)
    return found


@pytest.mark.parametrize(("carry", "expected"), [
    ({"mode": "all"}, [10, 14, 22]), ({"mode": "none"}, [0, 0, 0]), ({"mode": "at_most", "most": 8}, [8, 8, 8]),
    ({"mode": "share", "percent": 50}, [5, 7, 11]), ({"mode": "all", "expires_after": 1}, [10, 4, 8])])
def test_what_is_carried_over(tenant: TestTenant, member: TestMember, carry: dict[str, Any], expected: list[int]) -> None:
    assert years(tenant, member, carry, (10, 4, 8)) == expected


def test_a_late_record_of_a_closed_year_is_closed_the_night_after(tenant: TestTenant, member: TestMember) -> None:
    assert years(tenant, member, {"mode": "none"}, (3,)) == [0]
    with tenant.scope():
        late = serve(tenant, member, 120, dt.date(2022, 12, 30))
        ledger.earn(late)
        assert ledger.balance(member.id) == 200
    job(tenant, closing.KIND, dt.date(2023, 1, 3))
    with tenant.scope():
        assert ledger.balance(member.id) == 0
        withdraw(late)
        assert ledger.balance(member.id) == -200


def test_everybody_gets_the_base_once_a_period(tenant: TestTenant, member: TestMember) -> None:
    make_member(tenant, "李四")
    with tenant.scope():
        publish(scheme(period={"base": 60, "ceiling": 61}))
    for day in (dt.date(2026, 1, 2), dt.date(2026, 1, 3), dt.date(2026, 12, 31), dt.date(2027, 1, 1)):
        job(tenant, closing.KIND, day)
    with tenant.scope():
        ledger.earn(serve(tenant, member, 300, dt.date(2026, 3, 1)))
        assert sorted(session().execute(select(PointsEntry.period, PointsEntry.points)).all()) == [
            (dt.date(2026, 1, 1), 100), *[(dt.date(2026, 1, 1), 6000)] * 2, *[(dt.date(2027, 1, 1), 6000)] * 2]


@pytest.mark.parametrize("period", [{"length": length, "starts_month": month, "starts_day": day} for length, (month, day) in itertools.product(
    ("year", "half_year", "quarter", "month"), ((1, 1), (12, 1), (4, 15)))])
def test_days_and_statements_agree_on_periods(tenant: TestTenant, period: dict[str, Any]) -> None:
    from sqlalchemy import Date, cast, literal
    days = [dt.date(2025, 12, 31) + dt.timedelta(days=n * 11) for n in range(40)]
    with tenant.scope():
        found = [session().scalar(select(period_start(cast(literal(day), Date), period))) for day in days]
    assert found == [period_of(day, period) for day in days]
    assert all(start <= day < following(start, period) for start, day in zip(found, days, strict=True))  # type: ignore[operator]


def test_a_new_versions_cap_holds_from_its_day_and_earlier_points_stay(tenant: TestTenant, member: TestMember) -> None:
    capped = lambda most: scheme(rules=[{"key": "a", "title": "甲", "caps": [{"period": "year", "points": most}]}])  # noqa: E731
    with set_clock(dt.date(2026, 5, 1)), tenant.scope():
        publish(capped(10))
        rule_packs.publish(rule_packs.draft("points", "default", capped(20)), dt.date(2026, 6, 1))
    with tenant.scope():
        first, second = serve(tenant, member, 900, dt.date(2026, 4, 1)), serve(tenant, member, 600, dt.date(2026, 7, 1))
        third = serve(tenant, member, 600, dt.date(2026, 8, 1))
    for order in itertools.permutations((first, second, third)):
        one = make_member(tenant, "李四")
        with tenant.scope():
            mine = [serve(tenant, one, r.minutes, r.happened_on) for r in order]
            for record in mine:
                ledger.earn(record)
            assert ledger.balance(one.id) == 2000
            for record in mine:
                if record.happened_on == third.happened_on:
                    withdraw(record)
            assert ledger.balance(one.id) == 2000
            for record in mine:
                withdraw(record)
            assert ledger.balance(one.id) == 0


def test_what_counted_before_is_scored_once_and_by_its_pack(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        for number in range(5):
            serve(tenant, member, 60, dt.date(2026, 3, 1 + number))
        publish(scheme(), dt.date(2026, 3, 2))
    for _time in range(2):
        run_due()
        with tenant.scope():
            backfill.begin(dt.date(2026, 1, 1))
    run_due()
    with tenant.scope():
        assert sorted(e.rule for e in ledger.entries(member.id)) == [*["每小时 1 分"] * 4, "每小时 1 分，一次最多计 2 小时"]


def test_a_units_score(tenant: TestTenant, member: TestMember) -> None:
    make_member(tenant, "李四")
    with tenant.scope():
        publish(scheme(unit={"method": "average", "base": 10, "coverage": 4}))
        ledger.earn(serve(tenant, member, 300, dt.date(2026, 3, 1)))
        found = units.listed(("",), dt.date(2026, 6, 1))
        assert [(r.members, r.serving, int(r.points)) for r in found] == [(2, 1, 250 + 1000 + 200)]
        assert units.listed((), dt.date(2026, 6, 1)) == []


def test_a_notice_is_by_name_and_made_once(tenant: TestTenant, member: TestMember) -> None:
    other = make_member(tenant, "阿英")
    with tenant.scope():
        publish(scheme(notice={"every": "quarter", "masked": True}))
        for one, hours in ((member, 1), (other, 5), (member, 1)):
            ledger.earn(serve(tenant, one, hours * 60, dt.date(2026, 2, 1)))
    for _time in range(2):
        job(tenant, notices.KIND, dt.date(2026, 4, 1))
    with tenant.scope():
        made = [n for n in notices.listed() if n.since == dt.date(2026, 1, 1)]
        assert len(made) == 1
        frame = notices.notice(made[0].since, made[0].until)
        assert [(notices.masked(line.name), line.points) for line in notices.lines(frame, ("",))] == [("阿＊", 500), ("王＊＊", 200)]


def test_there_is_no_ranking_until_somebody_says_why(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        assert ranking.is_on() is False
        with pytest.raises(Invalid):
            ranking.switch(True, "好看", by=uuid.uuid4())
        assert ranking.is_on() is False
        ranking.switch(True, "市委组织部 2026 年 3 月会议决定试行", by=uuid.uuid4())
        assert ranking.is_on() is True
        ranking.switch(False, "", by=uuid.uuid4())
        assert ranking.is_on() is False


def test_points_are_a_dataset_for_report_formats(tenant: TestTenant, member: TestMember) -> None:
    from core.extension.dataset import DataReach, DataRequest
    from plugins.points import reporting
    other = make_member(tenant, "阿英", unit=-1, residence=-1)
    with tenant.scope():
        for one, hours, month in ((member, 1, 2), (other, 2, 2), (member, 1, 5)):
            ledger.earn(serve(tenant, one, hours * 60, dt.date(2026, month, 1)))
    whole, county = (DataReach(i, kind, tenant.paths[i]) for i, kind in ((tenant.root, "committee"), (tenant.counties[0], "county")))
    found = []
    for reach, place in (((whole,), None), ((county,), None), ((whole,), county), ((county,), whole), ((), None)):
        request = DataRequest(reach, dt.date(2026, 1, 1), dt.date(2026, 3, 31), place)
        with tenant.scope():
            rows = [row for batch in reporting.read(request) for row in batch]
            assert len(rows) == reporting.count(request)
        found.append([(name, earned, balance) for name, _unit, earned, balance in rows])
    mine = ("王小明", 1, 2)
    assert found == [[("阿英", 2, 2), mine], [mine], [mine], [mine], []]
