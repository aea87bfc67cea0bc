"""Who may do what: the unit's side by its unit, the community's side by its community, and officers above by either."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from core.api import NotFound, Target, acting, allowed, authorize, place_target, session, tenant_id
from plugins.cobuilding.models import CobuildingAgreement, CobuildingFulfilment, CobuildingItem

READ, OFFER, NEED, PROPOSE = (f"cobuilding.{name}" for name in ("read", "offer", "need", "propose"))


def item_side(item_id: uuid.UUID) -> tuple[str, uuid.UUID]:
    """The permission by which an item is kept, and whose it is. Raises NotFound."""
    row = session().execute(select(CobuildingItem.unit_id, CobuildingItem.community_id).where(
        CobuildingItem.tenant_id == tenant_id(), CobuildingItem.id == item_id)).one_or_none()
    if row is None:
        raise NotFound
    return (OFFER, row.unit_id) if row.unit_id is not None else (NEED, row.community_id)


def require_item(item_id: uuid.UUID) -> None:
    """Let pass whoever keeps the item. Raises NotFound, Forbidden."""
    permission, owner = item_side(item_id)
    authorize(acting(), permission, place_target(owner))


def pair_target(unit_id: uuid.UUID, community_id: uuid.UUID) -> Target:
    """What `authorize` needs of a unit and a community together. Raises NotFound."""
    return Target((*place_target(unit_id).paths, *place_target(community_id).paths))


def parties(agreement_id: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID]:
    """The unit and the community of an agreement. Raises NotFound."""
    row: Any = session().execute(select(CobuildingAgreement.unit_id, CobuildingAgreement.community_id).where(
        CobuildingAgreement.tenant_id == tenant_id(), CobuildingAgreement.id == agreement_id)).one_or_none()
    if row is None:
        raise NotFound
    return row.unit_id, row.community_id


def require_agreement(agreement_id: uuid.UUID, permission: str = READ) -> None:
    """Let pass who holds the permission over the unit or the community. Raises NotFound, Forbidden."""
    authorize(acting(), permission, pair_target(*parties(agreement_id)))


def sides(unit_id: uuid.UUID, community_id: uuid.UUID) -> frozenset[str]:
    """For which sides the acting person speaks: "unit", "community", both or none."""
    found = {"unit": (OFFER, unit_id), "community": (NEED, community_id)}
    return frozenset(side for side, (permission, owner) in found.items() if allowed(acting(), permission, place_target(owner)))


def agreement_of(fulfilment_id: uuid.UUID) -> uuid.UUID:
    """The agreement under which something was given. Raises NotFound."""
    found = session().scalar(select(CobuildingFulfilment.agreement_id).where(CobuildingFulfilment.tenant_id == tenant_id(),
                                                                            CobuildingFulfilment.id == fulfilment_id))
    if found is None:
        raise NotFound
    return found
