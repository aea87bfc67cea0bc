"""Knows how much memory this process holds and how much it may, so that what eats memory is stopped where it eats."""
from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MIB = 1 << 20
_STATM = Path("/proc/self/statm")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_HUGE = Path("/sys/kernel/mm/transparent_hugepage/enabled")


@dataclass(frozen=True, slots=True)
class Memory:
    """`most` bytes of data at once; all else is a share of it. 0: no limit, and nothing is watched.

    Above `watched` bytes resident, what grows by `step` in one call of a plugin is counted against the plugin. Above `replaced` the
    process makes room for a fresh one when its work at hand is done.
    """

    most: int = 0

    @property
    def watched(self) -> int:
        """From here on growth is looked at."""
        return self.most // 4

    @property
    def replaced(self) -> int:
        """From here on the process is to be replaced."""
        return self.most // 2

    @property
    def step(self) -> int:
        """What a call may grow the process by without being counted."""
        return self.most // 64


_memory, _watching = [Memory()], [False]


def memory() -> Memory:
    """The limits of this process."""
    return _memory[0]


def set_memory(wanted: Memory) -> None:
    """Lay down the limits of this process: of one that runs for long, once when it is made ready. All others have none."""
    _memory[0] = wanted


def resident() -> int:
    """Bytes of memory that this process holds; 0 where the system does not say (no /proc)."""
    try:
        with _STATM.open("rb", buffering=0) as file:
            return int(file.read().split()[1]) * _PAGE
    except OSError:
        return 0


class Growth:
    """How much the process has grown by the work of this thread since the object was made."""

    __slots__ = ("_faults", "_held")

    def __init__(self) -> None:
        self._held, self._faults = resident(), _faults()

    def bytes(self) -> int:
        """By so many bytes, and no more than this thread has touched for the first time: what others took meanwhile is none of its own."""
        return min(resident() - self._held, (_faults() - self._faults) * _largest_page())


def _faults() -> int:
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt if hasattr(resource, "RUSAGE_THREAD") else 0


@cache
def _largest_page() -> int:
    """Bytes that one page fault may bring: 2 MiB where the system gives huge pages unasked."""
    try:
        return 2 * MIB if "[always]" in _HUGE.read_text("ascii") else _PAGE
    except OSError:
        return _PAGE


def watching() -> bool:
    """Whether this process has grown so much that what a plugin's call adds is looked at: as of the last `outgrown`."""
    return _watching[0]


def outgrown() -> bool:
    """Whether this process has grown so much that it is to be replaced; to be asked after each request and each job."""
    held = resident() if memory().most else 0
    _watching[0] = held > memory().watched
    return held > memory().replaced


def cap() -> None:
    """From now on a request for more than `most` fails with MemoryError where it is made, instead of the machine's memory running out.

    What the system forbids already stays forbidden. Child processes inherit it.
    """
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    most = memory().most
    if most and (hard == resource.RLIM_INFINITY or most < hard):
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
