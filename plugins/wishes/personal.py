"""What is kept of a member: the notes on wishes that the member has fulfilled, for export and erasure."""
from __future__ import annotations

import uuid

from sqlalchemy import Row, select

from core.api import MemberData, _, claim_rows, release_claim, session, tenant_id, unseal
from plugins.wishes.holding import TABLE
from plugins.wishes.models import WishesWish
from plugins.wishes.words import KINDS, STATES

HOLDS = ("held", "done")


def tables(member_id: uuid.UUID) -> list[MemberData]:
    """The wishes that the member has claimed, and what the member wrote about them. The resident is somebody else's data."""
    rows = tuple({"title": row.title, "kind": str(KINDS[row.kind]), "state": str(STATES[row.state]), "claimed_on": row.claimed_on.isoformat(),
                  "proof": unseal(TABLE, "proof", row.id, row.proof) if row.claim_state in HOLDS else None} for row in _claimed(member_id))
    return [MemberData(_("认领的微心愿"), rows)] if rows else []


def erase(member_id: uuid.UUID) -> int:
    """Forget what the member wrote, and let wishes that the member holds go back on the wall: they are the residents'. Answers how many notes."""
    gone = 0
    for row in _claimed(member_id):
        wish = session().get(WishesWish, (tenant_id(), row.id))
        if wish is not None and wish.proof is not None and row.claim_state in HOLDS:
            wish.proof = None
            gone += 1
        if row.claim_state == "held" and row.parent_id is None:
            release_claim(row.claim_id, None, _("认领的党员已离开"))
    session().flush()
    return gone


def _claimed(member_id: uuid.UUID) -> list[Row]:
    claim = claim_rows("wishes")
    return list(session().execute(
        select(WishesWish.id, WishesWish.title, WishesWish.kind, WishesWish.state, WishesWish.proof, claim.c.claimed_on,
               claim.c.state.label("claim_state"), claim.c.id.label("claim_id"), claim.c.parent_id).join(claim, claim.c.matter_id == WishesWish.id)
        .where(WishesWish.tenant_id == tenant_id(), claim.c.member_id == member_id).order_by(claim.c.id)))
