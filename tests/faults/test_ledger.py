"""The ledger of points is never wrong: a model beside it over thousands of steps, and two processes that do as they like (promise 14).

What is spent was there, on every way; a withdrawal or a correction may leave a debt, which no spending makes or deepens.
"""
from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings as profile, strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from core import approvals
from core.approvals.models import WAITING, Approval
from core.errors import Conflict
from core.extension.facts import RecordFact
from core.service.models import ServiceRecord
from core.tenancy import session, today
from plugins.points import corrections, items, ledger, redemption, spending
from plugins.points.models import PointsAccount, PointsCorrection, PointsEntry, PointsRequest
from tests.faults.figures import FULL, figure
from tests.faults.twins import THREADS, at_once
from tests.plugins.points.conftest import tenant
from tests.plugins.points.packs import fact, publish, scheme, serve, withdraw
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member

__all__ = ["tenant"]
pytestmark = [pytest.mark.fault, pytest.mark.promise(14)]
PROPOSER, CONFIRMER = "community_officer", "county_officer"
REASON = "核对以后更正"
PRICE, HOUR, CORRECTED = 200, 100, (50, -150)
EXAMPLES, STEPS = (260, 50) if FULL else (4, 20)
OPERATIONS = 10_000 if FULL else 80
GOODS = ("soap", "towel", "salt", "tea")
LOTS = {"earn": 4, "again": 2, "withdraw": 2, "ask": 4, "cancel": 2, "hand over": 1, "propose": 3, "confirm": 3, "refuse": 1}
Known = dict[uuid.UUID, tuple[Any, ...]]


