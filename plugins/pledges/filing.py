"""The unit takes note of its members' pledges (R21), and unit and community remind of what is due (R57). Nothing is sent by itself."""
from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from core.api import audit, session, tenant_id, today
from plugins.pledges.models import Pledge


def file(pledge_ids: Sequence[uuid.UUID], *, by: uuid.UUID | None) -> int:
    """Note that the unit has taken these public pledges to its files; answers how many were not there yet."""
    rows = _locked(pledge_ids, Pledge.published_on.is_not(None), Pledge.filed_on.is_(None))
    for row in rows:
        row.filed_on, row.filed_by = today(), by
        audit("pledges.filed", "pledges_pledge", row.id)
    session().flush()
    return len(rows)


def remind(pledge_ids: Sequence[uuid.UUID]) -> int:
    """Note that the members were reminded today; they see it on their page. Answers how many open pledges that concerned."""
    rows = _locked(pledge_ids, Pledge.state == "open")
    for row in rows:
        row.reminded_on = today()
        audit("pledges.reminded", "pledges_pledge", row.id)
    session().flush()
    return len(rows)


def _locked(pledge_ids: Sequence[uuid.UUID], *which: object) -> Sequence[Pledge]:
    return session().scalars(select(Pledge).where(Pledge.tenant_id == tenant_id(), Pledge.id.in_(pledge_ids), *which)  # type: ignore[arg-type]
                             .order_by(Pledge.id).with_for_update()).all()
