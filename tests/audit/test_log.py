"""The log is written with the act, in order, by whoever acts, and the act fails when it cannot be."""
from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.audit import EntryFilter, EntryRow, copy_head, entries, record, set_actor, verify
from core.audit.log import write
from core.audit.models import AuditEntry
from core.db import new_id
from core.errors import ScopeError
from core.extension.models import Term
from core.tenancy import session, set_clock, tenant_scope, unscoped
from tests.support.databases import TestDatabase
from tests.support.statements import sent

NOON = dt.datetime(2026, 3, 1, 4, 0, 0, 123456, tzinfo=dt.UTC)


def terms(tenant: int) -> list[str]:
    with tenant_scope(tenant) as opened:
        return list(opened.scalars(select(Term.text)))


def change_term(text: str) -> None:
    session().add(Term(key="unit", locale="zh", text=text))
    record("term.changed", "term")


def record_and_fail() -> None:
    record("undone", "thing")
    raise ZeroDivisionError


def test_entries_of_a_transaction_stand_in_order_with_their_actors(city: int) -> None:
    account, thing = new_id(), new_id()
    with set_clock(NOON), tenant_scope(city):
        record("member.added", "member", thing, {"unit": thing, "count": 2, "part": 0.5, "on": NOON.date()})
        with set_actor("account", account):
            record("member.moved", "member", thing)
    with tenant_scope(city):
        assert entries() == [
            EntryRow(2, NOON, "account", account, "member.moved", "member", thing, None),
            EntryRow(1, NOON, "system", None, "member.added", "member", thing,
                     {"unit": str(thing), "count": 2, "part": "0.5", "on": "2026-03-01"})]
        assert verify() == []


def test_the_log_is_read_by_filter_and_page(city: int) -> None:
    first, second = new_id(), new_id()
    with tenant_scope(city):
        for number in range(6):
            record(f"act.{number % 2}", "thing", first if number < 3 else second)
    with tenant_scope(city):
        assert [row.seq for row in entries(limit=2)] == [6, 5]
        assert [row.seq for row in entries(before=5, limit=2)] == [4, 3]
        assert [row.seq for row in entries(EntryFilter(object_id=first))] == [3, 2, 1]
        assert [row.seq for row in entries(EntryFilter(action="act.1", object_id=second))] == [6, 4]


def test_the_log_is_read_by_time_and_actor(city: int) -> None:
    account = new_id()
    for day in (1, 2, 3):
        with set_clock(dt.datetime(2026, 3, day, tzinfo=dt.UTC)), tenant_scope(city), set_actor("account", account if day > 1 else None):
            record("done", "thing")
    with tenant_scope(city):
        period = EntryFilter(since=dt.datetime(2026, 3, 2, tzinfo=dt.UTC), until=dt.datetime(2026, 3, 3, tzinfo=dt.UTC))
        assert [row.seq for row in entries(period)] == [2]
        assert [row.seq for row in entries(EntryFilter(actor_id=account))] == [3, 2]


def test_an_untouched_chain_has_no_head(city: int) -> None:
    with tenant_scope(city):
        assert (copy_head(), verify(), entries()) == (None, [], [])


def test_unknown_kinds_of_actor_and_odd_details_are_refused(city: int) -> None:
    with pytest.raises(ValueError, match="ghost"), set_actor("ghost"):
        pass
    with tenant_scope(city):
        with pytest.raises(TypeError, match="object"):
            record("done", "thing", None, {"odd": object()})
        record("done", "thing", None, {"hours": Decimal("1.50"), "list": [1, {"b": 0.25, "a": None}]})
    with tenant_scope(city):
        assert entries()[0].details == {"hours": "1.50", "list": [1, {"a": None, "b": "0.25"}]}
        assert verify() == []


def test_each_tenant_has_its_own_chain(city: int, other_city: int) -> None:
    for tenant in (city, other_city, city):
        with tenant_scope(tenant):
            record("done", "thing")
    with tenant_scope(city):
        assert [row.seq for row in entries()] == [2, 1]
    with tenant_scope(other_city):
        assert [row.seq for row in entries()] == [1]


