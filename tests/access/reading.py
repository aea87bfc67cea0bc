"""What tests of access read back: the audit log as it stands, and whether something is refused."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.tenancy import session
from core.tenancy.scope import tenant_id
from tests.support.factories import TestTenant

#: 12:00 in Beijing, the beginning of a step of one-time codes.
NOON = dt.datetime(2026, 5, 1, 4, tzinfo=dt.UTC)
STEP = int(NOON.timestamp()) // 30
#: What a letter of a recovery code may be.
LETTERS = "[abcdefghjkmnpqrstuvwxyz23456789]"


def noted() -> list[tuple[str, str, uuid.UUID | None, object]]:
    """Action, object and details of each entry of the scope's tenant, in order."""
    return [(row.action, row.object_type, row.object_id, row.details) for row in session().execute(
        select(AuditEntry.action, AuditEntry.object_type, AuditEntry.object_id, AuditEntry.details)
        .where(AuditEntry.tenant_id == tenant_id()).order_by(AuditEntry.seq))]


def noted_in(tenant: TestTenant) -> list[tuple[str, str, uuid.UUID | None, object]]:
    """The same of a tenant, in a scope of its own: an entry is written when its act's scope ends."""
    with tenant.scope():
        return noted()


def refused(work: Callable[[], object], error: type[Exception]) -> bool:
    """Whether the work is refused so."""
    with pytest.raises(error):
        work()
    return True
