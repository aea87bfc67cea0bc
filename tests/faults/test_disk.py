"""A disk that fills up: files are refused first, then every write; what the database could not store is told, kept back and done later.

"Full" is told to the database by a trigger that fails as PostgreSQL does (53100). `make faults` also fills a real, small file system
under the tables, where it may mount one.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from core.config import Config
from core.documents import room, storage
from core.errors import Unavailable
from core.jobs import run_due
from core.jobs.models import Job
from core.tenancy import now, session
from tests.faults.figures import FULL, figure
from tests.importing.conftest import member, members_of, tenant, workbook
from tests.importing.test_work import check, confirm, view
from tests.support.applications import shared_app
from tests.support.databases import TestDatabase
from tests.support.factories import TestTenant, sign_in

__all__ = ["tenant"]
pytestmark = [pytest.mark.fault, pytest.mark.promise(13)]
Fill = Callable[..., None]


@pytest.fixture
def fill(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fill]:
    """Let the disk look as full as this; 20 GiB large, unless told otherwise."""
    def fill(share: float, gib: int = 20) -> None:
        size = gib * room.GIB
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(total=size, free=size - round(share * size)))
        room.disk.configure(Path("/"))

    yield fill
    room.disk.configure(None)


@pytest.fixture
def client(config: Config, tenant: TestTenant) -> FlaskClient:
    """An administrator's browser; its forms need no token here."""
    app: Flask = shared_app(config)
    found = app.test_client()
    sign_in(found, tenant.accounts["city_administrator"])
    return found


@pytest.mark.parametrize(("share", "files", "writes"), [(0.89, True, True), (0.90, False, True), (0.94, False, True), (0.96, False, False)])
def test_files_are_refused_first_and_then_all_writes(client: FlaskClient, tenant: TestTenant, fill: Fill, share: float, files: bool,
                                                     writes: bool) -> None:
    fill(share)
    assert client.get("/").status_code == 200
    answer = client.post("/account/logins/end")
    assert ("只能查看" in answer.text) is not writes
    assert answer.status_code == (400 if writes else 503)  # 400: the form's token
    assert client.post("/operator/login").status_code == 400
    try:
        with tenant.scope():
            storage.save("a.txt", "text/plain", b"x", "members.export", 1)
        kept = True
    except Unavailable:
        kept = False
    assert kept is files


def test_a_large_disk_still_has_room_at_95_percent(fill: Fill) -> None:
    fill(0.96, 4000)
    room.require_room()
    assert not room.disk.read_only()


def test_twin_without_the_look_everything_is_taken(client: FlaskClient, tenant: TestTenant, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(0.99)
    monkeypatch.setattr(room.Disk, "_look", lambda _disk: (0.0, 0))
    assert client.post("/account/logins/end").status_code == 400
    with tenant.scope():
        storage.save("a.txt", "text/plain", b"x", "members.export", 1)


@pytest.fixture
def full_table(database: TestDatabase) -> Iterator[Callable[[str], None]]:
    """Let a table have no room for another row; called with "" it has again."""
    with database.connect_admin() as admin:
        admin.execute("CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file: "
                      "No space left on device' USING ERRCODE = '53100'; END $$")

        def full(table: str) -> None:
            if table:
                admin.execute(f"CREATE TRIGGER no_room BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION no_room()")  # type: ignore[arg-type]
            else:
                admin.execute("DROP FUNCTION no_room() CASCADE")

        yield full
        admin.execute("DROP FUNCTION IF EXISTS no_room() CASCADE")


def again(tenant: TestTenant) -> None:
    """What waits for its next try is due now."""
    with tenant.scope():
        session().execute(update(Job).where(Job.tenant_id == tenant.id, Job.status == "due").values(run_at=now()))
    run_due()


def test_an_import_that_finds_no_room_is_undone_and_goes_on_later(tenant: TestTenant, full_table: Callable[[str], None]) -> None:
    job = confirm(tenant, check(tenant, workbook([member(n) for n in range(1, 30)])))
    full_table("obligation")  # the last of what an import writes
    run_due()
    seen = view(tenant, job)
    assert (seen.status, seen.attempts, members_of(tenant)) == ("due", 1, [])
    full_table("")
    again(tenant)
    assert (view(tenant, job).status, len(members_of(tenant))) == ("done", 29)
    figure(13, "disk full (injected: error 53100 in mid-import), then room again", "0 half-applied, done later", "0 half-applied, done at the next try")


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 48 MB."""
    folder = Path(tempfile.mkdtemp(prefix="bds", dir="/tmp"))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m,mode=777", "tmpfs", folder], capture_output=True, check=False, timeout=10).returncode:
        folder.rmdir()
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True, timeout=10)
    folder.rmdir()


@pytest.mark.skipif(not FULL, reason="mounts a file system: make faults")
def test_a_file_system_that_is_really_full(database: TestDatabase, tenant: TestTenant, small_disk: Path) -> None:
    job = confirm(tenant, check(tenant, workbook([member(n) for n in range(1, 400)])))
    with database.connect_admin() as admin:
        admin.execute(f"CREATE TABLESPACE small LOCATION '{_place(small_disk, admin)}'")  # type: ignore[arg-type]
        admin.execute("ALTER TABLE obligation SET TABLESPACE small")
        ballast = small_disk / "ballast"
        try:
            _fill(ballast)
            run_due()
            seen, there = view(tenant, job).status, members_of(tenant)
            ballast.unlink()
            again(tenant)
            done = view(tenant, job).status, len(members_of(tenant))
        finally:
            ballast.unlink(missing_ok=True)
            admin.execute("ALTER TABLE obligation SET TABLESPACE pg_default")
            admin.execute("DROP TABLESPACE small")
    assert (seen, there, done) == ("due", [], ("done", 399))
    figure(13, "a real file system of 48 MB full under a table in mid-import, then room again", "0 half-applied, done later",
           "0 half-applied, done at the next try")


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)) == 4096:
            pass


def _place(folder: Path, admin: psycopg.Connection) -> Path:
    """A folder on it that belongs to whoever runs the server."""
    place = folder / "small"
    place.mkdir()
    owner = Path(str(admin.execute("SHOW data_directory").fetchone()[0])).stat()  # type: ignore[index]
    os.chown(place, owner.st_uid, owner.st_gid)
    return place
