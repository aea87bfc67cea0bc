"""Rules over whole months, quarters and years: the nightly job, what it reckons, and that a rehearsal and the ledger say the same."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlalchemy import select

from core.api import Measure
from core.extension.known import core_measures
from core.members.models import Member
from core.rules import packs as rule_packs
from core.tenancy import session, set_clock
from plugins.points import exclusions, ledger, plugin as manifest, spanning
from plugins.points.measures import in_period, in_periods
from plugins.points.rehearsal import rehearse, show, why
from tests.plugins.points.packs import deed, publish, scheme, serve, withdraw
from tests.plugins.points.test_periods import job
from tests.support.factories import TestMember, TestTenant, make_member

SINCE, UNTIL = dt.date(2026, 1, 1), dt.date(2026, 3, 31)
NIGHT = dt.date(2026, 4, 1)
GIFT = {"key": "gift", "title": "捐款"}


def over(key: str, of: str, **more: Any) -> dict[str, Any]:
    """A rule over each quarter."""
    return {"key": key, "title": key, "source": "quantity", "every": "quarter", "quantity": {"of": of, **more.pop("quantity", {})}, **more}


RULES = [over("hours", "minutes", points=1.5, event_cap=10), over("each", "times", per="unit", unit_size=2, points=1),
         over("gifts", "deed_quantity", quantity={"deed_kinds": ["gift"]}, per="time", at_least=100, points=4),
         over("steps", "days", brackets=[{"at_least": 1, "points": 1}, {"at_least": 3, "points": 6}]),
         over("probe", "measure", quantity={"measure": "points.probe"}, per="unit", points=1),
         over("idle", "times", per="time", below=1, points=-3)]


def spans(member_id: uuid.UUID) -> dict[str, list[tuple[int, int, dt.date]]]:
    """The entries of a member's spans by rule: points, quantity, the span's last day."""
    found: dict[str, list[tuple[int, int, dt.date]]] = {}
    for row in reversed(ledger.entries(member_id)):
        if row.source == "quantity":
            found.setdefault(row.rule_key, []).append((row.points, row.given, row.happened_on))
    return found


def rehearsed(document: Any) -> dict[uuid.UUID, tuple[int, int, str]]:
    """Before, after and why of everybody."""
    return {row.member_id: (row.before, row.after, why(row.why, document)) for row in session().execute(rehearse(document, SINCE, UNTIL, "default"))}


def test_what_was_done_in_a_quarter_is_reckoned_once_it_is_over_and_again_for_late_records(tenant: TestTenant, member: TestMember,
                                                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    idle = make_member(tenant, "李闲")
    monkeypatch.setitem(core_measures(), "points.probe", Measure("points.probe", "x", lambda _m: 0, lambda: select(
        Member.id.label("member_id"), (Member.version * 0 + 2).label("value")).where(Member.id == idle.id), 1))
    with tenant.scope():
        pack = publish(scheme(decimals=2, deeds=[GIFT], rules=RULES, period={"length": "quarter"}), SINCE)
        late = serve(tenant, member, 50, dt.date(2026, 3, 31))
        for day in (1, 2):
            serve(tenant, member, 50, dt.date(2026, 3, day))
        deed(member, "gift", dt.date(2026, 1, 1), quantity=60)
        deed(member, "gift", UNTIL, quantity=40)
        expected = {member.id: (0, 1475, "hours 3.75 分；each 1 分；gifts 4 分；steps 6 分"), idle.id: (0, -100, "probe 2 分；idle -3 分")}
        assert rehearsed(pack.document) == expected
        assert show(1475, pack.document) == "14.75 分"
    job(tenant, spanning.KIND, UNTIL)  # the quarter's last day: it is not over
    with tenant.scope():
        assert spans(member.id) == {}
    for _twice in range(2):
        job(tenant, spanning.KIND, NIGHT)
    with tenant.scope():
        mine = {"hours": [(375, 150, UNTIL)], "each": [(100, 3, UNTIL)], "gifts": [(400, 100, UNTIL)], "steps": [(600, 3, UNTIL)]}
        assert (spans(member.id), spans(idle.id)) == (mine, {"probe": [(200, 2, UNTIL)], "idle": [(-300, 0, UNTIL)]})
        assert rehearsed(pack.document) == {who: (after, after, said) for who, (_before, after, said) in expected.items()}
        withdraw(late)
        serve(tenant, idle, 600, UNTIL)
    job(tenant, spanning.KIND, dt.date(2026, 7, 30))  # a hundred and twenty days later, to the day
    with tenant.scope():
        assert spans(member.id) == {"hours": [(375, 150, UNTIL), (-125, 100, UNTIL)], "each": [(100, 3, UNTIL)], "gifts": [(400, 100, UNTIL)],
                                    "steps": [(600, 3, UNTIL), (-500, 2, UNTIL)], "idle": [(-300, 0, dt.date(2026, 6, 30))]}
        assert spans(idle.id)["hours"] == [(1000, 600, UNTIL)]
        assert spans(idle.id)["idle"] == [(-300, 0, UNTIL), (300, 0, UNTIL), (-300, 0, dt.date(2026, 6, 30))]
        serve(tenant, idle, 60, UNTIL)
        before = len(ledger.entries(idle.id))
    job(tenant, spanning.KIND, dt.date(2026, 7, 31))  # a day later it is left as it is
    with tenant.scope():
        assert len(ledger.entries(idle.id)) == before


def test_a_measure_of_a_plugin_that_is_off_is_nobodys(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        pack = publish(scheme(rules=[over("probe", "measure", quantity={"measure": "stars.level"}, per="time", points=1)]))
        assert rehearsed(pack.document) == {}


def test_a_span_stands_beside_what_earlier_versions_of_its_year_gave(tenant: TestTenant, member: TestMember) -> None:
    """The year's ceiling is one for both versions, also when the year in which the job runs knows only the second."""
    ceiling = {"period": {"ceiling": 10}}
    with set_clock(dt.date(2025, 5, 1)), tenant.scope():
        publish(scheme(**ceiling), dt.date(2025, 1, 1))
        rule_packs.publish(rule_packs.draft("points", "default", scheme(rules=[over("norm", "times", every="year", per="time", points=6)], **ceiling)),
                           dt.date(2025, 7, 1))
    with tenant.scope():
        ledger.earn(serve(tenant, member, 8 * 60, dt.date(2025, 3, 1)))
        assert ledger.balance(member.id) == 800
    job(tenant, spanning.KIND, dt.date(2026, 1, 2))
    with tenant.scope():
        assert [(row.rule_key, row.points, row.raw) for row in ledger.entries(member.id)] == [("norm", 200, 600), ("service", 800, 800)]


