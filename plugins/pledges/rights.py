"""Who may do what to one pledge: by its community and its unit; nobody decides about one's own."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from core.api import Forbidden, NotFound, Target, acting, allowed, authorize, claim_target, session, tenant_id
from plugins.pledges.models import Pledge, PledgeObjection

MANAGE, FILE, READ, SELF = "pledges.manage", "pledges.file", "pledges.read", "pledges.self"


def target(pledge_id: uuid.UUID) -> Target:
    """What `authorize` needs of a pledge: its community, its unit and whose it is. Raises NotFound."""
    claim_id = session().scalar(select(Pledge.claim_id).where(Pledge.tenant_id == tenant_id(), Pledge.id == pledge_id))
    if claim_id is None:
        raise NotFound
    return claim_target(claim_id)


def require(pledge_id: uuid.UUID, permission: str) -> Target:
    """Let the actor pass who holds the permission over the pledge. Raises NotFound, Forbidden."""
    found = target(pledge_id)
    authorize(acting(), permission, found)
    return found


def require_decision(pledge_id: uuid.UUID) -> None:
    """The same for what the community decides; one's own pledge is for somebody else to decide. Raises NotFound, Forbidden."""
    found = require(pledge_id, MANAGE)
    if is_own(found):
        raise Forbidden


def require_following(pledge_id: uuid.UUID) -> None:
    """Let the community or the unit pass, whichever the actor acts for. Raises NotFound, Forbidden."""
    found = target(pledge_id)
    if not allowed(acting(), FILE, found):
        authorize(acting(), MANAGE, found)


def require_making(claim_id: uuid.UUID) -> None:
    """Let pass who may pledge on a claim for its member or unit: the community and the unit. Raises NotFound, Forbidden."""
    found = claim_target(claim_id)
    if not allowed(acting(), FILE, found):
        authorize(acting(), MANAGE, found)


def is_own(found: Target) -> bool:
    """Whether it belongs to the acting person."""
    return found.member_id is not None and found.member_id == acting().member_id


def of_objection(objection_id: uuid.UUID) -> uuid.UUID:
    """The pledge to which an objection was raised, for the community that manages it. Raises NotFound, Forbidden."""
    pledge_id: Any = session().scalar(select(PledgeObjection.pledge_id).where(PledgeObjection.tenant_id == tenant_id(),
                                                                             PledgeObjection.id == objection_id))
    if pledge_id is None:
        raise NotFound
    require(pledge_id, MANAGE)
    return pledge_id
