"""Who may do what to a post and its claims; out of reach answers as absent, and another plugin's matter too."""
from __future__ import annotations

import uuid

from sqlalchemy import Row

from core.api import Target, acting, allowed, authorize, claim_target, matter_target, member_target
from plugins.posts import queries

READ, MANAGE, OWN = "posts.read", "posts.manage", "posts.self"


def reached(post_id: uuid.UUID, permission: str) -> Row:
    """A post whose community the acting person reaches. Raises NotFound, Forbidden."""
    row = queries.post(post_id)
    authorize(acting(), permission, matter_target(post_id))
    return row


def reached_claim(claim_id: uuid.UUID) -> Row:
    """A claim on a post that the acting officer manages. Raises NotFound, Forbidden."""
    row = queries.claim(claim_id)
    authorize(acting(), MANAGE, matter_target(row.matter_id))
    return row


def own_claim(claim_id: uuid.UUID) -> Row:
    """A claim of the acting member's own. Raises NotFound, Forbidden."""
    row = queries.claim(claim_id)
    authorize(acting(), OWN, Target((), row.member_id))
    return row


def may_claim_for(member_id: uuid.UUID) -> bool:
    """Whether the acting person may claim for this member: as liaison of the unit, or as officer of a community of the member's."""
    return acting().member_id != member_id and allowed(acting(), "claims.enter", member_target(member_id))


def may_release(claim_id: uuid.UUID) -> bool:
    """Whether the acting person may give a claim up for its member: the post's community, or the member's liaison."""
    return allowed(acting(), "claims.enter", claim_target(claim_id))
