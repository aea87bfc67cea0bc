"""All that is kept of one member as a leading cadre, for the export that the law gives every person, and its erasure."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from core.api import MemberData, _, session, tenant_id
from plugins.liaison.models import LiaisonCadre, LiaisonPoint, LiaisonVisit


def tables(member_id: uuid.UUID) -> list[MemberData]:
    """Post, liaison communities and visits."""
    mine = (LiaisonCadre.tenant_id == LiaisonPoint.tenant_id) & (LiaisonCadre.id == LiaisonPoint.cadre_id)
    found = (
        (_("担任领导职务"), select(LiaisonCadre.post, LiaisonCadre.name, LiaisonCadre.office, LiaisonCadre.active)),
        (_("联系点"), select(LiaisonPoint.since, LiaisonPoint.until, LiaisonPoint.note, LiaisonPoint.end_reason).join(LiaisonCadre, mine)),
        (_("到联系点的情况"), select(LiaisonVisit.visited_on, LiaisonVisit.kind, LiaisonVisit.findings).join(
            LiaisonPoint, (LiaisonPoint.tenant_id == LiaisonVisit.tenant_id) & (LiaisonPoint.id == LiaisonVisit.point_id)).join(LiaisonCadre, mine)))
    rows = [(title, session().execute(query.where(LiaisonCadre.tenant_id == tenant_id(), LiaisonCadre.member_id == member_id)).all())
            for title, query in found]
    return [MemberData(title, tuple(_values(row) for row in some)) for title, some in rows if some]


def _values(row: Any) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row._mapping.items()}


def erase(member_id: uuid.UUID) -> int:
    """Take the person out of the entry. The community's points and issues stay, since they are the community's; whose they were is gone."""
    rows = session().scalars(select(LiaisonCadre).where(LiaisonCadre.tenant_id == tenant_id(), LiaisonCadre.member_id == member_id)).all()
    for row in rows:
        row.member_id = row.name = row.post = row.office = None
        row.active = False
    session().flush()
    return len(rows)
