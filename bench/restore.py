"""How long a restore takes beside copying the same files (promise 25): base copy, more writes, restored to the end of the WAL, rows counted.

BAODAO_RESTORE_GB says how many GB of rows; the promise of 15 minutes is about 10. Four times that must be free on the disk.
"""
from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import psycopg

from bench.installation import PASSWORD, Installation, Site
from bench.results import Result
from migrations.roles import backup_url, ensure_roles
from web.backup.envelope import Key, Lock, new_pair
from web.backup.making import make_base, ship_wal
from web.backup.restoring import restore
from web.backup.shelf import Shelf
from web.embedded import DataFolder
from web.embedded.postgres import Postgres

GB = float(os.environ.get("BAODAO_RESTORE_GB", "0.25"))
ALLOWED = 90.0  # seconds a GB: 15 minutes for 10
ROW, LATER = 4_000, 1_000  # bytes that cannot be packed, like encrypted columns; rows after the base copy


def measure(installation: Installation) -> list[Result]:
    """All of `restore` against copying the cluster's files to the same disk, and against the time that is promised."""
    site, rows = installation.site("restore"), int(GB * 1e9 / ROW)
    data = DataFolder(installation.folder)
    account = data.prepare()
    server, shelf = Postgres(data, account), Shelf(account.own(installation.folder / "shelf"))
    private, public = new_pair()
    _fill(site, rows)
    account.own(server.archive)
    ensure_roles(installation.server_url, app_password=PASSWORD, migrate_password=PASSWORD, database=site.name, backup_password=PASSWORD)
    note = make_base(backup_url(installation.server_url, PASSWORD, database=site.name), shelf, Lock(public=public))
    _more(site, server)
    ship_wal(server.archive, shelf, Lock(public=public))
    plain = _copying(server.cluster, installation.folder / "plain")
    restored = restore(shelf, Key(private=private), installation.folder / "back", account, programs=server.bin)
    with restored.cluster.running({}):
        began = time.monotonic()
        with psycopg.connect(restored.cluster.url(site.name).replace("+psycopg", "")) as connection:
            counted = connection.execute("select count(*), sum(number) from bulk").fetchone()
        counting = time.monotonic() - began
    restored.cluster.remove()
    last = rows + LATER - 1
    assert counted == (last + 1, last * (last + 1) // 2), counted
    told = f"{restored.seconds:.0f} s and {counting:.0f} s to count the rows; copying {plain:.0f} s; the base copy took {note.seconds:.0f} s; {GB:g} GB"
    return [Result("restore", restored.seconds / plain, 6.0, "lower", rows, told),
            Result(f"restore of {GB:g} GB in time", restored.seconds / (ALLOWED * GB), 1.0, "lower", rows,
                   f"{restored.seconds:.0f} s, allowed {ALLOWED * GB:.0f} s", promise=25)]


def _fill(site: Site, rows: int) -> None:
    with site.admin() as connection:
        # Without vacuum, which would write all pages to the WAL once more while the copy is made.
        connection.execute("create table bulk (number bigint not null, content bytea not null)"
                           " with (autovacuum_enabled = false, toast.autovacuum_enabled = false)")
        connection.execute("alter table bulk alter content set storage external")
        _write(connection, range(rows))


def _more(site: Site, server: Postgres) -> None:
    """Rows after the base copy, and their WAL in the archive."""
    with site.admin() as connection:
        _write(connection, range(int(GB * 1e9 / ROW), int(GB * 1e9 / ROW) + LATER))
        connection.commit()
        connection.autocommit = True
        last = str(connection.execute("select pg_walfile_name(pg_current_wal_lsn())").fetchone()[0])  # type: ignore[index]
        connection.execute("select pg_switch_wal()")
    while not (server.archive / last).exists():
        time.sleep(0.1)


def _write(connection: psycopg.Connection, numbers: range) -> None:
    with connection.cursor().copy("copy bulk from stdin (format binary)") as copy:
        copy.set_types(["int8", "bytea"])
        for number in numbers:
            copy.write_row((number, os.urandom(ROW)))


def _copying(cluster: Path, target: Path) -> float:
    """Seconds for copying the files and having them on the disk."""
    began = time.monotonic()
    shutil.copytree(cluster, target)
    os.sync()
    took = time.monotonic() - began
    shutil.rmtree(target)
    return took
