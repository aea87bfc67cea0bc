"""Who may see a claim and act on it; out of reach answers as absent."""
from __future__ import annotations

import uuid

from core.access.actor import Actor
from core.access.authorization import Target, allowed, authorize
from core.errors import Forbidden
from core.i18n import _
from core.service.claims.rows import claim_target, community_path
from core.service.rights import VERIFY

OWN, READ, ENTER, EXPORT = "claims.self", "claims.read", "claims.enter", "claims.export"


def authorize_own(actor: Actor, claim_id: uuid.UUID) -> None:
    """Let only the member whose claim it is pass. Raises NotFound."""
    authorize(actor, OWN, Target((), claim_target(claim_id).member_id))


def authorize_read(actor: Actor, claim_id: uuid.UUID) -> bool:
    """Let the community, the member's unit and those above them pass; answers whether the actor may act on it. Raises NotFound, Forbidden."""
    target = claim_target(claim_id)
    authorize(actor, READ, target)
    return allowed(actor, ENTER, target) and not _own(actor, target.member_id)


def authorize_enter(actor: Actor, claim_id: uuid.UUID) -> None:
    """Let the community's officer and the unit's liaison pass, but not for a claim of their own. Raises NotFound, Forbidden."""
    target = claim_target(claim_id)
    authorize(actor, ENTER, target)
    if _own(actor, target.member_id):
        raise Forbidden(_("这是您本人的认领，请在“我的认领”中办理。"))


def voucher(actor: Actor, claim_id: uuid.UUID) -> uuid.UUID | None:
    """The account that vouches at once for what it closes: of whoever verifies the records of the claim's community (R70), else None."""
    return actor.account_id if allowed(actor, VERIFY, Target((community_path(claim_id),))) else None


def _own(actor: Actor, member_id: uuid.UUID | None) -> bool:
    return member_id is not None and actor.member_id == member_id
