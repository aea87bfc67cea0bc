"""Needs that are the same: proposed with the reason, never by themselves, merged and taken apart; two at once are one."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

import core.db
from core.errors import Conflict, NotFound
from core.tenancy import session
from plugins.needs import merging
from plugins.needs.models import Need
from plugins.needs.similar import alike
from tests.plugins.needs.conftest import Open, at_once, make_need, need, send
from tests.service.test_records import in_scope
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant

LAMP, LAMPS, COURSE = "小区东门的路灯坏了，晚上看不见", "东门路灯坏了好几天", "想请人教老年人用手机"


def test_alike_is_said_with_the_words_that_show_it() -> None:
    assert alike(LAMP, LAMPS)[1] == ("路灯坏了", "东门")
    assert (alike(LAMP, COURSE)[1], alike("希望社区帮忙", "希望社区帮忙")[1]) == ((), ())
    assert (alike("", LAMP), alike("灯", "灯")) == ((0.0, ()), (0.0, ()))


def test_proposed_are_open_ones_of_the_same_community_and_nothing_is_merged(browser: Open, tenant: TestTenant) -> None:
    first, second = make_need(tenant, LAMP), make_need(tenant, LAMPS)
    make_need(tenant, COURSE)
    elsewhere = make_need(tenant, LAMPS, community=1)
    with tenant.scope():
        found = merging.proposals(session().get_one(Need, (tenant.id, second)))
    assert [(one.id, one.words) for one in found] == [(first, ("路灯坏了", "东门"))]
    page = browser(tenant.accounts["community_officer"]).get(f"/p/needs/needs/{second}").text
    assert ("相同的词：路灯坏了、东门" in page, str(elsewhere) in page, need(tenant, second).state) == (True, False, "new")


def test_merged_and_taken_apart(browser: Open, tenant: TestTenant) -> None:
    first, second, elsewhere = make_need(tenant, LAMP), make_need(tenant, LAMPS), make_need(tenant, LAMPS, community=-1)
    officer, page = browser(tenant.accounts["community_officer"]), f"/p/needs/needs/{second}"
    assert send(officer, page, f"{page}/merge", version=1, into=str(elsewhere)).status_code == 404
    assert send(officer, page, f"{page}/merge", version=1, into=str(first)).status_code == 303
    assert (need(tenant, second).state, need(tenant, second).merged_into) == ("merged", first)
    with tenant.scope(), pytest.raises(Conflict):
        merging.merge(first, 1, second)
    with tenant.scope(), pytest.raises(NotFound):
        merging.merge(first, 1, elsewhere)
    assert send(officer, page, f"{page}/unmerge", version=2).status_code == 303
    assert (need(tenant, second).state, need(tenant, second).merged_into, need(tenant, second).closed_on) == ("new", None, None)


def both_ways(tenant: TestTenant) -> tuple[int, list[str]]:
    """Each merged into the other at the same moment: how many succeed, and what they are."""
    first, second = make_need(tenant, LAMP), make_need(tenant, LAMPS)
    done = at_once(in_scope(tenant, lambda: merging.merge(first, 1, second)), in_scope(tenant, lambda: merging.merge(second, 1, first)))
    return sum(not isinstance(one, Exception) for one in done), sorted(need(tenant, one).state for one in (first, second))


def test_each_into_the_other_at_once_is_one_merge(tenant: TestTenant) -> None:
    assert [both_ways(tenant) for _time in range(3)] == [(1, ["merged", "new"])] * 3


@pytest.fixture
def without_locks(database: TestDatabase) -> Iterator[None]:
    """Takes the locks out of the statements."""
    def strip(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> tuple[str, Any]:
        return re.sub(r"\s+FOR UPDATE\b", " ", statement) if "needs_need" in statement else statement, parameters

    engine = core.db.database.engine
    event.listen(engine, "before_cursor_execute", strip, retval=True)
    yield
    event.remove(engine, "before_cursor_execute", strip)


def test_without_the_lock_both_may_vanish_into_each_other(tenant: TestTenant, without_locks: None) -> None:
    assert (2, ["merged", "merged"]) in [both_ways(tenant) for _time in range(10)]
