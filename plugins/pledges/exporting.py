"""All that is kept of one member, for the export that the law gives every person, and its erasure."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import delete, select

from core.api import MemberData, _, session, tenant_id
from plugins.pledges.models import Pledge, PledgeObjection

_PLEDGE = ("text", "deadline", "state", "published_on", "ended_on", "reason", "asked_on", "asked_reason", "filed_on", "reminded_on", "made_on")
_OBJECTION = ("raised_on", "state", "answer", "decided_on")


def tables(member_id: uuid.UUID) -> list[MemberData]:
    """Pledges, and objections as far as the member may know of them: who said what stays with the community."""
    pledges = session().execute(select(*(getattr(Pledge, name) for name in _PLEDGE)).where(
        Pledge.tenant_id == tenant_id(), Pledge.member_id == member_id).order_by(Pledge.id)).all()
    objections = session().execute(select(*(getattr(PledgeObjection, name) for name in _OBJECTION)).join(
        Pledge, (Pledge.tenant_id == PledgeObjection.tenant_id) & (Pledge.id == PledgeObjection.pledge_id)).where(
        PledgeObjection.tenant_id == tenant_id(), Pledge.member_id == member_id).order_by(PledgeObjection.id)).all()
    found = ((_("公开承诺"), _PLEDGE, pledges), (_("对承诺的反映和答复"), _OBJECTION, objections))
    return [MemberData(title, tuple(_values(row) for row in rows)) for title, _names, rows in found if rows]


def _values(row: Any) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row._mapping.items()}


def erase(member_id: uuid.UUID) -> int:
    """Remove all pledges of a member with what hangs on them; answers how many."""
    return len(session().execute(delete(Pledge).where(Pledge.tenant_id == tenant_id(), Pledge.member_id == member_id).returning(Pledge.id)).all())
