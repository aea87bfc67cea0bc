"""Limits by purpose and client, sealed words, and what is forgotten by night."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from core.db import new_id
from core.errors import ScopeError, TooMany
from core.jobs import enqueue
from core.jobs.models import Job
from core.jobs.running import run_due
from core.privacy.cipher import DecryptionError
from core.residents import codes, sealing, tickets, upkeep
from core.residents.models import ResidentTry
from core.residents.recounting import recount
from core.residents.throttle import admit, forgive
from core.residents.visiting import undone, visit_from, visitor
from core.tenancy import now, session, set_clock
from tests.support.factories import TestTenant

HERE, THERE = "203.0.113.7", "203.0.113.8"


def tries(purpose: str = "needs.code", address: str = HERE, count: int = 1, **options: object) -> list[str]:
    """What so many tries are told."""
    told = []
    for _try in range(count):
        try:
            admit(purpose, address, most=3, **options)  # type: ignore[arg-type]
            told.append("")
        except TooMany as error:
            told.append(error.message)
    return told


def test_a_client_is_stopped_for_one_purpose_and_a_while(tenant: TestTenant) -> None:
    with tenant.scope():
        assert tries(count=4) == ["", "", "", "试的次数太多，请等 15 分钟后再试，或直接联系社区。"]
        assert [tries("needs.other"), tries(address=THERE)] == [[""], [""]]
        assert tries(message=lambda minutes: f"{minutes} 分钟") == ["15 分钟"]
        assert {HERE.encode() in client for client in session().scalars(select(ResidentTry.client))} == {False}
    with set_clock(now() + dt.timedelta(minutes=16)), tenant.scope():
        assert tries() == [""]


def test_what_was_right_does_not_count(tenant: TestTenant) -> None:
    with tenant.scope():
        for _time in range(5):
            assert tries() == [""]
            forgive("needs.code", HERE)
        with pytest.raises(ValueError, match="day"):
            admit("needs.code", HERE, window=dt.timedelta(days=2))


def test_a_request_that_fails_keeps_its_wrong_tries_only(tenant: TestTenant) -> None:
    for _request in range(2):
        with visit_from(HERE, recount), tenant.scope() as opened:
            assert (visitor(), tries(), tries("needs.right")) == (HERE, [""], [""])
            forgive("needs.right", HERE)
            opened.rollback()
            undone()
    with tenant.scope():
        assert [row.tries for row in session().scalars(select(ResidentTry))] == [2]
    with pytest.raises(ScopeError):
        visitor()


def test_words_open_in_their_place_only_and_are_known_again(tenant: TestTenant) -> None:
    row, other = new_id(), new_id()
    with tenant.scope():
        sealed = sealing.seal("needs_need", "phone", row, "13800000000")
        assert sealed is not None
        assert b"13800000000" not in sealed
        assert sealing.unseal("needs_need", "phone", row, sealed) == "13800000000"
        assert sealing.unseal_many("needs_need", "phone", [(row, sealed), (other, None)]) == ["13800000000", None]
        with pytest.raises(DecryptionError):
            sealing.unseal("needs_need", "phone", other, sealed)
        assert sealing.fingerprint("needs", "138 0000-0000") == sealing.fingerprint("needs", "13800000000") != sealing.fingerprint("x", "13800000000")


def test_what_is_over_is_forgotten_by_night(tenant: TestTenant) -> None:
    with tenant.scope():
        tries()
        codes.issue_code("needs.slip", new_id(), days=1)
        codes.use_code("needs.slip", codes.issue_code("needs.slip", new_id()))
        codes.issue_code("needs.slip", new_id())  # this one stays
        tickets.redeem_ticket("needs.form", tickets.issue_ticket("needs.form"), least=dt.timedelta(0))
    forgotten = []
    for days in (0, 2, upkeep.USED.days + 1):
        with set_clock(now() + dt.timedelta(days=days)):
            with tenant.scope():
                job_id = enqueue("residents.clean")
            run_due()
        with tenant.scope():
            forgotten.append(session().scalar(select(Job.result).where(Job.id == job_id)))
    assert forgotten == [{"tries": 0, "codes": 0, "tickets": 0}, {"tries": 1, "codes": 1, "tickets": 0}, {"tries": 0, "codes": 1, "tickets": 1}]
