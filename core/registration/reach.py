"""Which report-ins, obligations and certificates a grant reaches: by the unit, by the community, or by both."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, true

from core.access.actor import GrantFact
from core.organizations.models import Organization
from core.tenancy.scope import tenant_id

_BY_UNIT = ("unit", "sector", "county")
_BY_COMMUNITY = ("community", "street", "county")


def within(grants: Iterable[GrantFact], *, unit: Any = None, community: Any = None) -> ColumnElement[bool]:
    """The condition that the grants lay on a row with a unit and a community column; a column left out does not count.

    A single unit or community is compared by id, so that its list is read from its index in order.
    """
    parts: list[ColumnElement[bool]] = []
    for grant in grants:
        if grant.kind == "committee":
            return true()
        parts.extend(_tie(column, grant) for column, kinds in ((unit, _BY_UNIT), (community, _BY_COMMUNITY))
                     if column is not None and grant.kind in kinds)
    return or_(*parts) if parts else false()


def _tie(column: Any, grant: GrantFact) -> ColumnElement[bool]:
    if grant.kind in ("community", "unit"):
        return column == grant.organization_id
    return column.in_(select(Organization.id).where(Organization.tenant_id == tenant_id(), Organization.path.bool_op("^@")(grant.path)))
