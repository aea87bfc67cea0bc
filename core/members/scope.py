"""Which members somebody may see: those whose unit, residence or workplace lies below a granted path."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, Subquery, not_, or_, select
from sqlalchemy.orm import aliased

from core.access.authorization import Target
from core.errors import NotFound
from core.members.consents import refused
from core.members.models import Affiliation, Member
from core.members.queries import named
from core.organizations.models import Organization
from core.tenancy import session
from core.tenancy.scope import tenant_id


def target(member_id: uuid.UUID) -> Target:
    """What `authorize` needs of a member: the paths of unit, residence and workplace. Raises NotFound."""
    unit, home, work = aliased(Organization), aliased(Organization), aliased(Organization)
    row = session().execute(
        select(unit.path, home.path, work.path)
        .select_from(Member)
        .outerjoin(unit, (unit.tenant_id == Member.tenant_id) & (unit.id == Member.unit_id))
        .outerjoin(home, (home.tenant_id == Member.tenant_id) & (home.id == Member.residence_id))
        .outerjoin(work, (work.tenant_id == Member.tenant_id) & (work.id == Member.workplace_id))
        .where(Member.tenant_id == tenant_id(), Member.id == member_id, Member.status != "erased")).one_or_none()
    if row is None:
        raise NotFound
    return Target(tuple(path for path in row if path), member_id)


def places(member_id: uuid.UUID | None = None) -> Subquery:
    """Every member, or one, with the places that decide who looks after them, as a sub-query to join.

    Columns: id, name, sort_key, status, joined_party_on, unit_id, unit_name, unit_path, residence_path, workplace_path. A place that a
    statement does not ask for costs nothing: PostgreSQL leaves out an outer join on a key.
    """
    unit, home, work = aliased(Organization), aliased(Organization), aliased(Organization)
    query = (select(Member.id, Member.name, Member.sort_key, Member.status, Member.joined_party_on, Member.unit_id,
                    unit.name.label("unit_name"), unit.path.label("unit_path"), home.path.label("residence_path"),
                    work.path.label("workplace_path"))
             .outerjoin(unit, (unit.tenant_id == Member.tenant_id) & (unit.id == Member.unit_id))
             .outerjoin(home, (home.tenant_id == Member.tenant_id) & (home.id == Member.residence_id))
             .outerjoin(work, (work.tenant_id == Member.tenant_id) & (work.id == Member.workplace_id))
             .where(Member.tenant_id == tenant_id()))
    return (query if member_id is None else query.where(Member.id == member_id)).subquery("member_places")


def visible(paths: Sequence[str], text: str = "") -> Subquery:
    """Active members below `paths` as a sub-query to join: id, name, sort_key, unit_name. No path, no row.

    With a `text`, only those whose name, pinyin or initials begin with it; it is somebody's name, so it belongs in no address.
    """
    unit = aliased(Organization)
    people: Any = _named(text).c if text.strip() else Member
    places = select(Organization.id).where(Organization.tenant_id == tenant_id(),
                                           or_(*(Organization.path.bool_op("^@")(p) for p in paths)))
    within = or_(*(column.in_(places) for column in (people.unit_id, people.residence_id, people.workplace_id)))
    return (select(people.id, people.name, people.sort_key, unit.name.label("unit_name"))
            .outerjoin(unit, (unit.tenant_id == people.tenant_id) & (unit.id == people.unit_id))
            .where(people.tenant_id == tenant_id(), people.status == "active", within if paths else people.id.is_(None))
            .subquery("visible_member"))


def profiles(paths: Sequence[str] | None = None) -> Subquery:
    """Active members with what they can do and would like to do, as a sub-query to join, for finding who fits what (R30); without those
    who have taken their consent to it back.

    Columns: id, name, sort_key, unit_name, skills, preferences, residence_id, residence_path, workplace_id, workplace_path. With `paths`
    only those who live or work below one of them; no path, no row.
    """
    unit, home, work = aliased(Organization), aliased(Organization), aliased(Organization)
    query = (select(Member.id, Member.name, Member.sort_key, unit.name.label("unit_name"), Member.skills, Member.preferences,
                    Member.residence_id, home.path.label("residence_path"), Member.workplace_id, work.path.label("workplace_path"))
             .outerjoin(unit, (unit.tenant_id == Member.tenant_id) & (unit.id == Member.unit_id))
             .outerjoin(home, (home.tenant_id == Member.tenant_id) & (home.id == Member.residence_id))
             .outerjoin(work, (work.tenant_id == Member.tenant_id) & (work.id == Member.workplace_id))
             .where(Member.tenant_id == tenant_id(), Member.status == "active", not_(refused("matching", Member.id))))
    if paths is not None:
        places = select(Organization.id).where(Organization.tenant_id == tenant_id(), or_(*(Organization.path.bool_op("^@")(p) for p in paths)))
        query = query.where(or_(Member.residence_id.in_(places), Member.workplace_id.in_(places)) if paths else Member.id.is_(None))
    return query.subquery("member_profile")


def unit_members(paths: Sequence[str]) -> Subquery:
    """Active members of the units that lie below `paths`, whoever may see the member: member_id, unit_id, unit_name, unit_sort_key."""
    unit = aliased(Organization)
    within = or_(*(unit.path.bool_op("^@")(path) for path in paths)) if paths else unit.id.is_(None)
    return (select(Member.id.label("member_id"), unit.id.label("unit_id"), unit.name.label("unit_name"), unit.sort_key.label("unit_sort_key"))
            .join(unit, (unit.tenant_id == Member.tenant_id) & (unit.id == Member.unit_id))
            .where(Member.tenant_id == tenant_id(), Member.status == "active", within).subquery("unit_member"))


def unit_since() -> Subquery:
    """Since when each member has belonged to the present unit: member_id, unit_id, since."""
    return (select(Affiliation.member_id, Affiliation.organization_id.label("unit_id"), Affiliation.valid_from.label("since"))
            .where(Affiliation.tenant_id == tenant_id(), Affiliation.kind == "unit", Affiliation.valid_to.is_(None)).subquery("unit_since"))


def _named(text: str) -> CTE:
    """Those of a name, read before anything else: a page in the order of names would walk past everybody who comes before them."""
    return (select(Member.tenant_id, Member.id, Member.name, Member.sort_key, Member.status, Member.unit_id, Member.residence_id,
                   Member.workplace_id).where(Member.tenant_id == tenant_id(), named(text)).cte("named").prefix_with("MATERIALIZED"))
