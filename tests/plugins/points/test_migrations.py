"""What the ledger's migrations make of the rows at hand."""
from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from migrations.runner import histories
from tests.migrations.test_core_history import move, shape
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


MANY = """insert into points_entry (tenant_id, id, member_id, unit_id, kind, contra, points, raw, period, happened_on, source, source_id, given, minutes, percent,
 rule_key, rule, at) values (1, %s, %s, %s, %s, %s, %s, 0, '2026-01-01', '2026-03-02', 'record', %s, 0, 60, 100, %s, 'x', now())"""
ACCOUNT = "insert into points_account (tenant_id, id, member_id, unit_id, balance) values (1, gen_random_uuid(), %s, %s, %s)"


def test_hundredths_become_whole_points_again_and_the_history_leads_back_to_what_stood(new_database: Callable[..., TestDatabase]) -> None:
    made, member, debtor, unit, record = new_database(), uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    before = shape(made)
    with made.connect_admin() as admin:
        admin.execute("set session_replication_role = replica")
        for number, (who, place, kind, points, source, rule) in enumerate((
                (member, None, "earned", 250, record, "a"), (member, None, "earned", 100, record, "b"), (member, None, "redeemed", -100, uuid.uuid4(), ""),
                (debtor, None, "reversed", -150, uuid.uuid4(), ""), (None, unit, "earned", 900, uuid.uuid4(), "a"))):
            admin.execute(MANY, [uuid.UUID(int=number + 1), who, place, kind, "redeemed" if kind == "redeemed" else "earned", points, source, rule])
        for who, place, balance in ((member, None, 250), (debtor, None, -150), (None, unit, 900)):
            admin.execute(ACCOUNT, [who, place, balance])
    to("points_0001", made, up=False)
    with made.connect_admin() as admin:
        entries = admin.execute("select member_id, record_id, kind, points, minutes from points_entry order by id").fetchall()
        assert (entries[0], [row[2:] for row in entries]) == ((member, record, "earned", 2, 60), [("earned", 2, 60), ("reversed", -1, 60)])
        assert set(admin.execute("select member_id, balance from points_account").fetchall()) == {(member, 2), (debtor, 0)}
    to("base", made, up=False)
    assert {line for line in before - shape(made) if line.startswith("walls")} == {
        line for line in before if line.startswith("walls points_")}
    to("heads", made, up=True)
    assert shape(made) == before
