"""Whose rows somebody may make a report of: what the grants reach, and the place or unit chosen within it."""
from __future__ import annotations

import uuid
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import aliased

from core.access.actor import Actor
from core.datasets import catalogue as _catalogue  # makes core's datasets known  # noqa: F401
from core.errors import NotFound
from core.extension.dataset import DataReach
from core.members.reach import grants_for
from core.organizations import tree
from core.organizations.models import Organization
from core.tenancy import session
from core.tenancy.scope import tenant_id

KINDS = ("county", "sector", "street", "community", "unit")
FOUND = 12


class Place(NamedTuple):
    """A place or unit with the names that stand on a paper."""

    reach: DataReach
    name: str
    above: str


class FoundPlace(NamedTuple):
    """One of several that bear the name somebody typed; `above` tells them apart."""

    id: uuid.UUID
    name: str
    above: str


def data_reach(actor: Actor, permission: str) -> tuple[DataReach, ...]:
    """What the actor may read with a permission; nothing for who does not hold it as an officer or liaison."""
    return tuple(DataReach(grant.organization_id, grant.kind, grant.path) for grant in grants_for(actor, permission))


def data_place(actor: Actor, permission: str, organization_id: uuid.UUID) -> Place:
    """A place within that. Raises NotFound beyond it, alike for an absent one."""
    above = aliased(Organization)
    row = session().execute(
        select(Organization.id, Organization.kind, Organization.path, Organization.name, above.name)
        .outerjoin(above, (above.tenant_id == Organization.tenant_id) & (above.id == Organization.parent_id))
        .where(Organization.tenant_id == tenant_id(), Organization.id == organization_id)).one_or_none()
    if row is None or not any(row.path.startswith(path) for path in actor.paths(permission)):
        raise NotFound
    return Place(DataReach(*row[:3]), row[3], row[4] or "")


def find_places(actor: Actor, permission: str, text: str) -> list[FoundPlace]:
    """Those within it whose name contains `text` or whose code begins with it, twelve at most; the one of exactly that name alone."""
    rows = tree.search(actor.paths(permission), kinds=KINDS, text=text, limit=FOUND)
    if len(exact := [row for row in rows if row.name == text]) == 1:
        rows = exact
    above = tree.names_by_path(row.path.rstrip("/").rpartition("/")[0] + "/" for row in rows)
    return [FoundPlace(row.id, row.name, above.get(row.path.rstrip("/").rpartition("/")[0] + "/", "")) for row in rows]
