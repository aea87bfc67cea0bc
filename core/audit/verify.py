"""Walks a tenant's chain and names each edit, deletion, swap and cut (promise 16)."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Row, select

from core.audit.chain import ORIGIN, Facts, entry_hash, head_signature
from core.audit.keys import audit_key
from core.audit.models import HEAD_ID, AuditEntry, AuditHead
from core.tenancy import session
from core.tenancy.scope import tenant_id

_PAGE = 2000
_COLUMNS = (AuditEntry.seq, AuditEntry.at, AuditEntry.actor_kind, AuditEntry.actor_id, AuditEntry.action,
            AuditEntry.object_type, AuditEntry.object_id, AuditEntry.details, AuditEntry.previous_hash, AuditEntry.hash)


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


def copy_head() -> Head | None:
    """The present end of the tenant's chain, or None when nothing was ever noted."""
    row = session().execute(select(AuditHead.tenant_id, AuditHead.seq, AuditHead.hash, AuditHead.signature).where(
        AuditHead.tenant_id == tenant_id(), AuditHead.id == HEAD_ID)).one_or_none()
    return None if row is None else Head(*row)


def verify(copied: Head | None = None) -> list[Fault]:
    """All faults of the open scope's chain, in order; an empty list means it is whole. Memory does not grow with the chain.

    `copied` is a head taken earlier: an entry that it names and that is gone or differs is a fault of kind "copy".
    """
    tenant, key = tenant_id(), audit_key()
    faults: list[Fault] = []
    seq, previous, copy_seen = 0, ORIGIN, copied is None or copied.seq == 0
    for row in _pages(tenant):
        faults.extend(_faults_of(row, key, tenant, seq, previous))
        seq, previous = row.seq, row.hash
        copy_seen = copy_seen or (copied is not None and (row.seq, row.hash) == (copied.seq, copied.hash))
    faults.extend(_faults_of_head(copy_head(), key, tenant, seq, previous))
    if copied is not None and not copy_seen:
        faults.append(Fault(copied.seq, "copy"))
    return faults


def _pages(tenant: int) -> Iterator[Row]:
    after = None
    while True:
        query = select(*_COLUMNS).where(AuditEntry.tenant_id == tenant).order_by(AuditEntry.seq).limit(_PAGE)
        rows = session().execute(query if after is None else query.where(AuditEntry.seq > after)).all()
        yield from rows
        if len(rows) < _PAGE:
            return
        after = rows[-1].seq


def _faults_of(row: Row, key: bytes, tenant: int, seq: int, previous: bytes) -> Iterator[Fault]:
    if row.seq != seq + 1:
        yield Fault(row.seq, "missing")
    elif row.previous_hash != previous:
        yield Fault(row.seq, "unlinked")
    if row.hash != entry_hash(key, tenant, Facts(*row[:8]), row.previous_hash):
        yield Fault(row.seq, "edited")


def _faults_of_head(head: Head | None, key: bytes, tenant: int, seq: int, last: bytes) -> Iterator[Fault]:
    if head is None:
        if seq:
            yield Fault(seq, "head")
        return
    if head.signature != head_signature(key, tenant, head.seq, head.hash):
        yield Fault(head.seq, "head")
    elif head.seq > seq and not _appended(head.seq, tenant):
        yield Fault(head.seq, "cut")
    elif head.seq < seq or (head.seq == seq and head.hash != last):
        yield Fault(seq, "head")


def _appended(seq: int, tenant: int) -> bool:
    """Whether the head's entry exists after all: it was written while the pages were being read."""
    return session().execute(select(AuditEntry.seq).where(AuditEntry.tenant_id == tenant, AuditEntry.seq == seq)).first() is not None
