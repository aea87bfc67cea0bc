"""Walks a chain and names each edit, deletion, swap and cut (promise 16)."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select

from core.audit.chain import ORIGIN, Facts, entry_hash
from core.audit.heads import Head, copy_head, genuine_checkpoint, genuine_head, latest_checkpoint
from core.audit.trail import OPERATORS, Trail, tenant_trail
from core.tenancy import session

_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at `seq`: edited, missing (entries before it), unlinked, cut, head (forged or gone), checkpoint (forged), or copy and
    anchor (see verify).
    """

    seq: int
    kind: str


def verify(copied: Head | Iterable[Head] | None = None, *, trail: Trail | None = None,
           seen: Callable[[int], None] = lambda _count: None) -> list[Fault]:
    """All faults of a chain (None: the open scope's tenant's), in order; [] means it is whole. Memory does not grow with the chain.

    `copied` are heads taken earlier: an entry that one of them names and that is gone or differs is a fault of kind "copy", a head
    that was not signed with the chain's key one of kind "anchor". `seen` hears how many entries were read, now and then.
    """
    trail = trail or tenant_trail()
    keyless = trail == OPERATORS and copy_head(trail) is None  # its key went with its head: only that can be told
    start = None if keyless else latest_checkpoint(trail)
    faults = [] if start is None or genuine_checkpoint(start, trail) else [Fault(start.seq, "checkpoint")]
    seq, previous = (0, ORIGIN) if start is None or faults else (start.seq, start.hash)
    wanted = _Wanted([copied] if isinstance(copied, Head) else list(copied or ()), None if keyless else trail, seq, previous)
    for number, row in enumerate(_pages(trail), 1):
        faults.extend(() if keyless else _faults_of(row, trail, seq, previous))
        seq, previous = row.seq, row.hash
        wanted.meet(seq, previous)
        if number % _PAGE == 0:
            seen(number)
    faults.extend(_faults_of_head(copy_head(trail), trail, seq, previous))
    return [*faults, *wanted.faults()]


class _Wanted:
    """The copied heads whose entries have not been met yet."""

    def __init__(self, copied: Sequence[Head], trail: Trail | None, seq: int, last: bytes) -> None:
        genuine = [head for head in copied if trail is None or genuine_head(head, trail)]
        self._forged = sorted({head.seq for head in copied} - {head.seq for head in genuine})
        # What lies before the checkpoint was removed in order; the checkpoint itself has the last entry's hash.
        self._left = {head.seq: head.hash for head in genuine if head.seq > seq or (head.seq == seq and seq)}
        self.meet(seq, last)

    def meet(self, seq: int, last: bytes) -> None:
        """An entry was read."""
        if self._left.get(seq) == last:
            del self._left[seq]

    def faults(self) -> list[Fault]:
        """What was never met, and what nobody signed."""
        return [Fault(seq, "copy") for seq in sorted(self._left)] + [Fault(seq, "anchor") for seq in self._forged]


def _pages(trail: Trail) -> Iterator[Row]:
    entry, after = trail.entry, None
    columns = (entry.seq, entry.at, entry.actor_kind, entry.actor_id, entry.action, entry.object_type, entry.object_id, entry.details,
               entry.previous_hash, entry.hash)
    while True:
        query = select(*columns).where(trail.own(entry)).order_by(entry.seq).limit(_PAGE)
        rows = session().execute(query if after is None else query.where(entry.seq > after)).all()
        yield from rows
        if len(rows) < _PAGE:
            return
        after = rows[-1].seq


def _faults_of(row: Row, trail: Trail, seq: int, previous: bytes) -> Iterator[Fault]:
    if row.seq != seq + 1:
        yield Fault(row.seq, "missing")
    elif row.previous_hash != previous:
        yield Fault(row.seq, "unlinked")
    if row.hash != entry_hash(trail.key(), trail.signed(), Facts(*row[:8]), row.previous_hash):
        yield Fault(row.seq, "edited")


def _faults_of_head(head: Head | None, trail: Trail, seq: int, last: bytes) -> Iterator[Fault]:
    if head is None:
        if seq:
            yield Fault(seq, "head")
        return
    if not genuine_head(head, trail):
        yield Fault(head.seq, "head")
    elif head.seq > seq and not _appended(head.seq, trail):
        yield Fault(head.seq, "cut")
    elif head.seq < seq or (head.seq == seq and head.hash != last):
        yield Fault(seq, "head")


def _appended(seq: int, trail: Trail) -> bool:
    """Whether the head's entry exists after all: it was written while the pages were being read."""
    return session().execute(select(trail.entry.seq).where(trail.own(trail.entry), trail.entry.seq == seq)).first() is not None
