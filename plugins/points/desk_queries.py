"""Reads for the redemption desk: who waits for what, below the officer's paths."""
from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import Row, select

from core.api import NotFound, session, tenant_id, visible_members
from plugins.points.models import PointsItem, PointsRequest

PAGE = 50


def waiting(paths: Sequence[str], after: uuid.UUID | None = None) -> Sequence[Row]:
    """Open requests of members below `paths`, the oldest first; one more than a page."""
    people, of = visible_members(paths), PointsRequest
    query = (select(of.id, of.member_id, of.cost, of.for_other, of.asked_at, PointsItem.title, people.c.name, people.c.unit_name)
             .join(PointsItem, (PointsItem.tenant_id == of.tenant_id) & (PointsItem.id == of.item_id)).join(people, people.c.id == of.member_id)
             .where(of.tenant_id == tenant_id(), of.status == "asked").order_by(of.id).limit(PAGE + 1))
    return session().execute(query.where(of.id > after) if after else query).all()


def member_of(request_id: uuid.UUID) -> uuid.UUID:
    """Who asked. Raises NotFound."""
    found = session().scalar(select(PointsRequest.member_id).where(PointsRequest.tenant_id == tenant_id(), PointsRequest.id == request_id))
    if found is None:
        raise NotFound
    return found
