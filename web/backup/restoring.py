"""Brings a cluster back from the shelf: the base copy is unpacked as it is decrypted, then the WAL is replayed to the moment wanted."""
from __future__ import annotations

import datetime as dt
import shutil
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

from core.errors import ConfigurationError
from web.backup.cluster import Recovered
from web.backup.envelope import Key
from web.backup.programs import folder as programs_folder
from web.backup.shelf import SUFFIX, Note, Shelf, opened_file
from web.embedded.accounts import LONGEST_FOLDER, Account

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Restored:
    """A cluster that was brought back and is stopped: from which copy, up to which commit, in how many seconds."""

    cluster: Recovered
    note: Note
    last_commit: dt.datetime | None
    seconds: float


def restore(shelf: Shelf, key: Key, folder: Path, account: Account, *, at: dt.datetime | None = None, name: str | None = None,
            programs: Path | None = None) -> Restored:
    """Bring the newest fitting copy back into the empty `folder`, recovered to `at` (None: as far as the WAL goes).

    Raises NotFound without a copy, Invalid when the WAL does not reach `at`, ConfigurationError for a wrong key, a broken file, or programs
    that are missing. What was unpacked is removed then.
    """
    started = time.monotonic()
    note = shelf.choose(at, name)
    if len(str(folder)) > LONGEST_FOLDER:
        raise ConfigurationError(f"路径太长：{folder}。请选择 {LONGEST_FOLDER} 字节以内的路径。")
    cluster = Recovered(folder, programs_folder(note.major, programs), account)
    account.own(folder)
    try:
        cluster.cluster.mkdir(mode=0o700)
        cluster.wal.mkdir(mode=0o700)
        _unpack(shelf.base(note.name), key, cluster.cluster)
        for segment in shelf.segments(note.first_wal):
            with opened_file(segment, key) as source, (cluster.wal / segment.name.removesuffix(SUFFIX)).open("wb") as target:
                shutil.copyfileobj(source, target, _CHUNK)
        last = cluster.recover(at)
    except BaseException:
        cluster.remove()
        raise
    return Restored(cluster, note, last, round(time.monotonic() - started, 1))


def _unpack(base: Path, key: Key, target: Path) -> None:
    with opened_file(base, key) as stream:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            archive.extractall(target, filter="data")
        while stream.read(_CHUNK):
            pass  # to the very end, so that a file that was cut off is found
    target.chmod(0o700)
    for place in target.rglob("*"):
        if place.is_dir():
            place.chmod(0o700)
    for name in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf"):
        if not (target / name).exists():  # Debian keeps them elsewhere
            (target / name).touch(mode=0o600)
