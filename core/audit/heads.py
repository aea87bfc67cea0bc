"""The end of a chain as a value that can be kept elsewhere, and the checkpoint at which a shortened chain begins."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from core.audit.chain import checkpoint_signature, head_signature
from core.audit.models import HEAD_ID
from core.audit.trail import Trail, tenant_trail
from core.tenancy import session


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain, to be kept off the machine: a later `verify(copied=...)` finds even a chain that was put back."""

    tenant_id: int
    seq: int
    hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a chain begins whose older entries, those noted before `until`, were removed in order."""

    seq: int
    hash: bytes
    until: dt.datetime
    signature: bytes


def copy_head(trail: Trail | None = None) -> Head | None:
    """The present end of a chain (None: of the open scope's tenant), or None when nothing was ever noted."""
    trail = trail or tenant_trail()
    head = trail.head
    row = session().execute(select(head.seq, head.hash, head.signature).where(trail.own(head), head.id == HEAD_ID)).one_or_none()
    return None if row is None else Head(trail.number, *row)


def latest_checkpoint(trail: Trail) -> Checkpoint | None:
    """The checkpoint at which the chain begins, unchecked; None when nothing was ever removed."""
    point = trail.checkpoint
    query = select(point.seq, point.hash, point.until, point.signature).where(trail.own(point)).order_by(point.seq.desc()).limit(1)
    row = session().execute(query).one_or_none()
    return None if row is None else Checkpoint(*row)


def genuine_head(head: Head, trail: Trail) -> bool:
    """Whether the head was signed with the chain's key."""
    return head.signature == head_signature(trail.key(), trail.signed(), head.seq, head.hash)


def genuine_checkpoint(point: Checkpoint, trail: Trail) -> bool:
    """Whether the checkpoint was signed with the chain's key."""
    return point.signature == checkpoint_signature(trail.key(), trail.signed(), point.seq, point.hash, point.until)
