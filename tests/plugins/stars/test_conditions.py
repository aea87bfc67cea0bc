"""Every kind of condition at its boundary, what a draft would change, and the words for all of it."""
from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select

from core.api import Measure
from core.extension.known import core_measures
from core.jobs.running import run_due
from core.members.models import Member
from core.rules import rehearsals
from core.rules.kinds import rule_kind
from core.rules.models import RehearsalRow
from core.rules.packs import checked, draft
from core.rules.queries import packs_in_force
from core.tenancy import session, set_clock
from plugins.stars import documents, explaining
from plugins.stars.evaluating import standings
from plugins.stars.models import Star
from tests.plugins.stars.conftest import deed, due, hours, level, report, scheme, serve, simple
from tests.plugins.stars.test_flow import star_given
from tests.support.factories import TestMember, TestTenant, make_member

DAY = dt.timedelta(days=1)
CUT = dt.date(2026, 6, 30)
TIMES = {"of": "times"}
AWARD = {"key": "award", "title": "表彰", "levels": ["省级", "市级"]}


def one_condition(**condition: Any) -> dict[str, Any]:
    """A scheme of one level with one condition."""
    return simple(1) | {"levels": [level(1, condition)], "deeds": [AWARD]}


@pytest.mark.parametrize(("condition", "days"), [
    (hours(8, window="year"), [dt.date(2026, 1, 1), dt.date(2025, 12, 31)]),
    (hours(8, window="last_year"), [dt.date(2025, 12, 31), dt.date(2026, 1, 1)]),
    (hours(8, window="months", months=6), [dt.date(2026, 1, 1), dt.date(2025, 12, 31)]),
    (hours(8, window="months", months=1), [dt.date(2026, 6, 1), dt.date(2026, 5, 31)]),
    (hours(8), [CUT, CUT + DAY])])
def test_a_window_begins_and_ends_on_its_day(tenant: TestTenant, condition: dict[str, Any], days: list[dt.date]) -> None:
    inside, outside = make_member(tenant, "甲"), make_member(tenant, "乙")
    for person, day in zip((inside, outside), days, strict=True):
        serve(tenant, person, 8, day)
    with tenant.scope():
        pack = scheme(one_condition(**condition))
    assert due(tenant, pack, CUT) == {inside.id: 1}


def test_a_share_is_of_all_that_counts_in_the_window(tenant: TestTenant) -> None:
    four, three, none = (make_member(tenant, name) for name in "甲乙丙")
    for person, good in ((four, 4), (three, 3)):
        for number in range(5):
            serve(tenant, person, 1, CUT - number * DAY, rating="satisfied" if number < good else "dissatisfied")
    serve(tenant, three, 1, CUT, kind="本职工作")  # left out: neither part nor whole
    with tenant.scope():
        pack = scheme(one_condition(needs="share", percent=80, quantity={**TIMES, "where": {"evaluation": ["satisfied"]}})
                      | {"left_out": [{"title": "本职", "where": {"kind": ["本职工作"]}}]})
    assert (due(tenant, pack, CUT), none.id) == ({four.id: 1}, none.id)


def test_continuity_asks_for_every_period(tenant: TestTenant) -> None:
    every, gap = make_member(tenant, "甲"), make_member(tenant, "乙")
    for month in (4, 5, 6):
        for _time in range(2):
            serve(tenant, every, 1, dt.date(2026, month, 1))
            serve(tenant, gap, 1, dt.date(2026, month, 30 if month != 5 else 1))
    serve(tenant, gap, 1, dt.date(2026, 4, 1))
    with tenant.scope():
        both = scheme(one_condition(needs="continuity", period="month", periods=3, at_least=2, quantity=TIMES), "both")
        more = scheme(one_condition(needs="continuity", period="month", periods=3, at_least=3, quantity=TIMES), "more")
    assert (due(tenant, both, CUT), due(tenant, more, CUT)) == ({every.id: 1, gap.id: 1}, {})
    assert due(tenant, both, CUT + DAY) == {}  # the latest month is now 2 June to 1 July: `gap` has two, `every` none


@pytest.mark.parametrize(("condition", "expected"), [
    ({"needs": "tenure", "since": "service", "months": 6}, "甲"), ({"needs": "tenure", "since": "report_in", "months": 6}, "乙"),
    ({"needs": "tenure", "since": "deed", "months": 6, "quantity": {"deed_kinds": ["award"]}}, "丙"),
    ({"needs": "tenure", "since": "party", "months": 240}, "丁"),
    ({"needs": "amount", "at_least": 3, "quantity": {"of": "deed_quantity", "deed_kinds": ["award"], "deed_levels": ["省级"]}}, "丙"),
    ({"needs": "amount", "at_least": 1, "quantity": {"of": "deeds", "deed_kinds": ["award"]}}, "丙")])
