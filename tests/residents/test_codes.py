"""Codes of slips: found however they are typed, used once, worth nothing elsewhere, and not readable in the database."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.db import new_id, new_ids
from core.errors import NotFound
from core.residents import codes
from core.residents.codes import find_code, grouped, issue_code, issue_codes, use_code, void_codes
from core.residents.models import ResidentCode
from core.tenancy import now, session, set_clock
from tests.service.conftest import at_once
from tests.service.test_records import in_scope
from tests.support.factories import TestTenant, make_tenant

pytestmark = pytest.mark.promise(23)

SLIP = "needs.slip"


def dead(tenant: TestTenant, code: str, purpose: str = SLIP) -> bool:
    """Whether the code is unknown there."""
    with tenant.scope():
        try:
            find_code(purpose, code)
        except NotFound:
            return True
    return False


def test_a_code_is_found_however_it_is_typed_and_used_once(tenant: TestTenant) -> None:
    with tenant.scope():
        code = issue_code(SLIP, thing := new_id())
        full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
        assert {find_code(SLIP, typed) for typed in (code, grouped(code), f" {code[:6]}-{code[6:]}", full_width)} == {thing}
        assert use_code(SLIP, grouped(code)) == thing
    assert dead(tenant, code)
    with tenant.scope(), pytest.raises(NotFound):
        use_code(SLIP, code)


def test_it_is_worth_nothing_for_another_purpose_or_in_another_city(tenant: TestTenant) -> None:
    with tenant.scope():
        code = issue_code(SLIP, new_id())
        assert code.encode() not in session().scalars(select(ResidentCode.code_hash)).one()
    assert (dead(tenant, code), dead(tenant, code, "needs.other"), dead(make_tenant("4228"), code)) == (False, True, True)


def test_it_ends_with_its_days_with_a_newer_one_or_when_it_is_taken_back(tenant: TestTenant) -> None:
    thing, other = new_ids(2)
    with tenant.scope():
        first = issue_code(SLIP, thing, days=3)
        second = issue_code(SLIP, thing, days=3)
        both = issue_code(SLIP, thing, replace=False)
        kept = issue_code(SLIP, other)
    assert [dead(tenant, code) for code in (first, second, both, kept)] == [True, False, False, False]
    with set_clock(now() + dt.timedelta(days=3, seconds=1)):
        assert [dead(tenant, code) for code in (second, both, kept)] == [True, False, False]
    with tenant.scope():
        assert void_codes(SLIP, thing) == 2
    assert [dead(tenant, code) for code in (second, both, kept)] == [True, True, False]


def test_a_print_of_slips_has_as_many_different_codes(tenant: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["11111111", "11111111", "22222222", "22222222", "33333333"])  # one that is taken is drawn again
    monkeypatch.setattr(codes, "_draw", lambda _digits: next(drawn))
    with tenant.scope():
        slips = issue_codes(SLIP, 3, digits=8)
        assert sorted(code for _thing, code in slips) == ["11111111", "22222222", "33333333"]
        assert [find_code(SLIP, code) for _thing, code in slips] == [thing for thing, _code in slips]
        with pytest.raises(ValueError, match="guessed"):
            issue_codes(SLIP, 1, digits=6)


def used_twice(tenant: TestTenant) -> int:
    """How many of two at once get what the code stands for."""
    with tenant.scope():
        code = issue_code(SLIP, thing := new_id())
    use: Callable[[], Any] = in_scope(tenant, lambda: use_code(SLIP, code))
    return at_once(use, use, use).count(thing)


def test_used_at_once_one_gets_it(tenant: TestTenant) -> None:
    assert [used_twice(tenant) for _time in range(3)] == [1, 1, 1]


def test_twin_without_the_lock_several_get_it(tenant: TestTenant, without_locks: None) -> None:
    assert any(used_twice(tenant) > 1 for _attempt in range(20))  # a race has to happen once
