"""When an export of personal data is a bulk one, which a second person has to confirm; and that such an export had its confirmation."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Integer, func, select

from core.approvals import content as contents
from core.approvals.models import DONE, Approval
from core.extension.approval_kinds import SECTION
from core.extension.settings import effective
from core.jobs.models import Job
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

WINDOW = dt.timedelta(days=1)


def bulk_export(persons: int, *, by: uuid.UUID | None) -> bool:
    """Whether an export of that many persons with unmasked numbers or addresses needs a second person (security rule 12).

    What the account has taken alone within the last day counts along, so that a large export is not cut into small ones: rows of
    finished jobs whose payload has a `reason` and no `approval`.
    """
    values = effective(SECTION)
    if not values["export"]:
        return False
    return persons > values["export_from"] or persons + _taken(by) > values["export_from"]


def approved(kind: str, identity: object, content: Mapping[str, Any], by: uuid.UUID | None) -> bool:
    """Whether the request of that id was confirmed for exactly this content of that account; a job asks it before it hands anything out."""
    if not isinstance(identity, str):
        return False
    row = session().execute(select(Approval.path, Approval.content_hash).where(
        Approval.tenant_id == tenant_id(), Approval.id == uuid.UUID(identity), Approval.kind == kind, Approval.status == DONE,
        Approval.asked_by == by)).one_or_none()
    return row is not None and bytes(row.content_hash) == contents.digest(kind, row.path, contents.canonical(content))


def _taken(by: uuid.UUID | None) -> int:
    rows = func.coalesce(func.sum(Job.result["rows"].astext.cast(Integer)), 0)
    return session().scalar(select(rows).where(
        Job.tenant_id == tenant_id(), Job.created_by == by, Job.created_at > now() - WINDOW, Job.status == "done",
        Job.payload["reason"].astext.is_not(None), Job.payload["approval"].astext.is_(None))) or 0