def test_tenure_and_deeds_from_each_source(tenant: TestTenant, condition: dict[str, Any], expected: str) -> None:
    people = {name: make_member(tenant, name, joined=dt.date(2006, 6, 30) if name == "丁" else dt.date(2006, 7, 1)) for name in "甲乙丙丁"}
    serve(tenant, people["甲"], 1, dt.date(2025, 12, 30))
    report(tenant, people["乙"], dt.date(2025, 12, 30))
    deed(tenant, people["丙"], "award", dt.date(2025, 12, 30), "省级", quantity=3)
    with tenant.scope():
        pack = scheme(one_condition(**condition))
    assert due(tenant, pack, CUT) == {people[expected].id: 1}
    assert due(tenant, pack, dt.date(2025, 12, 29)) == {}


def test_another_plugins_measure_is_a_condition(tenant: TestTenant, member: TestMember, monkeypatch: pytest.MonkeyPatch) -> None:
    with tenant.scope():
        pack = scheme(one_condition(needs="amount", at_least=7, quantity={"of": "measure", "measure": "stars.probe"}))
    assert due(tenant, pack, CUT) == {}  # nobody measures it: nobody has any
    for value, found in ((6, {}), (7, {member.id: 1})):
        monkeypatch.setitem(core_measures(), "stars.probe", Measure("stars.probe", "x", lambda _m: 0, lambda value=value: select(
            Member.id.label("member_id"), func.greatest(value * 60 + 59, 0).label("value")).where(Member.tenant_id == tenant.id), 60))
        assert due(tenant, pack, CUT) == found


def test_only_what_came_after_the_star_counts_for_the_next(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 30, CUT)
    ladder = [level(1, hours(10)), level(2, hours(8, window="previous"))]
    star_given(tenant, member, levels=ladder, no_skipping=True)
    with tenant.scope():
        pack = packs_in_force("stars", CUT)[0]
    assert due(tenant, pack, CUT + 9 * DAY) == {}
    serve(tenant, member, 8, CUT + 8 * DAY)
    assert due(tenant, pack, CUT + 9 * DAY) == {member.id: 2}


def test_what_lacks_is_said_in_words(tenant: TestTenant, member: TestMember) -> None:
    serve(tenant, member, 88, CUT)
    report(tenant, member, dt.date(2026, 3, 30))
    with tenant.scope():
        pack = scheme("longgang_2023")
        standing = standings(pack, CUT, member.id)
        explanation = session().scalar(select(standing.c.explanation))
        (way,) = explaining.ways(explanation, pack.document, 1)
        assert [(c.asks, c.has.strip(), c.lacks) for c in way.conditions] == [
            ("首次报到确认满 6 个月", "3 个月", "还差 3 个月"), ("服务时长不少于 100 小时", "88 小时", "还差 12 小时"),
            ("最近 2 个季度，每季度服务次数不少于 1 次", "1 个季度", "还差 1 个季度")]
        kind = rule_kind("stars")
        assert kind.show(0, pack.document) == "未达到"
        assert "一星级志愿者（未达到）" in kind.why(explanation, pack.document)


def rehearsed(tenant: TestTenant, document: dict[str, Any], name: str) -> dict[Any, tuple[int, int]]:
    """What a rehearsal of a draft says."""
    with tenant.scope():
        rehearsal_id = rehearsals.rehearse(draft("stars", name, document), CUT - 364 * DAY, CUT)
    run_due(tenant.id)
    with tenant.scope():
        rows = session().execute(select(RehearsalRow.member_id, RehearsalRow.before, RehearsalRow.after, RehearsalRow.why).where(
            RehearsalRow.rehearsal_id == rehearsal_id)).all()
        assert all(rule_kind("stars").why(row.why, document_of(document)) for row in rows)
    return {row.member_id: (row.before, row.after) for row in rows}


def document_of(document: dict[str, Any]) -> Any:
    """The document with its defaults."""
    return checked(rule_kind("stars"), document)


def test_a_rehearsal_says_who_gains_and_who_loses_and_changes_nothing(tenant: TestTenant) -> None:
    gains, loses, same, none = (make_member(tenant, name) for name in "甲乙丙丁")
    for person, amount in ((gains, 5), (loses, 20), (same, 30), (none, 1)):
        serve(tenant, person, amount, CUT)
    serve(tenant, gains, 8, CUT + DAY)  # after the period
    with tenant.scope():
        scheme(simple(10, 20))
    with set_clock(CUT + DAY):
        assert rehearsed(tenant, simple(5, 30), "scheme") == {gains.id: (0, 1), loses.id: (2, 1), same.id: (2, 2)}
        assert rehearsed(tenant, simple(25, 28), "other") == {same.id: (0, 2)}
    with tenant.scope():
        assert session().scalars(select(Star.id)).all() == []


def test_both_documents_share_one_scan_of_the_records(tenant: TestTenant) -> None:
    with tenant.scope():
        scheme(simple(10, 20, 30))
        sent = str(rule_kind("stars").rehearse(document_of(simple(10, 25, 30)), CUT - DAY, CUT, "scheme").compile())
    assert (sent.count("FROM service_record"), sent.count("sum(")) == (1, 1)


def test_the_cut_off_of_29_february_is_the_last_of_the_month_in_other_years() -> None:
    document = {"cycle": "dates", "cut_offs": ["02-29"]}
    assert [documents.cut_off_on(document, dt.date(year, 3, 1)) for year in (2027, 2028)] == [dt.date(2027, 2, 28), dt.date(2028, 2, 29)]
