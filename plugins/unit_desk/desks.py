"""Whose desk is shown: one unit's own, or that of all units below a unit or sector, always within the reader's reach."""
from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_

from core.api import (
    NotFound,
    Target,
    acting,
    allowed,
    authorize,
    grants_for,
    member_places,
    organization,
    place_rows,
    place_target,
    session,
)

READ, MANAGE, SELF, COMMUNITY = "unit_desk.read", "unit_desk.manage", "unit_desk.self", "unit_desk.community"
KINDS = ("unit", "sector")
MOST_UNITS = 1000


@dataclass(frozen=True, slots=True)
class Desk:
    """A unit or a sector; `whole` looks at everything below it too, `below` says whether there is anything."""

    id: uuid.UUID
    kind: str
    name: str
    path: str
    whole: bool
    below: bool

    @property
    def args(self) -> dict[str, Any]:
        """What keeps an address at this desk."""
        return {"unit": self.id, "whole": 1 if self.whole and self.kind == "unit" else None}

    def of(self, column: Any) -> ColumnElement[bool]:
        """The condition that the unit whose id is in `column` belongs to the desk."""
        if not self.whole:
            return column == self.id
        places = place_rows("unit")
        return column.in_(select(places.c.id).where(places.c.path.bool_op("^@")(self.path)))

    def managed(self) -> bool:
        """Whether the acting person works here: the unit's liaison or one of a unit above."""
        return allowed(acting(), MANAGE, Target((self.path,)))

    def own(self) -> bool:
        """Whether it is the acting liaison's own unit, alone: only that one is told what it missed."""
        return not self.whole and any(grant.organization_id == self.id for grant in grants_for(acting(), MANAGE))

    def unit_ids(self) -> tuple[uuid.UUID, ...]:
        """The units, at most 1000; nothing for a desk with more of them, which has no plugin asked what waits."""
        if not self.whole:
            return (self.id,)
        places = place_rows("unit")
        found = session().scalars(select(places.c.id).where(places.c.path.bool_op("^@")(self.path)).limit(MOST_UNITS + 1)).all()
        return tuple(found) if len(found) <= MOST_UNITS else ()


def desk(chosen: uuid.UUID | None, permission: str = READ, *, whole: bool = False) -> Desk | None:
    """The desk that was chosen, or the only one there is; None where one is to be chosen first. Raises NotFound, Forbidden."""
    if chosen is None:
        grants = [grant for grant in grants_for(acting(), permission) if grant.kind in KINDS]
        if len(grants) != 1 or any(grant.kind not in KINDS for grant in grants_for(acting(), permission)):
            return None
        chosen = grants[0].organization_id
    place = organization(chosen)
    if place.kind not in KINDS:
        raise NotFound
    authorize(acting(), permission, Target((place.path,)))
    return Desk(place.id, place.kind, place.name, place.path, whole or place.kind == "sector", _has_below(place.id, place.path))


def _has_below(place_id: uuid.UUID, path: str) -> bool:
    places = place_rows("unit")
    return session().scalar(select(places.c.id).where(places.c.path.bool_op("^@")(path), places.c.id != place_id).limit(1)) is not None


def require_unit(unit_id: uuid.UUID, permission: str) -> None:
    """Let pass who holds the permission over a unit. Raises NotFound, Forbidden."""
    authorize(acting(), permission, place_target(unit_id))


def people(where: Desk) -> tuple[Any, Select]:
    """The active members of a desk: the sub-query, and a select of id, name, sort_key, unit_id, unit_name on it."""
    found = member_places()
    query = select(found.c.id, found.c.name, found.c.sort_key, found.c.unit_id, found.c.unit_name).where(
        found.c.status == "active", where.of(found.c.unit_id))
    return found, query


def page(where: Desk, listed: tuple[Any, Select], after: uuid.UUID | None, size: int) -> list[Row]:
    """A page of what `people` gives, by name, with one row more than a page where there is a next one."""
    found, query = listed
    if after is not None:
        start = session().execute(select(found.c.sort_key, found.c.id).where(found.c.id == after, where.of(found.c.unit_id))).one_or_none()
        if start is not None:
            query = query.where(_after(found, start))
    return list(session().execute(query.order_by(found.c.sort_key, found.c.id).limit(size + 1)).all())


def _after(found: Any, start: Row) -> ColumnElement[bool]:
    return tuple_(found.c.sort_key, found.c.id) > tuple_(start.sort_key, start.id)


def counted(query: Select) -> int:
    """How many rows a select has."""
    return session().scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def of_desk(member_ids: list[uuid.UUID], where: Desk) -> dict[uuid.UUID, uuid.UUID]:
    """Those of the members that are active members of the desk, each with its unit; the others are left out."""
    found, query = people(where)
    return {row.id: row.unit_id for row in session().execute(query.where(found.c.id.in_(member_ids)))}
