"""Which members an officer or liaison may see: by unit or residence or workplace, according to what the grant is over."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, true

from core.access.actor import Actor, GrantFact
from core.access.administration import carries
from core.access.roles import MEMBER
from core.members.models import Member
from core.organizations.models import Organization
from core.tenancy.scope import tenant_id

COLUMNS = {"unit": Member.unit_id, "residence": Member.residence_id, "workplace": Member.workplace_id}
BASES = {"committee": (), "county": ("unit", "residence", "workplace"), "sector": ("unit",), "street": ("residence", "workplace"),
         "community": ("residence", "workplace"), "unit": ("unit",)}


def grants_for(actor: Actor, permission: str) -> tuple[GrantFact, ...]:
    """The officer's or liaison's grants that carry a permission."""
    if not actor.allows_scope(permission):
        return ()
    return tuple(g for g in actor.grants if g.role != MEMBER and carries(g.role, permission, apart=actor.apart))


def within_reach(grants: Iterable[GrantFact], basis: str | None = None) -> ColumnElement[bool]:
    """The condition on Member that the grants allow; `basis` (unit, residence, workplace) looks at that tie only.

    A community or a unit is compared by id, so that its list is read from the index in order.
    """
    parts: list[ColumnElement[bool]] = []
    for grant in grants:
        if grant.kind == "committee":
            return true()
        bases = [b for b in BASES.get(grant.kind, ()) if basis is None or b == basis]
        parts.extend(_tie(COLUMNS[b], grant) for b in bases)
    return or_(*parts) if parts else false()


def _tie(column: Any, grant: GrantFact) -> ColumnElement[bool]:
    if grant.kind in ("community", "unit"):
        return column == grant.organization_id
    return column.in_(select(Organization.id).where(Organization.tenant_id == tenant_id(), Organization.path.bool_op("^@")(grant.path)))
