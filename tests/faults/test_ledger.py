"""The ledger of points is never wrong: a model beside it over thousands of steps, and two processes that do as they like (promise 14)."""
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
from core.tenancy import session, today
from plugins.points import corrections, items, ledger, redemption
from plugins.points.models import PointsAccount, PointsEntry, PointsRequest
from tests.faults.figures import FULL, figure
from tests.faults.twins import THREADS, at_once
from tests.plugins.points.conftest import tenant
from tests.plugins.points.packs import publish, scheme, serve, withdraw
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member

__all__ = ["tenant"]
pytestmark = [pytest.mark.fault, pytest.mark.promise(14)]
PROPOSER, CONFIRMER = "community_officer", "county_officer"
REASON = "核对以后更正"
PRICE, CORRECTED = 200, 50
EXAMPLES, STEPS = (260, 50) if FULL else (4, 20)
OPERATIONS = 10_000 if FULL else 80
Known = dict[uuid.UUID, tuple[Any, ...]]


@pytest.fixture
def item(tenant: TestTenant) -> uuid.UUID:
    """Something to be had for two points, a point an hour."""
    with tenant.scope():
        publish(scheme(redemption={"enabled": True, "items": [{"key": "soap", "title": "肥皂", "price": 2, "stock": 1_000_000}]}))
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


class Ledger(RuleBasedStateMachine):
    """The model: a rule for each thing that people do, and what the ledger then has to say. `machine` tells it of a tenant."""

    city: ClassVar[TestTenant]
    goods: ClassVar[uuid.UUID]
    counted: ClassVar[list[int]]
    spoil: ClassVar[Callable[[uuid.UUID], None] | None] = None
    records, requests, proposals = Bundle("records"), Bundle("requests"), Bundle("proposals")

    def __init__(self) -> None:
        super().__init__()
        self.members = [make_member(self.city, name) for name in "甲乙"]
        self.expected: Counter[uuid.UUID] = Counter()
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
        self.counted[0] += 1
        with self.city.scope():
            for one in self.members:
                self.known[one.id] = check(one.id, self.expected[one.id], self.known[one.id])


def machine(tenant: TestTenant, item: uuid.UUID, steps: list[int], *, spoil: Callable[[uuid.UUID], None] | None = None) -> type[Ledger]:
    """The model for this tenant; `steps` grows by one a step. `spoil` does to a member what must not go unseen."""
    told = {"city": tenant, "goods": item, "counted": steps, "spoil": None if spoil is None else staticmethod(spoil)}
    return type("LedgerOfTenant", (Ledger,), told)


def run(model: type[RuleBasedStateMachine], examples: int = EXAMPLES) -> None:
    run_state_machine_as_test(model, settings=profile(max_examples=examples, stateful_step_count=STEPS, deadline=None, derandomize=True, database=None,
                                                      phases=[Phase.generate], suppress_health_check=list(HealthCheck)))


def test_the_ledger_agrees_with_a_model(tenant: TestTenant, item: uuid.UUID) -> None:
    steps = [0]
    run(machine(tenant, item, steps))
    assert steps[0] >= (10_000 if FULL else 50)
    figure(14, "steps of a stateful model beside the ledger", ">= 10,000: sum = balance, nothing edited, nothing spent that was not there", f"{steps[0]}")


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
        run(machine(tenant, item, [0], spoil=spoil), 5)


def one_of_many(tenant: TestTenant, members: list[TestMember], item: uuid.UUID, records: list[RecordFact]) -> str:
    """An operation by lot; answers which, or that it was refused."""
    lot = random.choice(members)
    what = random.choices(("earn", "again", "ask", "cancel", "hand over", "propose", "confirm", "refuse"), (4, 2, 4, 2, 1, 3, 3, 1))[0]
    try:
        with tenant.scope():
            if what == "earn":
                record = serve(tenant, lot, 60, today())
                ledger.earn(record)
                records.append(record)
            elif what == "again" and records:
                ledger.earn(random.choice(records))
            elif what == "ask":
                redemption.ask(lot.id, item, by=None)
            elif what == "propose":
                corrections.propose(lot.id, CORRECTED, REASON, by=tenant.actor(PROPOSER))
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


def balances(tenant: TestTenant) -> list[tuple[int, int]]:
    """(balance, sum of the entries) of each account."""
    with tenant.scope():
        total = select(func.sum(PointsEntry.points)).where(PointsEntry.member_id == PointsAccount.member_id).scalar_subquery()
        return [(row[0], int(row[1] or 0)) for row in session().execute(select(PointsAccount.balance, total))]


def fight(tenant: TestTenant, item: uuid.UUID, database: TestDatabase) -> tuple[Counter[str], list[tuple[int, int]], int]:
    """Two processes and their threads over four members; answers what was done, the balances, and the points that they ought to be."""
    members, records = [make_member(tenant, name) for name in "甲乙丙丁"], list[RecordFact]()
    done = Counter(at_once(database, OPERATIONS, lambda: one_of_many(tenant, members, item, records)))
    with tenant.scope():
        spent = session().scalar(select(func.coalesce(func.sum(PointsRequest.cost), 0)).where(PointsRequest.status != "cancelled"))
    return done, balances(tenant), done["earn"] * 100 + done["confirm"] * CORRECTED - int(spent or 0)


def test_two_processes_never_disagree_about_a_balance(tenant: TestTenant, item: uuid.UUID, database: TestDatabase) -> None:
    done, found, owed = fight(tenant, item, database)
    assert sum(done.values()) == OPERATIONS
    assert [balance - total for balance, total in found] == [0] * len(found)
    assert min(balance for balance, _total in found) >= 0
    assert sum(balance for balance, _total in found) == owed
    figure(14, f"random operations on one ledger by 2 processes of {THREADS} threads", "2 x 5,000: sum = balance, never < 0",
           f"{OPERATIONS}: {dict(done)}, all balances right, lowest {min(balance for balance, _total in found)}")
