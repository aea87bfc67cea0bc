"""Walks a chain and names each edit, deletion, swap and cut (promise 16)."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Row, select

from core.audit.chain import ORIGIN, Facts, entry_hash, head_signature
from core.audit.models import HEAD_ID
from core.audit.trail import OPERATORS, Trail, tenant_trail
from core.tenancy import session

_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at `seq`: edited, missing (entries before it), unlinked, cut, head (forged or gone), or copy (see verify)."""

    seq: int
    kind: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain, to be kept off the machine: a later `verify(copied=...)` finds even a chain that was put back."""

    tenant_id: int
    seq: int
    hash: bytes
    signature: bytes


def copy_head(trail: Trail | None = None) -> Head | None:
    """The present end of a chain (None: of the open scope's tenant), or None when nothing was ever noted."""
    trail = trail or tenant_trail()
    head = trail.head
    row = session().execute(select(head.seq, head.hash, head.signature).where(trail.own(head), head.id == HEAD_ID)).one_or_none()
    return None if row is None else Head(trail.number, *row)


def verify(copied: Head | None = None, *, trail: Trail | None = None) -> list[Fault]:
    """All faults of a chain (None: the open scope's tenant's), in order; [] means it is whole. Memory does not grow with the chain.

    `copied` is a head taken earlier: an entry that it names and that is gone or differs is a fault of kind "copy".
    """
    trail = trail or tenant_trail()
    faults: list[Fault] = []
    seq, previous, copy_seen = 0, ORIGIN, copied is None or copied.seq == 0
    keyless = trail == OPERATORS and copy_head(trail) is None  # its key went with its head: only that can be told
    for row in _pages(trail):
        faults.extend(() if keyless else _faults_of(row, trail, seq, previous))
        seq, previous = row.seq, row.hash
        copy_seen = copy_seen or (copied is not None and (row.seq, row.hash) == (copied.seq, copied.hash))
    faults.extend(_faults_of_head(copy_head(trail), trail, seq, previous))
    if copied is not None and not copy_seen:
        faults.append(Fault(copied.seq, "copy"))
    return faults


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
    if row.hash != entry_hash(trail.key(), trail.number, Facts(*row[:8]), row.previous_hash):
        yield Fault(row.seq, "edited")


def _faults_of_head(head: Head | None, trail: Trail, seq: int, last: bytes) -> Iterator[Fault]:
    if head is None:
        if seq:
            yield Fault(seq, "head")
        return
    if head.signature != head_signature(trail.key(), trail.number, head.seq, head.hash):
        yield Fault(head.seq, "head")
    elif head.seq > seq and not _appended(head.seq, trail):
        yield Fault(head.seq, "cut")
    elif head.seq < seq or (head.seq == seq and head.hash != last):
        yield Fault(seq, "head")


def _appended(seq: int, trail: Trail) -> bool:
    """Whether the head's entry exists after all: it was written while the pages were being read."""
    return session().execute(select(trail.entry.seq).where(trail.own(trail.entry), trail.entry.seq == seq)).first() is not None
