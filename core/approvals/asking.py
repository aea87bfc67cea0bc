"""Writing a request down, taking it back, and who could confirm it."""
from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import literal, or_, select

from core import audit
from core.access.actor import Actor
from core.access.authorization import Target, authorize
from core.access.models import Account, Grant
from core.access.roles import ROLES, role_permissions
from core.approvals import content as contents
from core.approvals.kinds import kind_of
from core.approvals.models import WAITING, WITHDRAWN, Approval
from core.approvals.rows import act_of, locked
from core.db import new_id
from core.errors import Conflict, Invalid, NotFound
from core.extension.approval_kinds import SECTION
from core.extension.settings import effective
from core.i18n import _
from core.organizations.models import Organization
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

SHORTEST, LONGEST = 4, 300


def needed(kind: str) -> bool:
    """Whether an act of this kind needs a second person in the open scope's tenant."""
    return bool(effective(SECTION)[kind_of(kind).switch])


def ask(kind: str, content: Mapping[str, Any], reason: str, *, by: Actor, target: Target, identity: uuid.UUID | None = None) -> uuid.UUID:
    """Write down that `by` asks for an act on `target`; answers the request's id. Asking the same twice answers the first request.

    The caller has authorized the act itself. `identity` lets a plugin's own row and the request bear one id. Raises Forbidden for who
    does not hold the kind's right to ask, Invalid for a reason of another length than 4 to 300 characters, Conflict when another
    person has asked for exactly this already.
    """
    known = kind_of(kind)
    authorize(by, known.asks)
    path = _reached(by, known.asks, target)
    why = " ".join(reason.split())
    if not SHORTEST <= len(why) <= LONGEST:
        raise Invalid(_("请用 4 至 300 个字写明理由，供第二人核对。"), {"reason": [_("4 至 300 个字")]})
    text = contents.canonical(content)
    digest = contents.digest(kind, path, text)
    if (same := _same(kind, digest)) is not None:
        if same.asked_by != by.account_id or identity is not None:
            raise Conflict(_("已经有人提出同样的申请，正在等第二人确认，不用重复提出。"))
        return same.id
    row = Approval(id=identity or new_id(), kind=kind, path=path, reason=why, content=text, content_hash=digest,
                   subject_version=known.version(json.loads(text)), asked_by=by.account_id, asked_at=now(), expires_at=now() + dt.timedelta(days=known.days))
    session().add(row)
    session().flush()
    audit.record("approval.asked", "approval", row.id, {"kind": kind, "hash": digest.hex()})
    return row.id


def withdraw(approval_id: uuid.UUID, *, by: Actor) -> None:
    """Take one's own request back while it waits. Raises NotFound for anybody else's, Conflict when it no longer waits."""
    row = locked(approval_id)
    if row.asked_by != by.account_id:
        raise NotFound
    if row.status != WAITING:
        raise Conflict(_("这项申请已经办结，不能再撤回。"))
    row.status, row.decided_by, row.decided_at = WITHDRAWN, by.account_id, now()
    session().flush()
    kind_of(row.kind).ended(act_of(row))
    audit.record("approval.withdrawn", "approval", row.id, {"kind": row.kind})


def confirmers(kind: str, path: str, but: uuid.UUID, limit: int = 5) -> list[str]:
    """Names of active accounts that may confirm an act of that kind at `path`, other than `but`; at most `limit`."""
    permission = kind_of(kind).permission
    roles = [role for role in ROLES if permission in role_permissions(role)]
    query = (select(Account.display_name).join(Grant, (Grant.tenant_id == Account.tenant_id) & (Grant.account_id == Account.id))
             .join(Organization, (Organization.tenant_id == Grant.tenant_id) & (Organization.id == Grant.organization_id))
             .where(Account.tenant_id == tenant_id(), Account.active, Account.id != but, Grant.role.in_(roles),
                    or_(Grant.expires_at.is_(None), Grant.expires_at > now()), literal(path).bool_op("^@")(Organization.path))
             .distinct().order_by(Account.display_name).limit(limit))
    return list(session().scalars(query))


def _reached(by: Actor, permission: str, target: Target) -> str:
    """Of the places under which a thing stands, the one by which the asker reaches it: who stands above that may confirm."""
    held = by.paths(permission)
    return next((path for path in target.paths if any(path.startswith(p) for p in held)), target.paths[0])


def _same(kind: str, digest: bytes) -> Approval | None:
    return session().scalar(select(Approval).where(Approval.tenant_id == tenant_id(), Approval.kind == kind, Approval.content_hash == digest,
                                                   Approval.status == WAITING, Approval.expires_at > now()))
