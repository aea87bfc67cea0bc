"""A request's row under a lock, and the act that it stands for."""
from __future__ import annotations

import json
import uuid

from sqlalchemy import select

from core.approvals.models import Approval
from core.errors import NotFound
from core.extension.approval_kinds import ApprovedAct
from core.tenancy import session
from core.tenancy.scope import tenant_id


def locked(approval_id: uuid.UUID) -> Approval:
    """The request, held until the transaction ends: of two who decide at once, the second sees what the first did. Raises NotFound."""
    row = session().scalar(select(Approval).where(Approval.tenant_id == tenant_id(), Approval.id == approval_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def act_of(row: Approval) -> ApprovedAct:
    """What was asked for."""
    return ApprovedAct(row.id, row.kind, json.loads(row.content), row.reason, row.path, row.asked_by, row.decided_by, row.asked_at)
