"""Who sends to addresses elsewhere: one run at a time, so many letters a run, and a partner that is down holds nobody up."""
from __future__ import annotations

import contextvars
import datetime as dt
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import event, select

import core.db
from core.exchange import addresses, turns
from core.exchange.models import ExchangeOutgoing
from core.exchange.outbox import BUSY, Mail, Outcome
from core.jobs import running
from core.jobs.models import Job
from core.tenancy import now, session
from core.tenancy.clock import set_clock
from core.tenancy.scope import tenant_id
from tests.exchange.conftest import Pair
from tests.exchange.test_https import acquaint
from tests.registration import test_races
from tests.registration.test_races import Meeting
from tests.support.applications import shared_app
from tests.support.factories import TestTenant, make_member, make_tenant


class Wire:
    """Stands for the network: what was carried to whom, and what each partner answers."""

    def __init__(self) -> None:
        self.carried: list[tuple[str, uuid.UUID]] = []
        self.answers: dict[str, str] = {}
        self.meanwhile: Any = None

    def carry(self, mail: Mail) -> Outcome:
        self.carried.append((mail.partner, mail.id))
        if self.meanwhile is not None:
            work, self.meanwhile = self.meanwhile, None
            contextvars.Context().run(work)
        return Outcome(self.answers.get(mail.partner, "taken"))


@pytest.fixture
def wire(monkeypatch) -> Wire:
    made = Wire()
    monkeypatch.setattr(addresses, "carry", made.carry)
    return made


@dataclass
class Home:
    """A city, and two others that it knows by their addresses."""

    tenant: TestTenant
    partners: dict[str, TestTenant] = field(default_factory=dict)

    def scope(self) -> AbstractContextManager[Any]:
        return self.tenant.scope()


@pytest.fixture
def home(database, config) -> Home:
    """The three, with exchange agreed."""
    shared_app(config)  # with it the handlers of jobs are known
    made = Home(make_tenant("1100", name="甲市"))
    for code, name in (("1200", "乙市"), ("1300", "丙市")):
        other = make_tenant(code, name=name)
        acquaint(other, made.tenant, "https://127.0.0.1:9")
        acquaint(made.tenant, other, "https://127.0.0.1:9")
        made.partners[code] = other
    return made


def send(home: Home, *codes: str) -> list[uuid.UUID]:
    """A certificate to each."""
    return [Pair(home.tenant, home.partners[code], make_member(home.tenant, "欧阳远行")).send() for code in codes]


def standing(home: Home) -> list[tuple[str, int]]:
    """(state, tries) of what goes out."""
    with home.scope():
        return [(row.state, row.tries) for row in session().scalars(select(ExchangeOutgoing).where(
            ExchangeOutgoing.tenant_id == tenant_id()).order_by(ExchangeOutgoing.id))]


def test_a_partner_that_is_down_costs_one_try_a_run_and_each_letter_has_its_turn(home, wire) -> None:
    sent = send(home, "1200", "1200", "1200", "1300")
    wire.answers = {"1200": "later"}
    running.run_due()
    assert wire.carried == [("1200", sent[0]), ("1300", sent[3])]
    assert standing(home) == [("waiting", 1), ("waiting", 1), ("waiting", 1), ("delivered", 0)]
    with set_clock(now() + dt.timedelta(seconds=15)):
        running.run_due()
    assert (wire.carried[2:], standing(home)[:3]) == ([("1200", sent[1])], [("waiting", 2), ("waiting", 2), ("waiting", 2)])
    wire.answers = {}
    with set_clock(now() + dt.timedelta(seconds=90)):
        running.run_due()
    assert [one for one, _tries in standing(home)] == ["delivered"] * 4


def test_to_be_told_that_it_is_enough_for_now_is_no_failed_try(home, wire) -> None:
    send(home, "1200", "1200")
    wire.answers = {"1200": "busy"}
    running.run_due()
    assert (len(wire.carried), standing(home)) == (1, [("waiting", 0), ("waiting", 0)])
    wire.answers = {}
    with set_clock(now() + BUSY - dt.timedelta(seconds=20)):
        running.run_due()
    assert len(wire.carried) == 1
    with set_clock(now() + BUSY + dt.timedelta(seconds=5)):
        running.run_due()
    assert standing(home) == [("delivered", 0)] * 2


def test_a_run_ends_after_so_many_letters_and_another_goes_on(home, wire, monkeypatch) -> None:
    monkeypatch.setattr(addresses, "A_RUN", 2)
    send(home, "1200", "1300", "1200")
    running.run_due(limit=1)
    assert len(wire.carried) == 2
    with home.scope():
        for row in session().scalars(select(Job).where(Job.tenant_id == tenant_id(), Job.status == "due", Job.run_at <= now())):
            session().delete(row)
    with set_clock(now() + dt.timedelta(seconds=3)):
        running.run_due()
    assert standing(home) == [("delivered", 0)] * 3


def two_runs(home: Home, wire: Wire) -> int:
    """While a letter is on its way, another worker takes the next job; answers how often letters were carried."""
    send(home, "1200", "1300")
    wire.meanwhile = running.run_due
    running.run_due(limit=1)
    return len(wire.carried)


def test_a_second_worker_leaves_the_letters_to_the_run_at_work_and_looks_again(home, wire) -> None:
    assert (two_runs(home, wire), standing(home)) == (2, [("delivered", 0)] * 2)
    with home.scope():
        keys = session().scalars(select(Job.effect_key).where(Job.tenant_id == tenant_id(), Job.status == "due", Job.run_at > now())).all()
    assert [key.startswith("exchange.send:again:") for key in keys] == [True]


def test_twin_without_turns_it_sends_them_once_more(home, wire, monkeypatch) -> None:
    monkeypatch.setattr(turns, "take", lambda _job: True)
    assert two_runs(home, wire) == 4


def both_ask(home: Home, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Two workers begin at the same moment; answers whose turn it was, as they were told."""
    send(home, "1200", "1300")
    with home.scope():
        jobs = session().scalars(select(Job.id).where(Job.tenant_id == tenant_id(), Job.kind == "exchange.send").order_by(Job.id)).all()
    meeting, told, take = Meeting(), [], turns.take
    monkeypatch.setattr(turns, "_busy", meeting.tell(meeting.pause(turns._busy)))
    monkeypatch.setattr(turns, "take", lambda job: told.append(take(job)) or told[-1])
    monkeypatch.setattr(addresses, "carry", lambda _mail: time.sleep(1) or Outcome("taken"))
    meeting.hold(*(lambda job=job: running.run_job(home.tenant.id, job) for job in jobs[:2]))
    return sorted(told)


def test_of_two_that_begin_at_once_one_has_its_turn(home, wire, monkeypatch) -> None:
    assert both_ask(home, wire, monkeypatch) == [False, True]


def test_twin_without_the_lock_both_think_so(home, wire, monkeypatch, without_advisory_lock) -> None:
    monkeypatch.setattr(test_races, "PATIENCE", 15)
    assert both_ask(home, wire, monkeypatch) == [True, True]


@pytest.fixture
def without_advisory_lock() -> Iterator[None]:
    """Turns the lock into one that waits for nobody."""
    def strip(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> tuple[str, Any]:
        return statement.replace("pg_advisory_xact_lock(", "pg_try_advisory_xact_lock("), parameters

    engine = core.db.database.engine
    event.listen(engine, "before_cursor_execute", strip, retval=True)
    yield
    event.remove(engine, "before_cursor_execute", strip)
