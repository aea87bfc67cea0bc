"""Two at once: one decision on a wish, one claim, one write-off. The wall that holds has a twin without it."""
from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

import core.db
from plugins.wishes import claims, fulfilling, gate
from plugins.wishes.fulfilling import Judgement
from plugins.wishes.gate import AcceptInput
from tests.plugins.wishes.conftest import TITLE, accept, claim, enter, officer, records, state
from tests.service.conftest import at_once
from tests.service.test_records import in_scope
from tests.support.databases import TestDatabase
from tests.support.factories import TestMember, TestTenant, make_member


def decide(tenant: TestTenant, wish_id: uuid.UUID) -> list[str]:
    """Two officers accept, two refuse, all having read the same version; how each ended."""
    by, given = officer(tenant), AcceptInput(TITLE, concrete=True, real=True, easy=True)
    accepting = in_scope(tenant, lambda: gate.accept(wish_id, 1, given, by=by))
    refusing = in_scope(tenant, lambda: gate.refuse(wish_id, 1, "请找物业公司办理", by=by))
    return sorted(type(one).__name__ for one in at_once(accepting, refusing, accepting, refusing))


def test_two_officers_decide_at_once_and_one_decision_holds(tenant: TestTenant) -> None:
    wish_id = enter(tenant)
    assert decide(tenant, wish_id) == ["Conflict", "Conflict", "Conflict", "NoneType"]
    assert state(tenant, wish_id) in {"accepted", "refused"}


@pytest.fixture
def without_locks(database: TestDatabase) -> Iterator[None]:
    """Reads wishes without locking them."""
    def strip(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> tuple[str, Any]:
        return re.sub(r"\s+FOR UPDATE\b", " ", statement) if "wishes_wish" in statement else statement, parameters

    engine = core.db.database.engine
    event.listen(engine, "before_cursor_execute", strip, retval=True)
    yield
    event.remove(engine, "before_cursor_execute", strip)


def test_twin_without_the_lock_several_believe_to_have_decided(tenant: TestTenant, without_locks: None) -> None:
    for _attempt in range(10):  # a race has to happen once
        if decide(tenant, enter(tenant)).count("NoneType") > 1:
            return
    pytest.fail("the lock is not what holds")


def test_claimed_by_several_at_once_one_holds_it(tenant: TestTenant) -> None:
    people, wish_id = [make_member(tenant, f"李{number}") for number in range(4)], accept(tenant)
    made = at_once(*(in_scope(tenant, lambda person=person: claims.take(wish_id, person.id, by=None)) for person in people))
    assert sorted(type(one).__name__ for one in made) == ["Claimed", "Conflict", "Conflict", "Conflict"]


def test_written_off_on_paper_and_by_code_at_once_it_counts_once(tenant: TestTenant, member: TestMember) -> None:
    wish_id, by = claim(tenant, member), officer(tenant)
    paper = in_scope(tenant, lambda: fulfilling.write_off(wish_id, None, Judgement("paper", "fair"), by=by))
    code = in_scope(tenant, lambda: fulfilling.judge(wish_id, fulfilled=True, rating="fair", comment=None))
    assert sorted(type(one).__name__ for one in at_once(paper, code, paper, code)) == ["Conflict", "Conflict", "Conflict", "NoneType"]
    assert (state(tenant, wish_id), len(records(tenant))) == ("written_off", 1)
