"""How large and how odd a table from outside may be, in one place, so that every reader refuses alike."""
from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bounds of one file. Sizes in bytes, times in seconds; a roster of 100,000 x 18 uses about a third of each."""

    file_size: int = 64 * MIB
    rows: int = 300_000
    columns: int = 256
    zip_entries: int = 1_000
    unpacked: int = 300 * MIB
    ratio: int = 200
    memory: int = 1024 * MIB
    cpu_seconds: int = 60
    wait_seconds: int = 90


DEFAULT = Limits()