def test_what_is_rolled_back_is_not_noted(city: int) -> None:
    with pytest.raises(ZeroDivisionError), tenant_scope(city):
        record_and_fail()
    with tenant_scope(city):
        record("before", "thing")
        with pytest.raises(ZeroDivisionError), session().begin_nested():
            record_and_fail()
        with session().begin_nested():
            record("inside", "thing")
        record("after", "thing")
    with tenant_scope(city):
        assert [row.action for row in entries()] == ["after", "inside", "before"]


def test_a_failed_flush_in_a_savepoint_keeps_what_came_before(city: int) -> None:
    with tenant_scope(city):
        change_term("单位")
        with pytest.raises(DBAPIError), session().begin_nested():
            change_term("又一个")
        record("after", "thing")
    with tenant_scope(city):
        assert [row.action for row in entries()] == ["after", "term.changed"]


def test_numbers_of_people_are_blotted_out(city: int) -> None:
    with tenant_scope(city):
        record("revealed", "member", None, {"reason": "核对 13812345678 与 420102199001011234"})
    with tenant_scope(city):
        assert entries()[0].details == {"reason": "核对 [phone] 与 [id number]"}


def test_without_a_scope_nothing_can_be_noted(city: int) -> None:
    with pytest.raises(ScopeError):
        record("done", "thing")
    with pytest.raises(ScopeError), unscoped():
        record("done", "thing")


def _refuse_entries(database: TestDatabase) -> None:
    with database.connect_admin() as admin:
        admin.execute("REVOKE INSERT ON audit_entry FROM baodao_app")


def _allow_entries(database: TestDatabase) -> None:
    with database.connect_admin() as admin:
        admin.execute("GRANT INSERT ON audit_entry TO baodao_app")


@pytest.mark.promise(16)
def test_no_audit_no_action(city: int, database: TestDatabase) -> None:
    _refuse_entries(database)
    try:
        with pytest.raises(DBAPIError), tenant_scope(city):
            change_term("单位")
        assert terms(city) == []
    finally:
        _allow_entries(database)


@pytest.mark.promise(16)
def test_twin_without_the_listener_the_action_goes_through_unseen(city: int, database: TestDatabase) -> None:
    _refuse_entries(database)
    event.remove(Session, "before_commit", write)
    try:
        with tenant_scope(city):
            change_term("单位")
        assert terms(city) == ["单位"]
    finally:
        event.listen(Session, "before_commit", write)
        _allow_entries(database)


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry", "DELETE FROM audit_head"])
def test_the_application_may_neither_change_nor_remove(city: int, statement: str) -> None:
    from sqlalchemy import text

    with tenant_scope(city):
        record("done", "thing")
    with pytest.raises(DBAPIError, match="permission denied"), tenant_scope(city) as opened:
        opened.execute(text(statement))


def test_two_threads_share_one_unbroken_chain(city: int) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def act(_number: int) -> None:
        with tenant_scope(city):
            record("done", "thing")
            record("done", "thing")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, range(40)))
    with tenant_scope(city) as opened:
        assert opened.scalar(select(func.count()).select_from(AuditEntry)) == 80
        assert verify() == []


def test_a_batch_costs_a_fixed_number_of_statements(city: int) -> None:
    with tenant_scope(city):
        record("first", "thing")
    for rows in (1, 500):
        with sent() as statements, tenant_scope(city):
            for _ in range(rows):
                record("done", "thing", uuid.UUID(int=1))
        assert [one.split()[0] for one in statements] == ["SELECT", "INSERT", "UPDATE"], rows


def test_many_entries_of_one_act_make_one_whole_chain(city: int) -> None:
    """More than the check reads at once; what it costs beside a bare walk is measured by the bench `walls`."""
    with tenant_scope(city):
        for _ in range(2_500):
            record("done", "thing", uuid.UUID(int=1), {"count": 1})
    with tenant_scope(city):
        head = copy_head()
        assert (verify(), head is not None and head.seq) == ([], 2_500)
