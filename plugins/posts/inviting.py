"""Asking a member to take a post 请他认领: yes makes a claim, no needs no reason, and nobody is asked twice at a time (R7)."""
from __future__ import annotations

import uuid

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.api import Claimed, Conflict, NotFound, _, audit, lock_matter, new_id, now, session, take_claim, tenant_id, today
from plugins.posts import queries
from plugins.posts.models import Invitation


def invite(post_id: uuid.UUID, member_id: uuid.UUID, *, by: uuid.UUID) -> bool:
    """Ask a member; answers False when that was done already. The caller has authorized post and member. Raises Conflict, NotFound."""
    if lock_matter(post_id).state != "open":
        raise Conflict(_("这个岗位已经关闭，不能再邀请。"))
    if queries.own_claim(post_id, member_id) is not None:
        raise Conflict(_("这名党员已经认领了这个岗位。"))
    made = session().execute(insert(Invitation).values(
        tenant_id=tenant_id(), id=new_id(), matter_id=post_id, member_id=member_id, state="open", invited_by=by, invited_on=today(),
        created_at=now()).on_conflict_do_nothing().returning(Invitation.id)).scalar_one_or_none()
    if made is not None:
        audit("posts.invited", "posts_invitation", made)
    return made is not None


def accept(invitation_id: uuid.UUID, member_id: uuid.UUID, *, by: uuid.UUID | None) -> Claimed:
    """Say yes: the invitation becomes a claim, or waits for a place. Raises Conflict, NotFound."""
    row = _answered(invitation_id, member_id, "accepted")
    return take_claim(row.matter_id, member_id, by=by)


def decline(invitation_id: uuid.UUID, member_id: uuid.UUID) -> None:
    """Say no, without a reason. Raises Conflict, NotFound."""
    _answered(invitation_id, member_id, "declined")


def settle(post_id: uuid.UUID, member_id: uuid.UUID) -> None:
    """An open invitation is answered by a claim that was made without it."""
    row = session().scalar(select(Invitation).where(Invitation.tenant_id == tenant_id(), Invitation.matter_id == post_id,
                                                    Invitation.member_id == member_id, Invitation.state == "open").with_for_update())
    if row is not None:
        row.state, row.answered_on = "accepted", today()


def erase(member_id: uuid.UUID) -> int:
    """Remove a member's invitations; answers how many."""
    return len(session().execute(delete(Invitation).where(Invitation.tenant_id == tenant_id(), Invitation.member_id == member_id)
                                 .returning(Invitation.id)).all())


def _answered(invitation_id: uuid.UUID, member_id: uuid.UUID, state: str) -> Invitation:
    row = session().scalar(select(Invitation).where(Invitation.tenant_id == tenant_id(), Invitation.id == invitation_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None or row.member_id != member_id:
        raise NotFound
    if row.state != "open":
        raise Conflict(_("这份邀请已经答复过，或已收回。"))
    row.state, row.answered_on = state, today()
    audit(f"posts.{state}", "posts_invitation", row.id)
    return row
