"""Who may decide for whom: by the level whose turn it is, and by where the member belongs. A higher level may stand in for a lower one."""
from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, false, or_

from core.api import Actor, Forbidden, NotFound, Target, allowed, authorize, grants_for, organization, root_organization
from plugins.stars.documents import Document

#: What a grant over each kind of organization may decide, and by which ties of the member.
DECIDES: Mapping[str, tuple[str, ...]] = {
    "unit": ("unit",), "community": ("community",), "street": ("community", "street"), "sector": ("unit", "county"),
    "county": ("unit", "community", "street", "county"), "committee": ("unit", "community", "street", "county", "city")}
TIES: Mapping[str, tuple[str, ...]] = {
    "unit": ("unit_path",), "community": ("residence_path", "workplace_path"), "street": ("residence_path", "workplace_path"),
    "county": ("unit_path", "residence_path", "workplace_path"), "city": ()}


def decidable(actor: Actor, permission: str, level: Any, people: Subquery) -> ColumnElement[bool]:
    """The condition that the actor may decide a row whose turn is at `level` (a column) and whose member's places are `people`."""
    parts: list[ColumnElement[bool]] = []
    own = people.c.id.is_distinct_from(actor.member_id)  # nobody decides for oneself
    for grant in grants_for(actor, permission):
        if grant.kind == "committee":
            return and_(level.is_not(None), own)
        parts += [and_(level == one, or_(*(people.c[tie].bool_op("^@")(grant.path) for tie in TIES[one]))) for one in DECIDES[grant.kind]]
    return and_(own, or_(*parts)) if parts else false()


def may_decide(actor: Actor, permission: str, levels: Iterable[str], target: Target, places: Any) -> bool:
    """Whether the actor may decide at one of the levels for a member with these places (a row of `member_places`)."""
    wanted = set(levels)
    if actor.member_id is not None and target.member_id == actor.member_id:
        return False  # nobody decides for oneself
    for grant in grants_for(actor, permission):
        if grant.kind == "committee" and wanted:
            return True
        for one in wanted.intersection(DECIDES[grant.kind]):
            if any((getattr(places, tie) or "").startswith(grant.path) for tie in TIES[one]):
                return True
    return False


def may_enter(actor: Actor, document: Document, target: Target, places: Any) -> bool:
    """Whether the actor may put a member forward: nominate where organizations do, else apply for somebody within reach."""
    if not allowed(actor, "stars.enter", target):
        return False
    if document["entry"] == "nomination":
        return may_decide(actor, "stars.enter", document["nominators"], target, places)
    return True


def target_of(places: Any) -> Target:
    """What `authorize` needs of a member whose places were read already."""
    return Target(tuple(path for name in ("unit_path", "residence_path", "workplace_path") if (path := getattr(places, name))), places.id)


def require_decision(actor: Actor, permission: str, levels: Iterable[str], target: Target, places: Any) -> None:
    """Raise NotFound for a member out of reach, Forbidden for one within it whose case is another level's."""
    authorize(actor, permission, target)
    if not may_decide(actor, permission, levels, target, places):
        raise Forbidden


def scheme_target(organization_id: uuid.UUID | None) -> Target:
    """What manages a scheme: the tenant's committee, or the county whose own it is. Raises NotFound."""
    return Target(((root_organization() if organization_id is None else organization(organization_id)).path,))


def manages(actor: Actor, organization_id: uuid.UUID | None) -> bool:
    """Whether the actor may open rounds, publish and grant in such a scheme."""
    try:
        authorize(actor, "stars.manage", scheme_target(organization_id))
    except (NotFound, Forbidden):
        return False
    return True
