"""What is laid out for COPY arrives as it was, for each type and its edges; ids made in number are like those made singly."""
from __future__ import annotations

import datetime as dt
import uuid

import psycopg
import pytest

from core.db import new_ids
from core.packing import LAYOUTS, pack
from tests.support.databases import TestDatabase

SHARED = ["政策宣讲", "a,b", ""]
VALUES = {
    "text": ["", "王𬭎", "x" * 70_000, None],
    "bytea": [b"", b"\0\xff", bytes(300), None],
    "uuid": [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), uuid.UUID(int=1), None],
    "date": [dt.date(1966, 2, 28), dt.date(2000, 1, 1), dt.date(2024, 2, 29), None],
    "int4": [0, -1, 2**31 - 1, None],
    "text[]": [SHARED, [], SHARED, None],
}


def copied(database: TestDatabase, payload: bytes) -> list[tuple[object, ...]]:
    """What PostgreSQL took out of it."""
    columns = [f'c{place} {kind}' for place, kind in enumerate(VALUES)]
    with database.connect_admin() as connection:
        connection.execute(f"create temporary table packed (n serial, {', '.join(columns)})")
        names = ", ".join(column.split()[0] for column in columns)
        with connection.cursor().copy(f"copy packed ({names}) from stdin (format binary)") as copy:
            copy.write(payload)
        return connection.execute(f"select {names} from packed order by n").fetchall()


def test_every_type_arrives(database: TestDatabase) -> None:
    assert set(VALUES) == set(LAYOUTS)
    assert copied(database, pack(list(VALUES.values()), list(VALUES))) == list(zip(*VALUES.values(), strict=True))


def test_a_payload_that_was_cut_is_refused_whole(database: TestDatabase) -> None:
    with pytest.raises(psycopg.DataError):
        copied(database, pack(list(VALUES.values()), list(VALUES))[:-20])


def test_ids_in_number() -> None:
    ids = new_ids(500)
    assert (ids, len(set(ids)), {i.version for i in ids}) == (sorted(ids), 500, {7})
    assert ids[0] == uuid.UUID(str(ids[0]))
