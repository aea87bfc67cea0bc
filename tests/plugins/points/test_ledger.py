"""The ledger: exactly once, always summed up, never edited, and gone with its member."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings as profile, strategies as st
from sqlalchemy import false, func, select, text, update
from sqlalchemy.exc import ProgrammingError

from core.errors import Conflict
from core.extension.dispatch import collect, require, tell
from core.extension.facts import DeedFact, RecordFact
from core.extension.measures import measure
from core.jobs import enqueue
from core.jobs.models import Job
from core.jobs.running import run_due
from core.rules.models import RulePack
from core.service import evaluation, records
from core.service.models import ServiceRecord
from core.tenancy import hot, session, today
from plugins.points import ledger, spending, writing
from plugins.points.models import PointsAccount, PointsEntry
from tenants.activation import disable, enable
from tenants.settings import save
from tests.plugins.points.packs import publish, scheme, serve
from tests.service.conftest import at_once
from tests.service.test_records import in_scope, write
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member
from tests.support.plugins import make_record

pytestmark = pytest.mark.promise(14)
BY = uuid.uuid4()
REDEEMED = {"kind": "redeemed", "contra": "redeemed", "source": "request", "words": "兑换"}


def judge(record_id: uuid.UUID, rating: str = "satisfied") -> None:
    """Key in the recipient's slip; the record counts."""
    evaluation.key_in(record_id, "paper", rating, None, today(), by=BY)