def test_a_scheme_without_periods_counts_everything_together(tenant: TestTenant, member: TestMember) -> None:
    other = make_member(tenant, "李四")
    with set_clock(NIGHT), tenant.scope():
        pack = publish(scheme(period={"length": "ever", "ceiling": 9, "base": 1}, carry={"mode": "none"}))
        for year in (2019, 2026):
            ledger.earn(serve(tenant, member, 300, dt.date(year, 1, 5)))
        assert (in_period(member.id), in_period(other.id), ledger.balance(member.id)) == (8, 0, 800)
    for _twice in range(2):
        job(tenant, "points.periods", NIGHT)
    with set_clock(NIGHT), tenant.scope():
        assert [(row.kind, row.points, row.period) for row in ledger.entries(other.id)] == [("base", 100, dt.date(1900, 1, 1))]
        assert {row.member_id: row.value for row in session().execute(in_periods())} == {member.id: 9, other.id: 1}
        assert rehearsed(pack.document)[member.id] == (300, 500 + 100, "服务 5 分")  # the base was given the day after


@pytest.mark.parametrize(("rounding", "decimals", "expected"), [
    ("up", 0, [100, 200, -100, 200]), ("nearest", 0, [0, 200, -100, 200]), ("up", 1, [30, 150, -50, 170]), ("nearest", 2, [25, 150, -50, 167]),
    ("down", 2, [25, 150, -50, 166])])
def test_the_remainder_is_rounded_as_the_pack_says(tenant: TestTenant, member: TestMember, rounding: str, decimals: int, expected: list[int]) -> None:
    rules = [{"key": "plus", "title": "加", "where": {"kind": ["困难帮扶"]}}, {"key": "minus", "title": "减", "where": {"kind": ["其他"]}, "per": "time",
                                                                             "points": -0.5},
             {"key": "steps", "title": "段", "where": {"kind": ["治安巡逻"]}, "step_minutes": 100, "step_rounding": "nearest"}]
    with tenant.scope():
        publish(scheme(rounding=rounding, decimals=decimals, rules=rules))
        for minutes, kind in ((15, "困难帮扶"), (90, "困难帮扶"), (60, "其他"), (60, "治安巡逻")):
            ledger.earn(serve(tenant, member, minutes, kind=kind))
        assert [row.points for row in reversed(ledger.entries(member.id))] == expected


def test_a_pack_without_rules_is_rehearsed_and_brings_nobody_anything(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        document = rule_packs.checked(manifest.rule_kinds[0], scheme(rules=[]))
        assert rehearsed(document) == {}
        serve(tenant, member, 60, SINCE)
        assert rehearsed(document) == {member.id: (0, 0, "没有得分")}


@pytest.mark.parametrize("barred", [False, True])
def test_spans_stand_beside_the_best_of_each_month_in_a_rehearsal_too(tenant: TestTenant, member: TestMember, barred: bool) -> None:
    """Where facts are told apart, since only the best of a month counts, and whoever is left out on a span's last day has none of it."""
    other = make_member(tenant, "李四")
    with tenant.scope():
        pack = publish(scheme(exclusions=[{"key": "x", "title": "受审查"}], rules=[
            {"key": "best", "title": "best", "caps": [{"period": "month", "times": 1}]}, over("norm", "times", per="time", at_least=3, points=10)]), SINCE)
        for one in (member, other):
            for minutes in (60, 180, 120):
                ledger.earn(serve(tenant, one, minutes, dt.date(2026, 2, 1)))
        if barred:
            exclusions.exclude(other.id, exclusions.ExclusionInput("x", UNTIL, UNTIL, "组织通知"), by=None)
        assert {who: after for who, (_before, after, _why) in rehearsed(pack.document).items()} == {member.id: 1300, other.id: 300 if barred else 1300}
    job(tenant, spanning.KIND, NIGHT)
    with tenant.scope():
        assert [ledger.balance(one.id) for one in (member, other)] == [1300, 300 if barred else 1300]
