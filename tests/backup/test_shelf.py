"""The shelf: old copies end with the WAL that only they need, the doctor tells the age of what is there, erasures are done again."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.audit import anchors, erasures
from core.audit.anchors import Anchoring
from core.errors import NotFound
from core.tenancy import now, set_clock, tenant_scope
from tests.support.cities import configure_keys, make_city
from tests.support.databases import TestDatabase
from web.backup import making
from web.backup.envelope import Key, Lock, new_pair
from web.backup.making import prune, ship_wal
from web.backup.shelf import Note, Shelf, opened_file
from web.cli.backup_checks import backup_findings
from web.embedded import DataFolder

PRIVATE, PUBLIC = new_pair()


def add(shelf: Shelf, days: float, wal: int) -> Note:
    """A copy of so many days ago that needs WAL from that segment on."""
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    note = Note(f"base-{wal:04}", moment.isoformat(), moment.isoformat(), 1, 1, 18, "baodao", f"00000001{wal:016X}")
    shelf.prepare()
    shelf.base(note.name).touch()
    shelf.write_note(note)
    return note


def test_old_copies_end_with_their_wal_and_two_stay(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for days, wal in ((50, 2), (40, 4), (36, 6), (1, 8)):
        add(shelf, days, wal)
    for wal in range(1, 10):
        (shelf.wal / f"0000000{1 + wal % 2}{wal:016X}.sealed").touch()
    (shelf.wal / "00000002.history.sealed").touch()
    assert prune(shelf) == ["base-0002", "base-0004"]
    assert [note.name for note in shelf.notes()] == ["base-0006", "base-0008"]
    assert sorted(int(path.name[8:24], 16) for path in shelf.wal.glob("*") if "history" not in path.name) == [6, 7, 8, 9]
    assert (shelf.wal / "00000002.history.sealed").exists()
    assert prune(shelf, 0) == []
    assert shelf.choose(dt.datetime.now(dt.UTC) - dt.timedelta(days=2)).name == "base-0006"
    with pytest.raises(NotFound):
        shelf.choose(dt.datetime.now(dt.UTC) - dt.timedelta(days=37))


def test_wal_leaves_the_archive_when_it_is_on_the_shelf(tmp_path: Path) -> None:
    archive, shelf = tmp_path / "archive", Shelf(tmp_path / "shelf")
    assert ship_wal(archive, shelf, Lock(public=PUBLIC)) == 0
    archive.mkdir()
    (archive / "000000010000000000000001").write_bytes(b"segment")
    (archive / ".000000010000000000000002").write_bytes(b"being written")
    assert ship_wal(archive, shelf, Lock(public=PUBLIC)) == 1
    assert [path.name for path in archive.iterdir()] == [".000000010000000000000002"]
    with opened_file(shelf.wal / "000000010000000000000001.sealed", Key(private=PRIVATE)) as clear:
        assert clear.read() == b"segment"


def test_the_doctor_tells_the_age(tmp_path: Path) -> None:
    shelf, data = Shelf(tmp_path / "backups"), DataFolder(tmp_path)

    def states() -> list[tuple[str, str]]:
        return [(finding.check, finding.state) for finding in backup_findings(data)]

    assert states() == [("备份", "warn"), ("审计标记", "warn")]
    add(shelf, 2, 1)
    assert states() == [("备份", "fail"), ("恢复演练", "warn"), ("审计标记", "warn")]
    add(shelf, 0.1, 2)
    (tmp_path / "anchors").mkdir()
    (tmp_path / "anchors" / "operators.jsonl").touch()
    for days, sound, state in ((1, True, "ok"), (9, True, "warn"), (1, False, "fail")):
        shelf.note_drill({"at": (dt.datetime.now(dt.UTC) - dt.timedelta(days=days)).isoformat(), "sound": sound, "rto_seconds": 5})
        assert states() == [("备份", "ok"), ("恢复演练", state), ("审计标记", "ok")]


@pytest.fixture
def list_of_erasures(database: TestDatabase, tmp_path: Path) -> Iterator[int]:
    """A tenant, and a folder for the list."""
    configure_keys()
    anchors.configure(Anchoring(tmp_path))
    yield make_city(1)
    anchors.configure(Anchoring())


def test_erasures_since_are_done_again_and_only_committed_ones(list_of_erasures: int) -> None:
    early, late, failing, undone = (uuid.UUID(int=number) for number in range(4))
    moment = now()
    for days, kind, one in ((2, "test person", early), (0, "test person", late), (0, "test person", failing), (0, "unknown", late)):
        with set_clock(moment - dt.timedelta(days=days)), tenant_scope(list_of_erasures):
            erasures.note(kind, one)
    with pytest.raises(ZeroDivisionError), tenant_scope(list_of_erasures):
        erasures.note("test person", undone)
        raise ZeroDivisionError
    again: list[uuid.UUID] = []

    def erase(one: erasures.Erasure) -> None:
        if one.object_id == failing:
            raise ValueError
        again.append(one.object_id)

    erasures.on("test person", erase)
    done, left = erasures.replay(moment - dt.timedelta(days=1))
    assert (done, again, [(one.kind, one.object_id) for one in left]) == (1, [late], [("test person", failing), ("unknown", late)])
    assert erasures.replay(moment - dt.timedelta(days=3))[0] == 2


def test_while_it_is_copied_the_server_keeps_the_wal_that_the_copy_needs(database: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slots() -> list[tuple[bool, bool]]:
        with database.connect_admin() as admin:
            return admin.execute("select temporary, restart_lsn is not null from pg_replication_slots where slot_name like 'baodao_%'").fetchall()

    def copy(_url: str, _major: int, target: Path, _lock: Lock) -> None:
        found.extend(slots())
        target.touch()

    found: list[tuple[bool, bool]] = []
    monkeypatch.setattr(making, "_copy", copy)
    making.make_base(database.admin_url, Shelf(tmp_path), Lock(public=PUBLIC))
    assert (found, slots()) == ([(True, True)], [])
