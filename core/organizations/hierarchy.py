"""Moves a street or community below another organization, merges one into its like, or closes it with all that is below (rule 12).

The caller has authorized it, and has seen to it that a second person agreed where that is needed.
"""
from __future__ import annotations

import uuid

from sqlalchemy import func, select, update

from core import audit
from core.errors import Conflict, Invalid
from core.i18n import _
from core.organizations import tree
from core.organizations.models import Organization
from core.organizations.tree import OrganizationFact
from core.tenancy import session
from core.tenancy.scope import tenant_id

#: What may stand below what; the other kinds stay where they are.
PARENTS = {"street": "county", "community": "street"}
MERGED, CLOSED = ("county", "street"), ("county", "street", "community", "sector")


def has_below(place: OrganizationFact) -> bool:
    """Whether organizations that are open stand below it."""
    return session().scalar(select(Organization.id).where(
        Organization.tenant_id == tenant_id(), Organization.parent_id == place.id, Organization.active).limit(1)) is not None


def version(organization_id: uuid.UUID) -> int | None:
    """Its present version, under a lock until the transaction ends; None when it is gone."""
    return session().scalar(select(Organization.version).where(
        Organization.tenant_id == tenant_id(), Organization.id == organization_id).with_for_update())


def move(place: OrganizationFact, to: OrganizationFact) -> int:
    """Let it stand below `to` from now on, with all that is below; answers how many moved. Raises Invalid, Conflict."""
    if PARENTS.get(place.kind) != to.kind or not to.active:
        raise Invalid(_("“%(name)s”不能划到“%(to)s”下面：街道划入区县，社区划入街道。", name=place.name, to=to.name), {"to": [_("请另选")]})
    parent = session().scalar(select(Organization.parent_id).where(Organization.tenant_id == tenant_id(), Organization.id == place.id))
    if parent == to.id:
        raise Conflict(_("“%(name)s”已经在“%(to)s”下面，不用再划转。", name=place.name, to=to.name))
    _hold_tree()
    moved = _relocate(place, to)
    audit.record("organization.moved", "organization", place.id, {"code": place.code, "to": str(to.id), "count": moved})
    return moved


def merge(place: OrganizationFact, into: OrganizationFact) -> int:
    """Let all that stands directly below `place` stand below `into`, and close `place`; answers how many moved. Raises Invalid."""
    if place.kind not in MERGED or place.kind != into.kind or place.id == into.id or not into.active:
        raise Invalid(_("只能并入另一个同级的组织。"), {"to": [_("请另选")]})
    _hold_tree()
    moved = 0
    for row in tree.children(place.id):
        moved += _relocate(tree.get(row.id), into)
    _set_closed(place.id)
    audit.record("organization.merged", "organization", place.id, {"code": place.code, "into": str(into.id), "count": moved})
    return moved


def close(place: OrganizationFact) -> int:
    """Close it with all that is below; answers how many were open. Raises Invalid for a kind that is not closed like this.

    Whether members are still tied to any of it is asked by `tenants.hierarchy`, since members stand above this room.
    """
    if place.kind not in CLOSED:
        raise Invalid(_("这类组织不能在这里停用。"))
    _hold_tree()
    closed = session().execute(update(Organization).where(
        Organization.tenant_id == tenant_id(), Organization.path.bool_op("^@")(place.path), Organization.active)
        .values(active=False, version=Organization.version + 1).returning(Organization.id).execution_options(synchronize_session=False)).all()
    session().expire_all()
    audit.record("organization.closed", "organization", place.id, {"code": place.code, "count": len(closed)})
    return len(closed)


def _relocate(place: OrganizationFact, to: OrganizationFact) -> int:
    path = f"{to.path}{place.code}/"
    session().execute(update(Organization).where(Organization.tenant_id == tenant_id(), Organization.id == place.id)
                      .values(parent_id=to.id).execution_options(synchronize_session=False))
    rest = func.substr(Organization.path, len(place.path) + 1)
    moved = session().execute(update(Organization).where(Organization.tenant_id == tenant_id(), Organization.path.bool_op("^@")(place.path))
                              .values(path=func.concat(path, rest), version=Organization.version + 1)
                              .returning(Organization.id).execution_options(synchronize_session=False)).all()
    session().expire_all()
    return len(moved)


def _set_closed(organization_id: uuid.UUID) -> None:
    session().execute(update(Organization).where(Organization.tenant_id == tenant_id(), Organization.id == organization_id)
                      .values(active=False, version=Organization.version + 1).execution_options(synchronize_session=False))
    session().expire_all()


def _hold_tree() -> None:
    """Those who change the tree, or enter something into it, come one after the other."""
    session().execute(select(Organization.id).where(Organization.tenant_id == tenant_id(), Organization.parent_id.is_(None))
                      .with_for_update(key_share=True))
