"""Requests as lists show them: what waits for somebody, what one has asked for, and what became of it."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, false, func, or_, select
from sqlalchemy.orm import aliased

from core.access.actor import Actor
from core.access.models import Account
from core.approvals.kinds import kinds
from core.approvals.models import WAITING, Approval
from core.errors import NotFound
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

PAGE = 50
_asker, _decider = aliased(Account), aliased(Account)


def waiting(actor: Actor, after: uuid.UUID | None = None) -> Sequence[Row[Any]]:
    """What this person may confirm or refuse now, the oldest first."""
    query = _rows().where(_theirs(actor), _open(), Approval.asked_by != actor.account_id)
    return session().execute((query if after is None else query.where(Approval.id > after)).order_by(Approval.id).limit(PAGE + 1)).all()


def waiting_count(actor: Actor) -> int:
    """How many that are."""
    return session().scalar(select(func.count()).select_from(Approval).where(
        Approval.tenant_id == tenant_id(), _theirs(actor), _open(), Approval.asked_by != actor.account_id)) or 0


def asked(actor: Actor, before: uuid.UUID | None = None) -> Sequence[Row[Any]]:
    """What this person has asked for, the latest first."""
    query = _rows().where(Approval.asked_by == actor.account_id)
    return _latest(query, before)


def decided(actor: Actor, before: uuid.UUID | None = None) -> Sequence[Row[Any]]:
    """What has come to an end within this person's reach, the latest first."""
    return _latest(_rows().where(_theirs(actor), Approval.status != WAITING), before)


def one(approval_id: uuid.UUID, actor: Actor) -> Row[Any]:
    """A request that this person has asked for or may decide. Raises NotFound."""
    row = session().execute(_rows().where(Approval.id == approval_id, or_(Approval.asked_by == actor.account_id, _theirs(actor)))).one_or_none()
    if row is None:
        raise NotFound
    return row


def _rows() -> Any:
    return (select(Approval.id, Approval.kind, Approval.path, Approval.reason, Approval.content, Approval.content_hash, Approval.status,
                   Approval.asked_by, Approval.asked_at, Approval.expires_at, Approval.decided_at, Approval.answer, Approval.outcome,
                   _asker.display_name.label("asker"), _decider.display_name.label("decider"))
            .outerjoin(_asker, (_asker.tenant_id == Approval.tenant_id) & (_asker.id == Approval.asked_by))
            .outerjoin(_decider, (_decider.tenant_id == Approval.tenant_id) & (_decider.id == Approval.decided_by))
            .where(Approval.tenant_id == tenant_id()))


def _latest(query: Any, before: uuid.UUID | None) -> Sequence[Row[Any]]:
    if before is not None:
        query = query.where(Approval.id < before)
    return session().execute(query.order_by(Approval.id.desc()).limit(PAGE + 1)).all()


def _open() -> ColumnElement[bool]:
    return and_(Approval.status == WAITING, Approval.expires_at > now())


def _theirs(actor: Actor) -> ColumnElement[bool]:
    """Of a kind and at a place that this person may decide on."""
    parts = [and_(Approval.kind == kind.name, or_(*(Approval.path.bool_op("^@")(path) for path in paths)))
             for kind in kinds().values() if (paths := actor.paths(kind.permission))]
    return or_(*parts) if parts else false()