def kept(tenant: TestTenant, member: TestMember) -> tuple[int, int, list[tuple[str, int]]]:
    """Balance, sum of the entries, and the entries from the oldest on."""
    with tenant.scope():
        total = session().scalar(select(func.coalesce(func.sum(PointsEntry.points), 0)).where(PointsEntry.member_id == member.id))
        entries = [(e.kind, e.points // 100) for e in reversed(ledger.entries(member.id))]
        return ledger.balance(member.id) // 100, total // 100, entries


def hour(member: TestMember, **values: Any) -> RecordFact:
    """A counted hour of the member."""
    return make_record(member_id=member.id, **values)


def test_only_a_judged_record_earns_and_its_withdrawal_reverses(tenant: TestTenant, member: TestMember) -> None:
    record_id = write(tenant, member, verified=True, minutes=150)
    assert kept(tenant, member) == (0, 0, [])
    with tenant.scope():
        judge(record_id)
    assert kept(tenant, member) == (2, 2, [("earned", 2)])
    with tenant.scope():
        assert measure("points.balance", member.id) == 2
        records.withdraw(record_id, 3)
    assert kept(tenant, member) == (0, 0, [("earned", 2), ("reversed", -2)])


def test_a_dissatisfied_recipient_earns_nothing_but_it_is_written(tenant: TestTenant, member: TestMember) -> None:
    record_id = write(tenant, member, verified=True)
    with tenant.scope():
        judge(record_id, "dissatisfied")
    assert kept(tenant, member) == (0, 0, [("earned", 0)])


def test_the_rule_of_the_day_stands_with_the_entry(tenant: TestTenant, member: TestMember) -> None:
    first, second = (write(tenant, member, verified=True, minutes=120) for _n in range(2))
    with tenant.scope():
        judge(first)
        save("points", {"points_per_hour": 3}, version=0)
    with tenant.scope():
        judge(second)
    with tenant.scope():
        assert [(e.points, e.rule) for e in ledger.entries(member.id)] == [
            (600, "每小时 3 分，一次最多计 2 小时"), (200, "每小时 1 分，一次最多计 2 小时")]


def test_told_twice_it_is_entered_once(tenant: TestTenant, member: TestMember) -> None:
    record = hour(member)
    for _time in range(2):
        with tenant.scope():
            tell("record_counted", record=record)
    assert kept(tenant, member) == (1, 1, [("earned", 1)])


def test_told_twice_at_once_it_is_entered_once(tenant: TestTenant, member: TestMember) -> None:
    record = hour(member)
    assert at_once(*[in_scope(tenant, lambda: ledger.earn(record))] * 4) == [None] * 4
    assert kept(tenant, member) == (1, 1, [("earned", 1)])


@pytest.fixture
def without_key(database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Takes the ledger's unique key away, and the look for an entry that is there already."""
    monkeypatch.setattr(writing, "_known", lambda *_: false())
    hot._compiled.clear()
    name = "uq_points_entry_tenant_id_source_id_rule_key_kind"
    with database.connect_admin() as admin:
        admin.execute(f"alter table points_entry drop constraint {name}")  # type: ignore[arg-type]
        yield
        admin.execute("delete from points_entry")
        admin.execute(f"alter table points_entry add constraint {name} unique (tenant_id, source_id, rule_key, kind)")  # type: ignore[arg-type]
    hot._compiled.clear()


def test_twin_without_the_key_it_is_entered_twice(tenant: TestTenant, member: TestMember, without_key: None) -> None:
    record = hour(member)
    for _time in range(2):
        with tenant.scope():
            tell("record_counted", record=record)
    assert kept(tenant, member) == (2, 2, [("earned", 1), ("earned", 1)])


def test_several_records_of_one_member_count_at_once(tenant: TestTenant, member: TestMember) -> None:
    ids = [write(tenant, member, verified=True, minutes=60) for _n in range(6)]
    assert at_once(*(in_scope(tenant, lambda i=i: judge(i)) for i in ids)) == [None] * 6
    balance, total, entries = kept(tenant, member)
    assert (balance, total, len(entries)) == (6, 6, 6)


def in_one_day(tenant: TestTenant, member: TestMember) -> int:
    """Points of four services told of at once, of which a pack lets one count a day."""
    facts = [hour(member) for _n in range(4)]
    assert at_once(*(in_scope(tenant, lambda fact=fact: ledger.earn(fact)) for fact in facts)) == [None] * 4
    return kept(tenant, member)[1]


@pytest.fixture
def capped(tenant: TestTenant) -> None:
    """A point a day."""
    with tenant.scope():
        publish(scheme(rules=[{"key": "a", "title": "甲", "caps": [{"period": "day", "points": 1}]}]))


def test_a_cap_holds_when_several_are_told_of_at_once(tenant: TestTenant, member: TestMember, capped: None) -> None:
    assert in_one_day(tenant, member) == 1


def test_twin_without_the_accounts_lock_the_cap_is_passed(tenant: TestTenant, capped: None, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [make_member(tenant) for _attempt in range(20)]  # a race has to happen once
    with tenant.scope():
        ledger.hold([one.id for one in people])
    monkeypatch.setattr(ledger, "hold", lambda members: dict.fromkeys(members, 0))
    assert any(in_one_day(tenant, one) > 1 for one in people), "the lock is not what holds"


def test_late_news_of_a_withdrawn_record_earns_nothing(tenant: TestTenant, member: TestMember) -> None:
    record = hour(member)
    with tenant.scope():
        tell("record_withdrawn", record=record)
        tell("record_counted", record=record)
        tell("record_withdrawn", record=record)
    assert kept(tenant, member) == (0, 0, [("reversed", 0)])


Step = tuple[str, int, int]
TOLD = st.tuples(st.sampled_from(["record_counted", "record_withdrawn"]), st.integers(0, 4), st.integers(1, 1440))
ENTERED = st.tuples(st.sampled_from(["spend", "correct"]), st.just(0), st.integers(1, 300))


@profile(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TOLD | ENTERED, max_size=16))
def test_whatever_is_told_the_balance_is_the_sum_and_what_is_spent_was_there(tenant: TestTenant, steps: list[Step]) -> None:
    one = make_member(tenant)
    ids = [uuid.uuid4() for _n in range(5)]
    with tenant.scope():
        for what, number, value in steps:
            if what == "spend":
                assert not overspent(one, value)
            elif what == "correct":
                correct(one, -value)
            else:
                tell(what, record=hour(one, record_id=ids[number], minutes=value))
            assert ledger.balance(one.id) == sum(e.points for e in ledger.entries(one.id))
        told = [step for step in steps if step[0] not in ("spend", "correct")]
        entries = [e for e in ledger.entries(one.id) if e.source == "record"]
    assert len(entries) == len({(hook, number) for hook, number, _minutes in told}) - late(told)


def overspent(one: TestMember, cost: int) -> bool:
    """Spend, when that is let: whether a debt stands afterwards. A refusal changes nothing, and is for who has less than it costs."""
    held = ledger.hold([one.id])[one.id]
    try:
        spending.spend(one.id, held, cost, source_id=uuid.uuid4(), **REDEEMED)
    except Conflict:
        assert (ledger.balance(one.id), held < cost) == (held, True)
        return False
    assert ledger.balance(one.id) == held - cost
    return ledger.balance(one.id) < 0


def correct(one: TestMember, points: int) -> None:
    """A correction that somebody has confirmed."""
    ledger.hold([one.id])
    ledger.enter("corrected", "corrected", one.id, points, period=dt.date(2026, 1, 1), happened_on=today(), source="officer",
                 source_id=uuid.uuid4(), rule="人工更正")


def test_a_withdrawal_takes_back_what_is_spent_and_the_debt_is_filled_before_more_is(tenant: TestTenant, member: TestMember) -> None:
    spent, later = hour(member), hour(member)
    with tenant.scope():
        tell("record_counted", record=spent)
        assert (overspent(member, 100), ledger.balance(member.id)) == (False, 0)
        tell("record_withdrawn", record=spent)
        correct(member, -50)
        assert (overspent(member, 1), ledger.balance(member.id)) == (False, -150)
        tell("record_counted", record=later)
        assert (overspent(member, 1), ledger.balance(member.id)) == (False, -50)
        correct(member, 60)
        assert (overspent(member, 10), ledger.balance(member.id)) == (False, 0)


def test_twin_without_a_look_at_the_balance_a_debt_is_spent_from(tenant: TestTenant, member: TestMember, monkeypatch: pytest.MonkeyPatch) -> None:
    record = hour(member)
    monkeypatch.setattr(spending, "spend", lambda one, _held, cost, *, words, **columns: ledger.enter(
        member_id=one, points=-cost, period=dt.date(2026, 1, 1), happened_on=today(), rule=words, **columns))
    with tenant.scope():
        tell("record_counted", record=record)
        tell("record_withdrawn", record=record)
        assert overspent(member, 1)


def late(steps: list[Step]) -> int:
    """How many records were withdrawn before it was told that they count: those earn nothing any more."""
    first = {(hook, number): place for place, (hook, number, _m) in reversed(list(enumerate(steps)))}
    return sum(("record_withdrawn", n) in first and first["record_withdrawn", n] < place
               for (hook, n), place in first.items() if hook == "record_counted")


EDITS = ("update points_entry set points = 100", "delete from points_entry")


@pytest.mark.parametrize("statement", [*EDITS, "truncate points_entry"])
def test_entries_are_only_added(tenant: TestTenant, member: TestMember, statement: str) -> None:
    with tenant.scope():
        ledger.earn(hour(member, minutes=120))
    with pytest.raises(ProgrammingError) as refused, tenant.scope():
        session().connection().execute(text(statement))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
    assert kept(tenant, member) == (2, 2, [("earned", 2)])


@pytest.fixture
def with_rights(database: TestDatabase) -> Iterator[None]:
    """Gives the application the rights on entries that it must not have."""
    with database.connect_admin() as admin:
        admin.execute("grant update, delete on points_entry to baodao_app")
        admin.commit()
        yield
        admin.execute("revoke update, delete on points_entry from baodao_app")


@pytest.mark.parametrize(("statement", "left"), [(EDITS[0], [("earned", 1)]), (EDITS[1], [])])
def test_twin_with_the_rights_entries_are_edited(tenant: TestTenant, member: TestMember, statement: str, left: list[tuple[str, int]],
                                                 with_rights: None) -> None:
    with tenant.scope():
        ledger.earn(hour(member, minutes=120))
    with tenant.scope():
        session().connection().execute(text(statement))
    assert kept(tenant, member)[2] == left


def test_the_nightly_check_mends_a_wrong_balance(tenant: TestTenant, member: TestMember, database: TestDatabase) -> None:
    other = make_member(tenant, "李四")
    with tenant.scope():
        ledger.earn(hour(member))
        ledger.earn(hour(other))
    with database.connect_admin() as admin:
        admin.execute("update points_account set balance = 99 where member_id = %s", [member.id])
    with tenant.scope():
        job_id = enqueue("points.check")
    run_due()
    with tenant.scope():
        job = session().execute(select(Job.status, Job.result).where(Job.id == job_id)).one()
    assert (job.status, job.result) == ("done", {"mended": 1})
    assert [kept(tenant, m)[:2] for m in (member, other)] == [(1, 1), (1, 1)]


def test_a_failed_delivery_is_made_up_for_by_its_job(tenant: TestTenant, member: TestMember, database: TestDatabase) -> None:
    record_id = write(tenant, member, verified=True, minutes=60)
    with database.connect_admin() as admin:
        admin.execute("revoke insert on points_entry from baodao_app")
        with tenant.scope():
            judge(record_id)
        admin.execute("grant insert on points_entry to baodao_app")
    assert kept(tenant, member) == (0, 0, [])
    with tenant.scope():
        assert session().get_one(ServiceRecord, (tenant.id, record_id)).status == "counted"
    run_due()
    assert kept(tenant, member) == (1, 1, [("earned", 1)])


def test_a_record_withdrawn_while_points_are_off_earns_nothing_once_they_are_on_again(tenant: TestTenant, member: TestMember) -> None:
    record_id = write(tenant, member, verified=True, minutes=60)
    with tenant.scope():
        judge(record_id)
        disable("points")
    with tenant.scope():
        records.withdraw(record_id, session().get_one(ServiceRecord, (tenant.id, record_id)).version)
    assert (run_due(), kept(tenant, member)) == (0, (1, 1, [("earned", 1)]))
    with tenant.scope():
        enable("points")
    assert (run_due(), kept(tenant, member)) == (1, (0, 0, [("earned", 1), ("reversed", -1)]))


def test_a_countys_own_rule_holds_in_its_communities(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        save("points", {"points_per_hour": 5}, tenant.counties[0], version=0)
    for place in (tenant.communities[0], tenant.communities[7]):
        with tenant.scope():
            ledger.earn(make_record(member_id=member.id, community_id=place))
    assert [points for _kind, points in kept(tenant, member)[2]] == [5, 1]


def test_a_tenant_that_never_had_points_gets_no_job_of_theirs(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        disable("points")
    record_id = write(tenant, member, verified=True, minutes=60)
    with tenant.scope():
        judge(record_id)
    with tenant.scope():
        records.withdraw(record_id, session().get_one(ServiceRecord, (tenant.id, record_id)).version)
    with tenant.scope():
        assert session().scalars(select(Job.kind)).all() == []


def test_export_and_erasure_are_complete_even_while_off(tenant: TestTenant, member: TestMember) -> None:
    other = make_member(tenant, "李四")
    with tenant.scope():
        ledger.earn(hour(member))
        ledger.earn(hour(other))
        disable("points")
    with tenant.scope():
        exported = require("export_member_data", member_id=member.id)["points"]
        assert [row["points"] for table in exported for row in table.rows] == [1]
        assert require("erase_member_data", member_id=member.id) == {"points": 0}
        assert require("export_member_data", member_id=member.id) == {"points": exported}, "the ledger stays"
    with tenant.scope():
        enable("points")
    with tenant.scope():
        left = [set(session().scalars(select(table.member_id)).all()) for table in (PointsEntry, PointsAccount)]
        assert left == [{member.id, other.id}, {member.id, other.id}], "totals stay, under ids that name nobody"
        assert [panel.context["balance"] for panel in collect("member_panels", member_id=other.id)] == ["1"]


def test_what_no_scheme_holds_for_brings_nothing_and_entries_page_by_their_ids(tenant: TestTenant, member: TestMember) -> None:
    """A scheme that has come to its end, and a unit's own deed, which is no member's."""
    with tenant.scope():
        pack = publish(scheme())
        for minutes in (60, 120, 180):
            ledger.earn(serve(tenant, member, minutes))
        ledger.earn_deed(DeedFact(uuid.uuid4(), None, member.unit_id, "award", None, 1, today(), today()))
        session().execute(update(RulePack).where(RulePack.id == pack.id).values(ended_on=dt.date(2026, 5, 1)))
    with tenant.scope():
        ledger.earn(serve(tenant, member, 600, dt.date(2026, 6, 1)))
        newest, *rest = ledger.entries(member.id)
        assert [(row.points, row.minutes) for row in (newest, *rest)] == [(300, 180), (200, 120), (100, 60)]
        assert list(ledger.entries(member.id, before=newest.id)) == rest


def test_spending_takes_the_oldest_periods_first_and_never_what_is_not_there(tenant: TestTenant, member: TestMember) -> None:
    with tenant.scope():
        publish(scheme())
        for year in (2024, 2025, 2026):
            ledger.earn(serve(tenant, member, 60, dt.date(year, 3, 2)))
        balance = ledger.hold([member.id])[member.id]
        spending.spend(member.id, balance, 150, source_id=uuid.uuid4(), **REDEEMED)
        assert [(row.period.year, row.points) for row in ledger.entries(member.id) if row.kind == "redeemed"] == [(2025, -50), (2024, -100)]
        assert ledger.balance(member.id) == balance - 150 == 150
        for told in (149, 10_000):  # too little, and a caller who was told wrong
            with pytest.raises(Conflict), session().begin_nested():
                spending.spend(member.id, told, 151, source_id=uuid.uuid4(), **REDEEMED)
        assert ledger.balance(member.id) == 150
