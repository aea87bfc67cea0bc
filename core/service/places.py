"""Finds the communities in which a service may have taken place: the member's own first, any other by name (R96)."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from core.members.models import Member
from core.organizations.models import Organization
from core.tenancy import session
from core.tenancy.scope import tenant_id

FOUND = 12


class Community(NamedTuple):
    """A community with the street and county that tell it from others of the same name."""

    id: uuid.UUID
    name: str
    street: str
    county: str

    @property
    def title(self) -> str:
        """The name with where it lies."""
        return f"{self.name}（{self.county} {self.street}）"


def own_communities(member_id: uuid.UUID) -> list[Community]:
    """Those of residence and workplace, residence first."""
    row = session().execute(select(Member.residence_id, Member.workplace_id).where(
        Member.tenant_id == tenant_id(), Member.id == member_id)).one_or_none()
    return communities([identity for identity in dict.fromkeys(row or ()) if identity is not None])


def communities(ids: Sequence[uuid.UUID]) -> list[Community]:
    """Communities by id, in the order given; an id of anything else is left out."""
    found = {c.id: c for c in _read(Organization.id.in_(ids))} if ids else {}
    return [found[identity] for identity in ids if identity in found]


def communities_named(text: str) -> list[Community]:
    """At most twelve active communities whose name contains `text`, or whose code begins with it."""
    text = text.strip()
    return _read(or_(func.strpos(Organization.name, text) > 0, Organization.code.bool_op("^@")(text))) if text else []


def _read(which: ColumnElement[bool]) -> list[Community]:
    street: Any = aliased(Organization)
    county: Any = aliased(Organization)
    rows = session().execute(
        select(Organization.id, Organization.name, street.name, county.name)
        .join(street, (street.tenant_id == Organization.tenant_id) & (street.id == Organization.parent_id))
        .join(county, (county.tenant_id == street.tenant_id) & (county.id == street.parent_id))
        .where(Organization.tenant_id == tenant_id(), Organization.kind == "community", Organization.active, which)
        .order_by(Organization.sort_key, Organization.id).limit(FOUND))
    return [Community(*r) for r in rows]
