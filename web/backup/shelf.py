"""The folder where backups stand: base copies with a note of each, WAL segments, and the notes of rehearsals."""
from __future__ import annotations

import datetime as dt
import gzip
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from core.errors import NotFound
from web.backup.envelope import Key, Lock, Opener, Sealer

SUFFIX = ".sealed"


@dataclass(frozen=True, slots=True)
class Note:
    """What stands beside a base copy, in clear: when it was made, the server's version, the first WAL segment that it needs, and the
    ends of the audit logs just before, as rows of (tenant or 0, seq, hash, signature).
    """

    name: str
    made_at: str
    finished_at: str
    seconds: float
    bytes: int
    major: int
    database: str
    first_wal: str
    heads: list[list[Any]] = field(default_factory=list)

    @property
    def finished(self) -> dt.datetime:
        """When it was complete: it can be restored to this moment or a later one."""
        return dt.datetime.fromisoformat(self.finished_at)


class Shelf:
    """One backup folder; a mounted disk or share is best. Everything in it but the notes is encrypted."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def wal(self) -> Path:
        """The folder of the WAL segments."""
        return self.path / "wal"

    def prepare(self) -> None:
        """Make the folders."""
        for folder in (self.path, self.wal):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def notes(self) -> list[Note]:
        """The base copies, oldest first."""
        found = [Note(**json.loads(path.read_text("utf-8"))) for path in self.path.glob("base-*.json")]
        return sorted((note for note in found if self.base(note.name).exists()), key=lambda note: note.made_at)

    def base(self, name: str) -> Path:
        """The file of a base copy."""
        return self.path / f"{name}.tar.gz{SUFFIX}"

    def choose(self, at: dt.datetime | None = None, name: str | None = None) -> Note:
        """The newest base copy that was complete at that moment, or the one of that name. Raises NotFound."""
        fitting = [note for note in self.notes() if name in (None, note.name) and (at is None or note.finished <= at)]
        if not fitting:
            raise NotFound(f"{self.path} 中没有" + (f"在 {at:%Y-%m-%d %H:%M:%S %z} 以前完成的备份。" if at else "备份。"))
        return fitting[-1]

    def segments(self, first: str) -> list[Path]:
        """WAL files from the segment `first` on, of whatever timeline, and the timelines' histories."""
        return sorted(path for path in self.wal.glob(f"*{SUFFIX}") if len(name := path.name.removesuffix(SUFFIX)) < 24 or name[8:24] >= first[8:])

    def write_note(self, note: Note) -> None:
        """Put it beside its copy, whole or not at all."""
        write_whole(self.path / f"{note.name}.json", json.dumps(asdict(note), ensure_ascii=False, indent=1).encode())

    def note_drill(self, told: dict[str, Any]) -> None:
        """Add a line for a rehearsal."""
        with (self.path / "drills.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(told, ensure_ascii=False) + "\n")

    def last_drill(self) -> dict[str, Any] | None:
        """The latest rehearsal; None: there was none."""
        path = self.path / "drills.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return json.loads(lines[-1]) if lines else None


def write_whole(path: Path, content: bytes) -> None:
    """A file that is there in full, on the disk, or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def sealed_file(path: Path, lock: Lock) -> Iterator[BinaryIO]:
    """A file to write to, packed and encrypted, that appears under its name when the block ends well."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(draft, "wb", opener=_private) as file:
            sealer = Sealer(file, lock)
            with gzip.GzipFile(fileobj=sealer, mode="wb", compresslevel=1, mtime=0) as packed:
                yield cast(BinaryIO, packed)
            sealer.close()
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def opened_file(path: Path, key: Key) -> Iterator[BinaryIO]:
    """A file of `sealed_file`, to read from. Raises ConfigurationError as its key and envelope do."""
    with path.open("rb") as file, gzip.GzipFile(fileobj=Opener(file, key), mode="rb") as clear:  # type: ignore[call-overload]
        yield clear
