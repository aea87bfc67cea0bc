"""The operators' own chain: outside every tenant, written with the act, tampering found, and out of the application's reach."""
from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from core.audit import OPERATORS, EntryFilter, Fault, copy_head, entries, record, record_operator, set_actor, verify
from core.db import new_id
from core.errors import ScopeError
from core.tenancy import Division, tenant_scope, unscoped
from tests.service.conftest import at_once
from tests.support.databases import TestDatabase

LENGTH = 6
pytestmark = [pytest.mark.usefixtures("city"), pytest.mark.promise(16)]


def add(count: int = LENGTH) -> None:
    for number in range(count):
        with unscoped():
            record_operator("done", "thing", new_id(), {"number": number})


def actions(action: str | None = None) -> list[tuple[int, str]]:
    with unscoped():
        return [(row.seq, row.action) for row in entries(EntryFilter(action=action), trail=OPERATORS)]


def faults() -> list[Fault]:
    with unscoped():
        return verify(trail=OPERATORS)


@pytest.fixture
def admin(city: int, database: TestDatabase) -> Iterator[psycopg.Connection]:
    """A superuser's connection, with a chain of LENGTH entries."""
    add()
    with database.connect_admin() as connection:
        yield connection


def test_entries_stand_in_order_with_their_doer() -> None:
    someone = new_id()
    with unscoped(), set_actor("operator", someone):
        record_operator("first", "thing")
        record_operator("second", "thing", None, {"phone": "13912345678", "part": 0.5})
    with unscoped():
        found = entries(trail=OPERATORS)
    assert [(e.seq, e.action, e.actor_kind, e.actor_id, e.details) for e in found] == [
        (2, "second", "operator", someone, {"phone": "[phone]", "part": "0.5"}), (1, "first", "operator", someone, None)]
    assert faults() == []


def test_an_act_in_a_tenant_stands_in_both_logs_or_in_none(city: int) -> None:
    with tenant_scope(city):
        record_operator("plugin.enabled", "plugin")
        record("plugin.enabled", "plugin")
    with pytest.raises(ZeroDivisionError), tenant_scope(city):
        record("undone", "thing")
        record_operator("undone", "thing")
        raise ZeroDivisionError
    with tenant_scope(city):
        assert [e.action for e in entries()] == ["plugin.enabled"]
        assert verify() == []
    assert actions() == [(1, "plugin.enabled")]
    assert faults() == []


def test_no_audit_no_act(database: TestDatabase) -> None:
    with database.connect_admin() as admin:
        admin.execute("REVOKE INSERT ON operator_entry FROM baodao_app")
    try:
        with pytest.raises(ProgrammingError, match="operator_entry"), unscoped() as opened:
            opened.add(Division(code="990000", name="某省", level="province"))
            record_operator("done", "thing")
    finally:
        with database.connect_admin() as admin:
            admin.execute("GRANT INSERT ON operator_entry TO baodao_app")
    with unscoped() as opened:
        assert opened.scalar(select(Division.code).where(Division.code == "990000")) is None


def test_a_scope_is_needed() -> None:
    with pytest.raises(ScopeError):
        record_operator("done", "thing")


def test_what_a_savepoint_took_back_is_not_noted() -> None:
    with unscoped() as opened:
        record_operator("kept", "thing")
        with pytest.raises(ZeroDivisionError), opened.begin_nested():
            record_operator("undone", "thing")
            raise ZeroDivisionError
    assert actions() == [(1, "kept")]


@pytest.mark.parametrize("change", ["action = 'undone'", "details = null", "at = at + interval '1 microsecond'", "actor_id = gen_random_uuid()"])
def test_an_edit_is_found(admin: psycopg.Connection, change: str) -> None:
    assert faults() == []
    admin.execute(f"UPDATE operator_entry SET {change} WHERE seq = 3")
    assert faults() == [Fault(3, "edited")]


def test_a_deletion_a_cut_and_a_moved_head_are_found(admin: psycopg.Connection) -> None:
    admin.execute("DELETE FROM operator_entry WHERE seq = 2")
    assert faults() == [Fault(3, "missing")]
    admin.execute("DELETE FROM operator_entry WHERE seq > 4")
    assert faults() == [Fault(3, "missing"), Fault(LENGTH, "cut")]
    admin.execute("UPDATE operator_head SET seq = 4, hash = (SELECT hash FROM operator_entry WHERE seq = 4)")
    assert faults() == [Fault(3, "missing"), Fault(4, "head")]


def test_a_head_that_is_gone_is_found_and_not_made_anew_by_looking(admin: psycopg.Connection) -> None:
    with unscoped():
        copied = copy_head(OPERATORS)
    admin.execute("DELETE FROM operator_head")
    assert faults() == [Fault(LENGTH, "head")]
    assert faults() == [Fault(LENGTH, "head")]
    admin.execute("DELETE FROM operator_entry")
    assert faults() == []  # nothing is left that could tell; that is why heads are copied off the machine
    with unscoped():
        assert verify(copied, trail=OPERATORS) == [Fault(LENGTH, "copy")]


def test_a_tenants_entry_cannot_be_moved_in(city: int, admin: psycopg.Connection) -> None:
    with tenant_scope(city):
        record("done", "thing")
    columns = "at, actor_kind, actor_id, action, object_type, object_id, details"
    admin.execute("DELETE FROM operator_entry WHERE seq = 1")
    admin.execute(f"INSERT INTO operator_entry (seq, {columns}, previous_hash, hash) SELECT seq, {columns}, previous_hash, hash"
                  " FROM audit_entry")
    assert faults() == [Fault(1, "edited"), Fault(2, "unlinked")]


@pytest.mark.parametrize("statement", ["UPDATE operator_entry SET action = 'x'", "DELETE FROM operator_entry", "DELETE FROM operator_head"])
def test_the_application_may_only_add_and_read(admin: psycopg.Connection, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), unscoped() as opened:
        opened.execute(text(statement))
    assert len(actions()) == LENGTH


def test_twin_with_the_right_given_back_the_application_could_cut_the_log(admin: psycopg.Connection) -> None:
    admin.execute("GRANT DELETE ON operator_entry TO baodao_app")
    try:
        with unscoped() as opened:
            opened.execute(text("DELETE FROM operator_entry WHERE seq > 4"))
    finally:
        admin.execute("REVOKE DELETE ON operator_entry FROM baodao_app")
    assert faults() == [Fault(LENGTH, "cut")]


def test_first_acts_at_the_same_moment_make_one_chain() -> None:
    assert at_once(*[lambda: add(5)] * 6) == [None] * 6
    assert [seq for seq, _action in actions()] == list(range(30, 0, -1))
    assert faults() == []
