"""What a member can take on now: matters that are open in the own communities (R30)."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from core.extension.activation import is_enabled
from core.extension.registry import current
from core.organizations.models import Organization
from core.service.claims.models import Matter
from core.service.places import own_communities
from core.tenancy import session, today
from core.tenancy.scope import tenant_id

PAGE = 50


class OpenMatter(NamedTuple):
    """One line; `minutes` is the usual length of one service. It names no recipient."""

    id: uuid.UUID
    source: str
    community_id: uuid.UUID
    community: str
    kind: str
    title: str
    place: str | None
    recipient_kind: str
    recipient_group: str | None
    places: int
    taken: int
    waits: bool
    collective: bool
    minutes: int | None
    begins_on: dt.date | None
    due_on: dt.date | None


def open_matters(member_id: uuid.UUID, *, after: uuid.UUID | None = None, limit: int = PAGE) -> tuple[list[OpenMatter], uuid.UUID | None]:
    """Matters of working plugins in the member's communities that have a place or let one wait, newest first; and whence it goes on."""
    places = [community.id for community in own_communities(member_id)]
    working = [name for name in current().plugins if is_enabled(name)]
    query: Any = (select(Matter.id, Matter.source, Matter.community_id, Organization.name, Matter.kind, Matter.title, Matter.place,
                    Matter.recipient_kind, Matter.recipient_group, Matter.places, Matter.taken, Matter.waits, Matter.collective, Matter.minutes,
                    Matter.begins_on, Matter.due_on)
             .join(Organization, (Organization.tenant_id == Matter.tenant_id) & (Organization.id == Matter.community_id))
             .where(Matter.tenant_id == tenant_id(), Matter.community_id.in_(places), Matter.source.in_(working), Matter.state == "open",
                    or_(Matter.taken < Matter.places, Matter.waits), or_(Matter.due_on.is_(None), Matter.due_on >= today())))
    if after is not None:
        query = query.where(Matter.id < after)
    found = session().execute(query.order_by(Matter.id.desc()).limit(limit + 1)).all()
    rows = [OpenMatter(*row) for row in found[:limit]]
    return rows, rows[-1].id if len(found) > limit else None
