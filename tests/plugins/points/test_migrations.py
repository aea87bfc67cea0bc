"""What the ledger's migrations make of the rows at hand."""
from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from migrations.runner import histories
from tests.migrations.test_core_history import move
from tests.support.databases import TestDatabase

WHY, OTHER = "把李四的服务记到了王五名下", "别的理由"
CORRECTION = """insert into points_correction (tenant_id, id, member_id, points, reason, status, proposed_by, created_at)
 values (1, %s, %s, -150, %s, 'confirmed', gen_random_uuid(), now())"""
ENTRY = """insert into points_entry (tenant_id, id, member_id, kind, contra, points, raw, period, happened_on, source, source_id, given, minutes, percent,
 rule_key, rule, note, at) values (1, gen_random_uuid(), %s, %s, %s, -150, 0, '2026-01-01', '2026-03-02', %s, %s, 0, 0, 100, '', 'x', %s, now())"""
NOTES = "select kind, note from points_entry order by kind"
RIGHTS = "select has_table_privilege('baodao_app', 'points_entry', 'DELETE'), has_table_privilege('baodao_app', 'points_entry', 'UPDATE')"


@pytest.fixture
def old(new_database: Callable[..., TestDatabase]) -> TestDatabase:
    """A ledger at revision 0003, with an entry of a correction and one of a record."""
    made, member, correction = new_database(), uuid.uuid4(), uuid.uuid4()
    to("points_0003", made, up=False)
    with made.connect_admin() as admin:
        admin.execute("set session_replication_role = replica")  # the rows round about are no matter
        admin.execute(CORRECTION, [correction, member, WHY])
        admin.execute(ENTRY, [member, "corrected", "corrected", "officer", correction, WHY])
        admin.execute(ENTRY, [member, "earned", "earned", "record", uuid.uuid4(), None])
    return made


def to(revision: str, database: TestDatabase, *, up: bool) -> None:
    """The plugin's history to a revision."""
    history = next(one for one in histories() if one.name == "points")
    move(database, history.script(), revision, up=up, versions=history.version_table)


def test_reasons_stand_in_the_correction_alone_and_come_back(old: TestDatabase) -> None:
    to("points_0004", old, up=True)
    with old.connect_admin() as admin:
        assert admin.execute("select reason from points_correction").fetchall() == [(WHY,)]
        assert admin.execute(RIGHTS).fetchone() == (False, False)
    to("points_0003", old, up=False)
    with old.connect_admin() as admin:
        assert admin.execute(NOTES).fetchall() == [("corrected", WHY), ("earned", None)]
        assert admin.execute(RIGHTS).fetchone() == (True, False)


def test_a_note_that_stands_nowhere_else_is_not_lost(old: TestDatabase) -> None:
    with old.connect_admin() as admin:
        admin.execute("update points_correction set reason = %s", [OTHER])
    with pytest.raises(RuntimeError, match="1 of 1 notes stand in no correction"):
        to("points_0004", old, up=True)
    with old.connect_admin() as admin:
        assert admin.execute(NOTES).fetchall() == [("corrected", WHY), ("earned", None)]
