"""Makes base copies of a cluster and takes its WAL segments away, encrypted as they are written; old ones end."""
from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, cast

import psycopg
from sqlalchemy import make_url

from core.errors import ConfigurationError
from web.backup.envelope import Lock
from web.backup.programs import program
from web.backup.shelf import SUFFIX, Note, Shelf, sealed_file

KEPT_DAYS = 35
LEAST_COPIES = 2
_CHUNK = 1 << 20


def make_base(url: str, shelf: Shelf, lock: Lock) -> Note:
    """A base copy of the server behind `url` (role baodao_backup: it reads everything and may replicate), and its note.

    Raises ConfigurationError when pg_basebackup refuses.
    """
    shelf.prepare()
    begun, started = dt.datetime.now(dt.UTC), time.monotonic()
    name = f"base-{begun:%Y%m%dT%H%M%S%fZ}"
    with psycopg.connect(_plain(url), autocommit=True, connect_timeout=5) as connection:
        major = connection.info.server_version // 10000
        # As long as this connection is open, no WAL is removed that the copy will ask for at its end, however much is written meanwhile.
        connection.execute("select pg_create_physical_replication_slot(%s, true, true)", [f"baodao_{begun:%Y%m%d%H%M%S%f}"])
        first = str(connection.execute("select pg_walfile_name(pg_current_wal_lsn())").fetchone()[0])  # type: ignore[index]
        heads = _heads(connection)
        _copy(url, major, shelf.base(name), lock)
    note = Note(name, begun.isoformat(), dt.datetime.now(dt.UTC).isoformat(), round(time.monotonic() - started, 1), shelf.base(name).stat().st_size,
                major, str(make_url(url).database), first, heads)
    shelf.write_note(note)
    return note


def _copy(url: str, major: int, target: Path, lock: Lock) -> None:
    parts = make_url(url)
    server = parts.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    command = [program("pg_basebackup", major), "-d", server, "-D", "-", "-F", "tar", "-X", "fetch", "-c", "fast", "-w"]
    with sealed_file(target, lock) as file:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              env={**os.environ, "PGPASSWORD": parts.password or "", "LC_ALL": "C"}) as running:
            shutil.copyfileobj(cast(IO[bytes], running.stdout), file, _CHUNK)
            told = cast(IO[bytes], running.stderr).read().decode(errors="replace").strip()
        if running.returncode:
            raise ConfigurationError(f"基础备份没有完成：{told.splitlines()[-1] if told else 'pg_basebackup'}")


def ship_wal(archive: Path, shelf: Shelf, lock: Lock) -> int:
    """Move what the server has archived to the shelf, encrypted; answers how many files. A file is removed when its copy is on the disk."""
    shelf.prepare()
    files = sorted(path for path in archive.iterdir() if not path.name.startswith(".")) if archive.is_dir() else []
    for path in files:
        with path.open("rb") as source, sealed_file(shelf.wal / f"{path.name}{SUFFIX}", lock) as target:
            shutil.copyfileobj(source, target, _CHUNK)
        path.unlink()
    return len(files)


def follow(archive: Path, shelf: Shelf, lock: Lock, *, stopped: Callable[[float], bool], every: float = 5.0) -> None:
    """Ship for as long as `stopped(seconds)`, which waits, answers False."""
    while True:
        ship_wal(archive, shelf, lock)
        if stopped(every):
            return


def prune(shelf: Shelf, days: int = KEPT_DAYS) -> list[str]:
    """Remove base copies older than `days` and the WAL that none of the others needs; at least two copies stay. Answers their names."""
    notes, limit = shelf.notes(), dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    old = [note for note in notes[:-LEAST_COPIES] if note.finished < limit]
    for note in old:
        (shelf.path / f"{note.name}.json").unlink()
        shelf.base(note.name).unlink()
    if old and (left := shelf.notes()):
        needed = set(shelf.segments(min((note.first_wal for note in left), key=lambda name: name[8:])))
        for path in set(shelf.wal.glob(f"*{SUFFIX}")) - needed:
            path.unlink()
    return [note.name for note in old]


def recipient(env: Mapping[str, str], path: Path) -> Lock:
    """The public key of BAODAO_BACKUP_RECIPIENT, or of the file `path`. Raises ConfigurationError: without one nothing is backed up."""
    text = env.get("BAODAO_BACKUP_RECIPIENT") or (path.read_text("ascii") if path.exists() else None)
    if text is None:
        raise ConfigurationError("还没有备份密钥。请先运行 baodao backup key 文件名，把私钥文件移到别的介质上保存。")
    return Lock(public=text)


def _heads(connection: psycopg.Connection) -> list[list[object]]:
    if connection.execute("select to_regclass('audit_head')").fetchone() == (None,):
        return []
    rows = connection.execute("select tenant_id, seq, hash, signature from audit_head"
                              " union all select 0, seq, hash, signature from operator_head order by 1").fetchall()
    return [[number, seq, last.hex(), signature.hex()] for number, seq, last, signature in rows]


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
