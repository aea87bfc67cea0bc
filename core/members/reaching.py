"""Whose rows of a plugin's table somebody may see: those of places, units or members within reach, said once in the model.

A model names the column that says what its rows belong to, `__reach__ = "community_id"`, an organization's or a member's id; None
where all of the tenant may see every row. Tables and forms that a plugin declares then keep to it by themselves.
"""
from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, true

from core.access.actor import GrantFact
from core.access.authorization import Target, authorize
from core.access.doors import acting
from core.access.roles import MEMBER, role_permissions
from core.db import TenantRow
from core.errors import NotFound
from core.extension.dataset import DataReach
from core.extension.reach import reach_of
from core.members.models import Member
from core.members.reach import grants_for, within_reach
from core.members.scope import target as member_target
from core.organizations import tree
from core.organizations.models import Organization
from core.tenancy import session
from core.tenancy.scope import tenant_id


def in_reach(model: Any, permission: str) -> ColumnElement[bool]:
    """The condition that the acting person may see a row of `model` (a class, or an alias of one) by `permission`."""
    reach = reach_of(model)
    if reach is None:
        return true()
    column = getattr(model, reach.column)
    return _own_members(column, permission) if reach.table == Member.__tablename__ else column_in_reach(column, permission)


def column_in_reach(column: Any, permission: str) -> ColumnElement[bool]:
    """The condition that the place or unit whose id is in `column` lies within the acting officer's or liaison's reach by `permission`.

    For rows that belong to two, as a pledge to a community and to a unit.
    """
    return column_below(column, grants_for(acting(), permission))


def column_below(column: Any, reach: Iterable[GrantFact | DataReach]) -> ColumnElement[bool]:
    """The condition that the place or unit whose id is in `column` lies below one of `reach`, such as a dataset's request has."""
    reach = list(reach)
    if any(one.kind == "committee" for one in reach):
        return true()
    single = [one.organization_id for one in reach if one.kind in ("community", "unit")]
    wide = [Organization.path.bool_op("^@")(one.path) for one in reach if one.kind not in ("community", "unit")]
    parts: list[ColumnElement[bool]] = [column.in_(single)] if single else []
    if wide:
        parts.append(column.in_(select(Organization.id).where(Organization.tenant_id == tenant_id(), or_(*wide))))
    return or_(*parts) if parts else false()


def row_in_reach(model: type[TenantRow], row_id: uuid.UUID, permission: str, *, lock: bool) -> Any:
    """One row which the acting person may act on by `permission`. Raises NotFound, Forbidden."""
    query = select(model).where(model.tenant_id == tenant_id(), model.id == row_id)
    row = session().scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound
    if (reach := reach_of(model)) is not None:
        authorize(acting(), permission, _target(reach.table, getattr(row, reach.column)))
    return row


def place_target(organization_id: uuid.UUID) -> Target:
    """What `authorize` needs of a place or a unit. Raises NotFound."""
    return Target((tree.get(organization_id).path,))


def _target(table: str, identity: uuid.UUID | None) -> Target:
    if identity is None:  # nobody's row: nobody reaches it
        return Target()
    return member_target(identity) if table == Member.__tablename__ else place_target(identity)


def _own_members(column: Any, permission: str) -> ColumnElement[bool]:
    actor = acting()
    others = select(Member.id).where(Member.tenant_id == tenant_id(), within_reach(grants_for(actor, permission)))
    own = actor.member_id if actor.allows_scope(permission) and permission in role_permissions(MEMBER) else None
    return or_(column.in_(others), column == own) if own is not None else column.in_(others)

