"""What the system knows of a community's weakness, to choose a liaison community by: coverage, matters nobody takes on, claims overdue."""
from __future__ import annotations

import uuid

from sqlalchemy import func, select

from core.api import claim_rows, first_report_ins, matter_rows, member_places, organization, session, today


def figures(community_id: uuid.UUID) -> dict[str, int | None]:
    """Figures of today in `words.FIGURES`; the rate in whole per cent, None where nobody lives. Raises NotFound.

    Each member's first report-in is looked up by itself, so that a community is read by indexes, however large the city is.
    """
    people, first = member_places(), first_report_ins()
    reported = select(first.c.first_on).where(first.c.member_id == people.c.id).scalar_subquery()
    members, came = session().execute(select(func.count(), func.count(reported)).select_from(people).where(
        people.c.residence_path == organization(community_id).path, people.c.status == "active")).one()
    matters, claims = matter_rows(), claim_rows()
    free = session().scalar(select(func.count()).select_from(matters).where(
        matters.c.community_id == community_id, matters.c.state == "open", matters.c.taken == 0)) or 0
    held, late = session().execute(select(func.count(), func.count().filter(claims.c.due_on < today())).select_from(claims).where(
        claims.c.community_id == community_id, claims.c.state == "held")).one()
    return {"members": members, "reported": came, "rate": round(came * 100 / members) if members else None, "matters": free,
            "claims": held, "late": late}