@pytest.fixture
def item(tenant: TestTenant) -> uuid.UUID:
    """Something to be had for two points, a point an hour; one of several, whose rows' locks part nobody who asks for another."""
    with tenant.scope():
        goods = [{"key": key, "title": key, "price": PRICE // 100, "stock": 1_000_000} for key in GOODS]
        publish(scheme(redemption={"enabled": True, "items": goods}))
        return items.listed()[0].id


def entries(member_id: uuid.UUID) -> Known:
    """The member's entries as they stand."""
    of = PointsEntry
    rows = session().execute(select(of.id, of.kind, of.contra, of.points, of.source_id, of.rule_key, of.rule, of.at).where(of.member_id == member_id))
    return {row.id: tuple(row) for row in rows}


def check(member_id: uuid.UUID, expected: int, known: Known) -> Known:
    """Hold the ledger to what the model expects, and to what stood in it before; answers what stands in it now."""
    balance = session().scalar(select(PointsAccount.balance).where(PointsAccount.member_id == member_id)) or 0
    now = entries(member_id)
    assert balance == sum(row[3] for row in now.values()) == expected
    assert {key: now.get(key) for key in known} == known, "an entry was edited or is gone"
    return now


def answer(tenant: TestTenant, correction: uuid.UUID, *, confirm: bool) -> None:
    """The second person confirms a correction or refuses it; in the open scope."""
    by = tenant.actor(CONFIRMER)
    if confirm:
        approvals.confirm(correction, by=by)
    else:
        approvals.refuse(correction, REASON, by=by)


def in_debt(tenant: TestTenant, member: TestMember, item: uuid.UUID) -> None:
    """Let a member spend what two services brought, which are withdrawn afterwards."""
    with tenant.scope():
        records = [serve(tenant, member, 60, today()) for _n in range(2)]
        for record in records:
            ledger.earn(record)
        redemption.ask(member.id, item, by=None)
        for record in records:
            withdraw(record)
        assert ledger.balance(member.id) == -PRICE


class Ledger(RuleBasedStateMachine):
    """The model: a rule for each thing that people do, and what the ledger then has to say. `machine` tells it of a tenant."""

    city: ClassVar[TestTenant]
    goods: ClassVar[uuid.UUID]
    counted: ClassVar[Counter[str]]
    spoil: ClassVar[Callable[[uuid.UUID], None] | None] = None
    records, requests, proposals = Bundle("records"), Bundle("requests"), Bundle("proposals")

    def __init__(self) -> None:
        super().__init__()
        self.members = [make_member(self.city, name) for name in "甲乙"]
        in_debt(self.city, self.members[1], self.goods)
        self.expected = Counter({self.members[1].id: -PRICE})
        self.known: dict[uuid.UUID, Known] = {one.id: {} for one in self.members}
        self.alive: dict[uuid.UUID, int] = {}
        self.asked: dict[uuid.UUID, uuid.UUID] = {}
        self.proposed: dict[uuid.UUID, tuple[uuid.UUID, int]] = {}

    @rule(target=records, who=st.integers(0, 1), hours=st.integers(1, 3))
    def earn(self, who: int, hours: int) -> RecordFact:
        with self.city.scope():
            record = serve(self.city, self.members[who], hours * 60, today())
            ledger.earn(record)
        self.alive[record.record_id] = hours * 100
        self.expected[record.member_id] += hours * 100
        return record

    @rule(record=records)
    def tell_again(self, record: RecordFact) -> None:
        if record.record_id in self.alive:
            with self.city.scope():
                ledger.earn(record)

    @rule(record=records)
    def reverse(self, record: RecordFact) -> None:
        with self.city.scope():
            withdraw(record)
        self.expected[record.member_id] -= self.alive.pop(record.record_id, 0)

    @rule(target=requests, who=st.integers(0, 1))
    def ask(self, who: int) -> uuid.UUID | None:
        member = self.members[who].id
        try:
            with self.city.scope():
                request = redemption.ask(member, self.goods, by=None)
        except Conflict:
            assert self.expected[member] < PRICE
            self.counted["refused in debt"] += self.expected[member] < 0
            return None
        self.expected[member] -= PRICE
        assert self.expected[member] >= 0, "spent what was not there"
        self.asked[request] = member
        return request

    @rule(request=requests, give=st.booleans())
    def settle(self, request: uuid.UUID | None, give: bool) -> None:
        if request is None:
            return
        try:
            with self.city.scope():
                (redemption.hand_over if give else redemption.cancel)(request, by=None)
        except Conflict:
            assert request not in self.asked
            return
        self.expected[self.asked.pop(request)] += 0 if give else PRICE

    @rule(target=proposals, who=st.integers(0, 1), points=st.integers(-300, 300).filter(bool))
    def propose(self, who: int, points: int) -> uuid.UUID:
        member = self.members[who].id
        with self.city.scope():
            correction = corrections.propose(member, points, REASON, by=self.city.actor(PROPOSER)).id
        self.proposed[correction] = member, points
        return correction

    @rule(correction=proposals, confirm=st.sampled_from([True, True, False]))
    def decide(self, correction: uuid.UUID, confirm: bool) -> None:
        try:
            with self.city.scope():
                answer(self.city, correction, confirm=confirm)
        except Conflict:
            assert correction not in self.proposed
            return
        assert correction in self.proposed, "decided twice"
        member, points = self.proposed.pop(correction)
        self.expected[member] += points if confirm else 0
        if self.spoil is not None:
            self.spoil(member)

    @invariant()
    def sums_up(self) -> None:
        self.counted["steps"] += 1
        self.counted["in debt"] += any(points < 0 for points in self.expected.values())
        with self.city.scope():
            for one in self.members:
                self.known[one.id] = check(one.id, self.expected[one.id], self.known[one.id])


def machine(tenant: TestTenant, item: uuid.UUID, counted: Counter[str], *, spoil: Callable[[uuid.UUID], None] | None = None) -> type[Ledger]:
    """The model for this tenant; `counted` tells of its steps. `spoil` does to a member what must not go unseen."""
    told = {"city": tenant, "goods": item, "counted": counted, "spoil": None if spoil is None else staticmethod(spoil)}
    return type("LedgerOfTenant", (Ledger,), told)


def run(model: type[RuleBasedStateMachine], examples: int = EXAMPLES) -> None:
    run_state_machine_as_test(model, settings=profile(max_examples=examples, stateful_step_count=STEPS, deadline=None, derandomize=True, database=None,
                                                      phases=[Phase.generate], suppress_health_check=list(HealthCheck)))


def test_the_ledger_agrees_with_a_model(tenant: TestTenant, item: uuid.UUID) -> None:
    counted = Counter[str]()
    run(machine(tenant, item, counted))
    assert counted["steps"] >= (10_000 if FULL else 50)
    assert counted["refused in debt"] > 0, "nobody wanted to spend who had a debt"
    figure(14, "steps of a stateful model beside the ledger", ">= 10,000: sum = balance, nothing edited, nothing spent that was not there",
           f"{counted['steps']}, {counted['in debt']} of them with a debt, in which {counted['refused in debt']} requests were refused")


@pytest.mark.parametrize("statement", ["update points_account set balance = balance + 1 where member_id = %s",
                                       "update points_entry set rule = 'x' where member_id = %s",
                                       "delete from points_entry where member_id = %s"])
def test_twin_a_ledger_that_is_edited_is_found_out(tenant: TestTenant, item: uuid.UUID, database: TestDatabase, statement: str) -> None:
    member = make_member(tenant)
    with tenant.scope():
        ledger.earn(serve(tenant, member, 180, today()))
    with tenant.scope():
        known = check(member.id, 300, {})
    with database.connect_admin() as admin:
        admin.execute(statement, [member.id])  # type: ignore[arg-type]
    with pytest.raises(AssertionError), tenant.scope():
        check(member.id, 300, known)


def test_twin_the_model_finds_a_ledger_that_goes_wrong_by_itself(tenant: TestTenant, item: uuid.UUID) -> None:
    def spoil(member_id: uuid.UUID) -> None:
        with tenant.scope():
            session().execute(PointsAccount.__table__.update().where(PointsAccount.member_id == member_id).values(balance=PointsAccount.balance + 1))

    with pytest.raises((AssertionError, ExceptionGroup)):
        run(machine(tenant, item, Counter(), spoil=spoil), 5)


def spend_blindly(member_id: uuid.UUID, balance: int, cost: int, *, words: str, **columns: Any) -> None:
    """Takes points without a look at what is there."""
    ledger.enter(member_id=member_id, points=-cost, period=today().replace(month=1, day=1), happened_on=today(), rule=words, **columns)


def test_twin_the_model_finds_that_something_is_spent_that_was_not_there(tenant: TestTenant, item: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spending, "spend", spend_blindly)
    with pytest.raises((AssertionError, ExceptionGroup)):
        run(machine(tenant, item, Counter()), 5)


def tell_once_more(what: str) -> None:
    """That some record counts, or that it counts no longer; be it withdrawn already, then neither changes anything."""
    if record := session().scalar(select(ServiceRecord).order_by(func.random()).limit(1)):
        (ledger.earn if what == "again" else withdraw)(fact(record))


def one_of_many(tenant: TestTenant, members: list[TestMember]) -> str:
    """An operation by lot; answers which, or that it was refused, or that it spent what was not there."""
    lot = random.choice(members)
    what = random.choices(tuple(LOTS), tuple(LOTS.values()))[0]
    try:
        with tenant.scope():
            if what == "earn":
                ledger.earn(serve(tenant, lot, 60, today()))
            elif what in ("again", "withdraw"):
                tell_once_more(what)
            elif what == "ask":
                redemption.ask(lot.id, random.choice(items.listed()).id, by=None)
                if left(lot.id) < 0:
                    return "overspent"
            elif what == "propose":
                corrections.propose(lot.id, random.choice(CORRECTED), REASON, by=tenant.actor(PROPOSER))
            elif what in ("confirm", "refuse"):
                # The oldest, so that several decide on one at once.
                correction = session().scalar(select(Approval.id).where(Approval.status == WAITING).order_by(Approval.id).limit(1))
                if correction is None:
                    return "nothing to decide"
                answer(tenant, correction, confirm=what == "confirm")
            elif request := session().scalar(select(PointsRequest.id).where(PointsRequest.status == "asked").order_by(func.random()).limit(1)):
                (redemption.cancel if what == "cancel" else redemption.hand_over)(request, by=None)
    except (Conflict, OperationalError) as error:
        return type(error).__name__
    return what


def left(member_id: uuid.UUID) -> int:
    """The sum of the member's entries as this transaction sees them; one that has spent holds the account until it ends."""
    return session().scalar(select(func.coalesce(func.sum(PointsEntry.points), 0)).where(PointsEntry.member_id == member_id)) or 0


def owed(tenant: TestTenant) -> int:
    """What all balances ought to come to, reckoned from everything but the ledger."""
    with tenant.scope():
        served = session().scalar(select(func.count()).select_from(ServiceRecord).where(ServiceRecord.status == "counted")) or 0
        corrected = session().scalar(select(func.sum(PointsCorrection.points)).where(PointsCorrection.status == "confirmed")) or 0
        spent = session().scalar(select(func.sum(PointsRequest.cost)).where(PointsRequest.status != "cancelled")) or 0
        return served * HOUR + int(corrected) - int(spent)


def balances(tenant: TestTenant) -> list[tuple[int, int]]:
    """(balance, sum of the entries) of each account."""
    with tenant.scope():
        total = select(func.sum(PointsEntry.points)).where(PointsEntry.member_id == PointsAccount.member_id).scalar_subquery()
        return [(row[0], int(row[1] or 0)) for row in session().execute(select(PointsAccount.balance, total))]


@pytest.fixture
def four(tenant: TestTenant, item: uuid.UUID) -> list[TestMember]:
    """Members with accounts, the first of them in debt."""
    members = [make_member(tenant, name) for name in "甲乙丙丁"]
    in_debt(tenant, members[0], item)
    with tenant.scope():
        ledger.hold([one.id for one in members])
    return members


def fight(tenant: TestTenant, members: list[TestMember], database: TestDatabase) -> Counter[str]:
    """Two processes and their threads over a few members; answers what was done."""
    return Counter(at_once(database, OPERATIONS, lambda: one_of_many(tenant, members)))


def test_two_processes_never_disagree_about_a_balance(tenant: TestTenant, four: list[TestMember], database: TestDatabase) -> None:
    done = fight(tenant, four, database)
    found = balances(tenant)
    assert (sum(done.values()), done["overspent"]) == (OPERATIONS, 0)
    assert [balance - total for balance, total in found] == [0] * len(four)
    assert sum(balance for balance, _total in found) == owed(tenant)
    figure(14, f"random operations on one ledger by 2 processes of {THREADS} threads", "2 x 5,000: sum = balance, nothing spent that was not there",
           f"{OPERATIONS}: {dict(done)}, all balances right, lowest {min(balance for balance, _total in found)}")


def test_twin_without_the_accounts_lock_something_is_spent_that_was_not_there(
        tenant: TestTenant, four: list[TestMember], database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "hold", lambda members: {one: ledger.balance(one) for one in members})
    assert any(fight(tenant, four, database)["overspent"] for _attempt in range(20)), "the lock is not what holds"
