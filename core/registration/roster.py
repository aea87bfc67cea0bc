"""The community's list of the members who have reported in there (R45), read from its own index in order."""
from __future__ import annotations

import uuid

from sqlalchemy import and_, select, tuple_

from core.members.models import Member
from core.members.queries import MEMBER_ROW, PAGE, Page, name_organizations
from core.registration.models import ReportIn
from core.tenancy import session
from core.tenancy.scope import tenant_id


def reported(community_id: uuid.UUID, *, after: uuid.UUID | None = None, before: uuid.UUID | None = None, limit: int = PAGE) -> Page:
    """A page of the members with a confirmed report-in, by name; `after` and `before` are members' ids. Two queries, or three."""
    backwards = before is not None
    query = (select(*MEMBER_ROW, ReportIn.id)
             .join(Member, and_(Member.tenant_id == ReportIn.tenant_id, Member.id == ReportIn.member_id))
             .where(ReportIn.tenant_id == tenant_id(), ReportIn.community_id == community_id, ReportIn.status == "confirmed",
                    Member.tenant_id == tenant_id(), Member.status == "active"))
    start = before or after
    if start is not None:
        key = session().execute(select(ReportIn.sort_key, ReportIn.id).where(
            ReportIn.tenant_id == tenant_id(), ReportIn.community_id == community_id, ReportIn.status == "confirmed",
            ReportIn.member_id == start)).first()
        if key is not None:
            place = tuple_(ReportIn.sort_key, ReportIn.id)
            query = query.where(place < tuple_(*key) if backwards else place > tuple_(*key))
    order = (ReportIn.sort_key.desc(), ReportIn.id.desc()) if backwards else (ReportIn.sort_key, ReportIn.id)
    found = session().execute(query.order_by(*order).limit(limit + 1)).all()
    more, rows = len(found) > limit, found[:limit]
    named = name_organizations(rows[::-1] if backwards else rows)
    if not named:
        return Page()
    has_previous, has_next = (more, True) if backwards else (start is not None, more)
    return Page(named, named[0].id if has_previous else None, named[-1].id if has_next else None)
