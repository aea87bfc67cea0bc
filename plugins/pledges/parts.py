"""What pledges lend to other pages: columns for the work registers, lines for a member's page."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select

from core.api import ClaimPart, MemberYearPart, _, acting, allowed, claim_rows, claim_target, matter_rows, session, tenant_id, today
from plugins.pledges import rights
from plugins.pledges.models import Pledge
from plugins.pledges.words import state_word, tone

LINES = 5


def of_claims(claim_ids: Sequence[uuid.UUID]) -> list[ClaimPart]:
    """The promise, its deadline and its state on each claim that has one; one query."""
    rows = session().execute(select(Pledge.claim_id, Pledge.text, Pledge.deadline, Pledge.state).where(
        Pledge.tenant_id == tenant_id(), Pledge.claim_id.in_(claim_ids))).all()
    return [ClaimPart(_("承诺"), {row.claim_id: row.text for row in rows}, 50),
            ClaimPart(_("承诺期限"), {row.claim_id: row.deadline.isoformat() for row in rows}, 51),
            ClaimPart(_("承诺状态"), {row.claim_id: state_word(row.state, row.deadline, today()) for row in rows}, 52)]


def of_period(community_ids: Sequence[uuid.UUID], begins_on: dt.date, ends_on: dt.date) -> list[MemberYearPart]:
    """How many public pledges made in a period members have in communities, and how many of them were kept; one query.

    The titles are kept with the letter and are the country's words, whoever presses.
    """
    kept = func.count().filter(Pledge.state.in_(("kept", "kept_late"))).label("kept")
    rows = session().execute(select(Pledge.community_id, Pledge.member_id, func.count().label("made"), kept).where(
        Pledge.tenant_id == tenant_id(), Pledge.community_id.in_(community_ids), Pledge.member_id.is_not(None), Pledge.published_on.is_not(None),
        Pledge.made_on.between(begins_on, ends_on)).group_by(Pledge.community_id, Pledge.member_id)).all()
    return [MemberYearPart("pledges.made", "公开承诺", {(row.community_id, row.member_id): row.made for row in rows}, 50),
            MemberYearPart("pledges.kept", "兑现承诺", {(row.community_id, row.member_id): row.kept for row in rows if row.kept}, 51)]


def on_claim(claim_id: uuid.UUID, *, own: bool) -> dict[str, Any]:
    """The promise on a claim or on the unit's above it, in words; else whether one may be made; {} where there is nothing to say."""
    claims = claim_rows()
    promised = (Pledge.tenant_id == tenant_id()) & or_(Pledge.claim_id == claims.c.id, Pledge.claim_id == claims.c.parent_id)
    row = session().execute(select(claims.c.state.label("claim_state"), Pledge.id, Pledge.text, Pledge.deadline, Pledge.state, Pledge.member_id)
                            .outerjoin(Pledge, promised).where(claims.c.id == claim_id)).first()
    if row is None:
        return {}
    if row.id is None:
        return {"row": None, "own": own} if row.claim_state == "held" and _may_make(claim_id, own) else {}
    opens = row.member_id is not None if own else acting().can(rights.READ)
    return {"row": {**row._mapping, "word": state_word(row.state, row.deadline, today()), "tone": tone(row.state, row.deadline, today())},
            "own": own, "opens": opens}


def _may_make(claim_id: uuid.UUID, own: bool) -> bool:
    if own:
        return acting().can(rights.SELF)
    target = claim_target(claim_id)
    return allowed(acting(), rights.FILE, target) or allowed(acting(), rights.MANAGE, target)


def latest(member_id: uuid.UUID) -> list[dict[str, Any]]:
    """A member's latest pledges in words."""
    matters = matter_rows()
    rows = session().execute(select(Pledge.id, Pledge.text, Pledge.deadline, Pledge.state, matters.c.title)
                             .join(matters, matters.c.id == Pledge.matter_id)
                             .where(Pledge.tenant_id == tenant_id(), Pledge.member_id == member_id).order_by(Pledge.id.desc()).limit(LINES))
    return [{**row._mapping, "word": state_word(row.state, row.deadline, today()), "tone": tone(row.state, row.deadline, today())} for row in rows]
