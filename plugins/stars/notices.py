"""Who may read a public notice: everybody whom the scheme concerns, and no other county."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from core.api import Actor, NotFound, PackVersion, organization, today
from plugins.stars import queries
from plugins.stars.evaluating import PATHS


def visible_to(places: Row, packs: Mapping[uuid.UUID, PackVersion]) -> list[dict[str, Any]]:
    """The notices that are up today and concern a member with these places."""
    return [{"row": row, "pack": packs[row.pack_id]} for row in queries.notices_on(today()) if _concerns(row.organization_id, places)]


def readable(notice_id: uuid.UUID, actor: Actor, places: Row | None) -> Row:
    """A notice that the actor may read: an officer within reach of the scheme's county, or a member whom it concerns. Raises NotFound."""
    row = queries.notice(notice_id)
    if row.organization_id is None or (places is not None and _concerns(row.organization_id, places)):
        return row
    county = organization(row.organization_id).path
    if any(path.startswith(county) or county.startswith(path) for path in actor.paths("stars.read")):
        return row
    raise NotFound


def _concerns(organization_id: uuid.UUID | None, places: Row) -> bool:
    if organization_id is None:
        return True
    county = organization(organization_id).path
    return any((getattr(places, name) or "").startswith(county) for name in PATHS)
