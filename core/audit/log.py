"""Writes the audit entries of a transaction at its very end, so that the chain's lock is short and no act goes without one."""
from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import event, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, SessionTransaction

from core.audit import sending
from core.audit.actor import current_actor
from core.audit.chain import ORIGIN, Facts, entry_hash, head_signature
from core.audit.models import HEAD_ID
from core.audit.plain import plain_json, scrub_json, without_fractions
from core.audit.trail import OPERATORS, Trail, tenant_trail
from core.db import new_id
from core.tenancy import now, session

_PENDING = "audit_pending"
_MARKS = "audit_marks"


def record(action: str, object_type: str, object_id: uuid.UUID | None = None, details: Mapping[str, Any] | None = None) -> None:
    """Note an act of the current actor; it is written when the scope commits, and the act fails when that fails (rule 24).

    `details` holds ids, codes and counts; ID and mobile numbers in it are blotted out. Raises ScopeError without a scope.
    """
    _note(tenant_trail(), action, object_type, object_id, details)


def record_operator(action: str, object_type: str, object_id: uuid.UUID | None = None, details: Mapping[str, Any] | None = None) -> None:
    """Note an act of those who run the installation in their own log, as `record` does; in `unscoped()` or in a tenant's scope.

    A tenant is named by its code in `details`. Raises ScopeError without a scope.
    """
    _note(OPERATORS, action, object_type, object_id, details)


def _note(trail: Trail, action: str, object_type: str, object_id: uuid.UUID | None, details: Mapping[str, Any] | None) -> None:
    actor = current_actor()
    noted = None if details is None else scrub_json(without_fractions(plain_json(dict(details))))
    session().info.setdefault(_PENDING, []).append(
        (trail, Facts(0, now(), actor.kind, actor.id, action, object_type, object_id, noted)))


def write(opened: Session) -> None:
    """Chain and insert the pending entries of `opened`'s transaction, each under its chain's lock."""
    if opened.in_nested_transaction() or not opened.info.get(_PENDING):
        return
    opened.flush()  # a refused change must not wait for the lock, and may note acts of its own
    pending: list[tuple[Trail, Facts]] = opened.info.pop(_PENDING)
    # The operators' chain, which all share, is locked last and so for the shortest time.
    for trail in sorted({trail for trail, _facts in pending}, key=lambda trail: -trail.number):
        _append(opened, trail, [facts for of, facts in pending if of == trail])


def _append(opened: Session, trail: Trail, pending: Sequence[Facts]) -> None:
    key = trail.key()
    seq, previous = _lock_head(opened, trail, key)
    rows = []
    for facts in pending:
        seq += 1
        numbered = facts._replace(seq=seq)
        digest = entry_hash(key, trail.signed(), numbered, previous)
        own = {**trail.mark, "id": new_id()} if trail.mark else {}
        rows.append({**own, **numbered._asdict(), "previous_hash": previous, "hash": digest})
        previous = digest
    opened.execute(insert(trail.entry), rows)
    sending.hold(opened, trail, rows)
    _move_head(opened, trail, seq, previous, head_signature(key, trail.signed(), seq, previous))


def _lock_head(opened: Session, trail: Trail, key: bytes) -> tuple[int, bytes]:
    head = trail.head
    locked = select(head.seq, head.hash).where(trail.own(head), head.id == HEAD_ID).with_for_update()
    row = opened.execute(locked).one_or_none()
    if row is None:  # a tenant's first act; the operators' head comes with its key
        opened.execute(upsert(head).values(**trail.mark, id=HEAD_ID, seq=0, hash=ORIGIN,
                                           signature=head_signature(key, trail.signed(), 0, ORIGIN)).on_conflict_do_nothing())
        row = opened.execute(locked).one()
    return row.seq, row.hash


def _move_head(opened: Session, trail: Trail, seq: int, last: bytes, signature: bytes) -> None:
    opened.execute(update(trail.head).where(trail.own(trail.head), trail.head.id == HEAD_ID)
                   .values(seq=seq, hash=last, signature=signature).execution_options(synchronize_session=False))


def _mark(opened: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        opened.info.setdefault(_MARKS, {})[transaction] = len(opened.info.get(_PENDING, ()))


def _undo(opened: Session, transaction: SessionTransaction) -> None:
    """Forget what was noted inside a savepoint, or a transaction, that was rolled back: those acts did not happen."""
    if transaction.nested or transaction.parent is None:  # a failed flush reports its own inner transaction too
        del opened.info.get(_PENDING, [])[opened.info.get(_MARKS, {}).get(transaction, 0):]


event.listen(Session, "before_commit", write)
event.listen(Session, "after_transaction_create", _mark)
event.listen(Session, "after_soft_rollback", _undo)
