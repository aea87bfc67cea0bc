"""What is kept of a member: the public sentiment that the member reported (R34)."""
from __future__ import annotations

import uuid

from sqlalchemy import select, update

from core.api import MemberData, _, session, tenant_id, unseal
from plugins.needs.models import Need


def tables(member_id: uuid.UUID) -> list[MemberData]:
    """The reports in the member's words, with their state."""
    rows = session().execute(select(Need.id, Need.received_on, Need.category, Need.text, Need.state).where(
        Need.tenant_id == tenant_id(), Need.member_id == member_id).order_by(Need.id)).all()
    found = tuple({"received_on": row.received_on.isoformat(), "category": row.category, "state": row.state,
                   "text": unseal("needs_need", "text", row.id, row.text) or ""} for row in rows)
    return [MemberData(_("反映的社情民意"), found)] if found else []


def cut(member_id: uuid.UUID) -> int:
    """The residents' need stays, who reported it is forgotten; answers how many."""
    return len(session().execute(update(Need).where(Need.tenant_id == tenant_id(), Need.member_id == member_id)
                                 .values(member_id=None, entered_by=None).returning(Need.id)).all())
