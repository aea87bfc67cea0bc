"""Writes the audit entries of a transaction at its very end, so that the chain's lock is short and no act goes without one."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import event, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, SessionTransaction

from core.audit.actor import current_actor
from core.audit.chain import ORIGIN, Facts, entry_hash, head_signature
from core.audit.keys import audit_key
from core.audit.models import HEAD_ID, AuditEntry, AuditHead
from core.audit.plain import plain_json, scrub_json, without_fractions
from core.db import new_id
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

_PENDING = "audit_pending"
_MARKS = "audit_marks"


def record(action: str, object_type: str, object_id: uuid.UUID | None = None, details: Mapping[str, Any] | None = None) -> None:
    """Note an act of the current actor; it is written when the scope commits, and the act fails when that fails (rule 24).

    `details` holds ids, codes and counts; ID and mobile numbers in it are blotted out. Raises ScopeError without a scope.
    """
    tenant_id()
    actor = current_actor()
    noted = None if details is None else scrub_json(without_fractions(plain_json(dict(details))))
    session().info.setdefault(_PENDING, []).append(
        Facts(0, now(), actor.kind, actor.id, action, object_type, object_id, noted))


def write(opened: Session) -> None:
    """Chain and insert the pending entries of `opened`'s transaction under the head's lock."""
    if opened.in_nested_transaction() or not opened.info.get(_PENDING):
        return
    opened.flush()  # a refused change must not wait for the lock, and may note acts of its own
    pending: list[Facts] = opened.info.pop(_PENDING)
    tenant, key = opened.info["tenant_id"], audit_key()
    seq, previous = _lock_head(opened, tenant, key)
    rows = []
    for facts in pending:
        seq += 1
        numbered = facts._replace(seq=seq)
        digest = entry_hash(key, tenant, numbered, previous)
        rows.append({"tenant_id": tenant, "id": new_id(), **numbered._asdict(), "previous_hash": previous, "hash": digest})
        previous = digest
    opened.execute(insert(AuditEntry), rows)
    _move_head(opened, tenant, seq, previous, head_signature(key, tenant, seq, previous))


def _lock_head(opened: Session, tenant: int, key: bytes) -> tuple[int, bytes]:
    locked = select(AuditHead.seq, AuditHead.hash).where(AuditHead.tenant_id == tenant, AuditHead.id == HEAD_ID).with_for_update()
    row = opened.execute(locked).one_or_none()
    if row is None:
        opened.execute(upsert(AuditHead).values(tenant_id=tenant, id=HEAD_ID, seq=0, hash=ORIGIN,
                                                signature=head_signature(key, tenant, 0, ORIGIN)).on_conflict_do_nothing())
        row = opened.execute(locked).one()
    return row.seq, row.hash


def _move_head(opened: Session, tenant: int, seq: int, last: bytes, signature: bytes) -> None:
    opened.execute(update(AuditHead).where(AuditHead.tenant_id == tenant, AuditHead.id == HEAD_ID)
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
