"""Whoever holds the database but not the key cannot touch the log unseen."""
from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from core.audit import Fault, Head, copy_head, record, verify
from core.db import new_id
from core.tenancy import tenant_scope
from tests.support.databases import TestDatabase

pytestmark = pytest.mark.promise(16)
LENGTH = 12


@pytest.fixture
def admin(city: int, database: TestDatabase) -> Iterator[psycopg.Connection]:
    """A superuser's connection, with a chain of LENGTH entries in the city."""
    with tenant_scope(city):
        for number in range(LENGTH):
            record("done", "thing", new_id(), {"number": number})
    with database.connect_admin() as connection:
        yield connection


def faults(tenant: int, copied: Head | None = None) -> list[Fault]:
    with tenant_scope(tenant):
        return verify(copied)


def end(tenant: int) -> Head | None:
    with tenant_scope(tenant):
        return copy_head()


def test_a_whole_chain_has_no_faults(city: int, admin: psycopg.Connection) -> None:
    assert faults(city) == []


@pytest.mark.parametrize("change", [
    "action = 'undone'", "details = '{\"number\": 99}'", "details = null", "at = at + interval '1 microsecond'",
    "object_type = 'other'", "object_id = gen_random_uuid()", "actor_kind = 'operator'", "actor_id = gen_random_uuid()",
])
def test_an_edit_is_found(city: int, admin: psycopg.Connection, change: str) -> None:
    admin.execute(f"UPDATE audit_entry SET {change} WHERE seq = 5")
    assert faults(city) == [Fault(5, "edited")]


def test_a_deletion_is_found(city: int, admin: psycopg.Connection) -> None:
    admin.execute("DELETE FROM audit_entry WHERE seq = 5")
    assert faults(city) == [Fault(6, "missing")]


def test_a_deletion_that_closes_the_gap_is_found(city: int, admin: psycopg.Connection) -> None:
    admin.execute("DELETE FROM audit_entry WHERE seq = 5")
    admin.execute("UPDATE audit_entry SET seq = seq - 1 WHERE seq = 6")
    assert faults(city) == [Fault(5, "unlinked"), Fault(5, "edited"), Fault(7, "missing")]


def test_a_swap_is_found(city: int, admin: psycopg.Connection) -> None:
    for old, new in ((5, 1000), (6, 5), (1000, 6)):
        admin.execute("UPDATE audit_entry SET seq = %s WHERE seq = %s", (new, old))
    assert faults(city) == [Fault(5, "unlinked"), Fault(5, "edited"), Fault(6, "unlinked"), Fault(6, "edited"), Fault(7, "unlinked")]


def test_a_cut_is_found(city: int, admin: psycopg.Connection) -> None:
    admin.execute("DELETE FROM audit_entry WHERE seq > 9")
    assert faults(city) == [Fault(LENGTH, "cut")]


def test_a_cut_with_the_head_moved_back_is_found(city: int, admin: psycopg.Connection) -> None:
    admin.execute("DELETE FROM audit_entry WHERE seq > 9")
    admin.execute("UPDATE audit_head SET seq = 9, hash = (SELECT hash FROM audit_entry WHERE seq = 9)")
    assert faults(city) == [Fault(9, "head")]


def test_a_head_that_is_gone_is_found(city: int, admin: psycopg.Connection) -> None:
    admin.execute("DELETE FROM audit_head")
    assert faults(city) == [Fault(LENGTH, "head")]


def test_an_old_state_put_back_whole_is_found_by_a_copied_head(city: int, admin: psycopg.Connection) -> None:
    old = end(city)
    with tenant_scope(city):
        record("later", "thing")
    copied = end(city)
    assert old is not None
    assert faults(city, copied) == []
    assert faults(city, old) == []
    admin.execute("DELETE FROM audit_entry WHERE seq > %s", (old.seq,))
    admin.execute("UPDATE audit_head SET seq = %s, hash = %s, signature = %s", (old.seq, old.hash, old.signature))
    assert faults(city) == []  # an old end is a true end; that is why heads are copied off the machine
    assert faults(city, copied) == [Fault(LENGTH + 1, "copy")]


def test_everything_removed_is_found_by_a_copied_head(city: int, admin: psycopg.Connection) -> None:
    copied = end(city)
    admin.execute("DELETE FROM audit_entry")
    admin.execute("DELETE FROM audit_head")
    assert faults(city, copied) == [Fault(LENGTH, "copy")]


def test_another_tenants_entry_cannot_be_moved_in(city: int, other_city: int, admin: psycopg.Connection) -> None:
    with tenant_scope(other_city):
        record("done", "thing")
    admin.execute("DELETE FROM audit_entry WHERE tenant_id = %s AND seq = 1", (city,))
    admin.execute("UPDATE audit_entry SET tenant_id = %s WHERE tenant_id = %s", (city, other_city))
    assert faults(city) == [Fault(1, "edited"), Fault(2, "unlinked")]
    assert faults(other_city) == [Fault(1, "cut")]
