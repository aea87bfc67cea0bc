"""Who holds a wish, and how its state follows what core knows of the claims, whichever page they were made on (R23, R38)."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from core.api import (
    Claimed,
    ClaimFact,
    Conflict,
    NotFound,
    _,
    claim_for_unit,
    claim_rows,
    join_claim,
    lock_matter,
    release_claim,
    session,
    take_claim,
    today,
)
from plugins.wishes.gate import unclaimed_alarm
from plugins.wishes.holding import locked, step
from plugins.wishes.models import LIVE, WishesWish


def take(wish_id: uuid.UUID, member_id: uuid.UUID, *, by: uuid.UUID | None) -> Claimed:
    """Let a member claim a wish that waits; the caller has authorized it. Raises Conflict when somebody was faster, NotFound."""
    _waiting(wish_id, lambda claim: claim.member_id == member_id)
    return take_claim(wish_id, member_id, by=by)


def take_for_unit(wish_id: uuid.UUID, unit_id: uuid.UUID, member_ids: Sequence[uuid.UUID], *, by: uuid.UUID | None) -> Claimed:
    """Let a unit take a harder wish on with several members (R23). Raises Conflict, Invalid, NotFound."""
    _waiting(wish_id, lambda claim: claim.member_id is None and claim.unit_id == unit_id)
    return claim_for_unit(wish_id, unit_id, member_ids, by=by)


def join(wish_id: uuid.UUID, member_ids: Sequence[uuid.UUID], *, by: uuid.UUID | None) -> None:
    """Let further members of the unit serve under its claim. Raises Conflict, Invalid, NotFound."""
    join_claim(held(wish_id).id, member_ids, by=by)


def release(wish_id: uuid.UUID, reason: str) -> None:
    """Give the claim up with a reason; the wish is back on the wall. Raises Conflict, Invalid, NotFound."""
    locked(wish_id)
    release_claim(held(wish_id).id, None, reason)


def holder(wish_id: uuid.UUID) -> Row | None:
    """The claim, a member's own or a unit's, that holds the wish or has fulfilled it: id, member_id, unit_id, state, version, due_on ..."""
    claim = claim_rows("wishes")
    return session().execute(
        select(claim).where(claim.c.matter_id == wish_id, claim.c.parent_id.is_(None), claim.c.state.in_(("held", "done")))
        .order_by((claim.c.state == "held").desc(), claim.c.id.desc()).limit(1)).one_or_none()


def held(wish_id: uuid.UUID) -> Row:
    """The claim that holds the wish now. Raises Conflict when nobody does."""
    found = holder(wish_id)
    if found is None or found.state != "held":
        raise Conflict(_("这个心愿现在没有人认领，请刷新页面查看最新状态。"))
    return found


def members_of(claim: Row) -> list[uuid.UUID]:
    """The members who serve: the claim's own, or those under a unit's."""
    if claim.member_id is not None:
        return [claim.member_id]
    under = claim_rows("wishes")
    return list(session().scalars(select(under.c.member_id).where(
        under.c.parent_id == claim.id, under.c.state.in_(("held", "done"))).order_by(under.c.id)))


def serves(wish_id: uuid.UUID, member_id: uuid.UUID) -> Row | None:
    """The member's claim on a wish, alone or under the unit's, that holds or has fulfilled it; None when there is none."""
    claim = claim_rows("wishes")
    return session().execute(
        select(claim).where(claim.c.matter_id == wish_id, claim.c.member_id == member_id, claim.c.state.in_(("held", "done")))
        .order_by((claim.c.state == "held").desc(), claim.c.id.desc()).limit(1)).one_or_none()


def follow(claim: ClaimFact) -> None:
    """Bring the wish's state into line with its claims, after core has told of one; told twice or late it comes out the same."""
    if claim.source != "wishes":
        return
    try:
        row = locked(claim.matter_id)
    except NotFound:
        return
    if row.state in LIVE:
        _follow(row, claim.reason if claim.state == "released" else None)


def close(matter_id: uuid.UUID) -> None:
    """A matter was closed: a wish that nobody has fulfilled is withdrawn; one that is done still waits for the resident."""
    try:
        row = locked(matter_id)
    except NotFound:
        return
    if row.state in LIVE and lock_matter(matter_id).state == "closed" and holder(matter_id) is None:
        row.state, row.ended_on, row.listed, row.alarm_on = "withdrawn", today(), False, None
        step(row, "withdrawn", by=None)


def _follow(row: WishesWish, reason: str | None) -> None:
    found = holder(row.id)
    if found is None and row.state != "accepted" and lock_matter(row.id).state == "open":
        row.state, row.alarm_on, row.verdict = "accepted", unclaimed_alarm(row.community_id), None
        row.proof = row.remark = row.comment = None
        row.served_on = row.served_minutes = None
        step(row, "back_on_wall", by=None, note=reason)
    elif found is not None and found.state == "held" and row.state == "accepted":
        row.state, row.alarm_on = "claimed", found.due_on
        step(row, "claimed", by=found.claimed_by)
    elif found is not None and found.state == "done" and row.state != "done":
        row.state, row.alarm_on, row.served_on = "done", None, found.ended_on
        step(row, "done", by=None)


def _waiting(wish_id: uuid.UUID, is_ours: Any) -> None:
    """Raise Conflict for a wish that waits for nobody; whoever holds it already is let through, so that sent twice is once."""
    row = locked(wish_id)
    found = holder(wish_id)
    if row.state != "accepted" and not (found is not None and found.state == "held" and is_ours(found)):
        raise Conflict(_("这个心愿刚被别人认领，或已经撤下。请看看其他心愿。"))
