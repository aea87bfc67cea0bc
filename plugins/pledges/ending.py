"""How a pledge ends: with its claim, by itself; or by the officer's hand, who may also take that back."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import or_, select

from core.api import ClaimFact, Conflict, _, audit, claim_rows, session, tenant_id, today
from plugins.pledges.models import Pledge
from plugins.pledges.placing import changed, locked
from plugins.pledges.publishing import needed_reason

ENDED = ("done", "released", "lapsed")
OUTCOMES = ("kept", "released", "not_kept")
AT_ONCE = 500


def claim_ended(claim: ClaimFact) -> int:
    """Close the pledge on a claim that has ended, and those on the claims of members who served under it; answers how many changed.

    May come late and twice: an end that was taken into account already changes nothing, nor one after the officer's own decision.
    """
    if claim.state not in ENDED:
        return 0
    claims = claim_rows()
    under = select(claims.c.id).where(claims.c.parent_id == claim.claim_id, claims.c.state.in_(ENDED))
    which = Pledge.claim_id == claim.claim_id if claim.member_id is not None else or_(Pledge.claim_id == claim.claim_id, Pledge.claim_id.in_(under))
    rows = session().scalars(select(Pledge).where(Pledge.tenant_id == tenant_id(), Pledge.claim_state.is_(None), which)
                             .order_by(Pledge.id).with_for_update().execution_options(populate_existing=True)).all()
    for row in rows:
        _follow(row, claim.state, claim.ended_on or today(), claim.reason)
    return len(rows)


def catch_up() -> int:
    """Close open pledges whose claims ended without anybody telling, such as while the plugin was off; answers how many."""
    claims = claim_rows()
    rows: Any = session().execute(
        select(Pledge, claims.c.state.label("claim_ended"), claims.c.ended_on.label("on"), claims.c.reason.label("why"))
        .join(claims, claims.c.id == Pledge.claim_id)
        .where(Pledge.tenant_id == tenant_id(), Pledge.state == "open", Pledge.claim_state.is_(None), claims.c.state.in_(ENDED))
        .order_by(Pledge.id).limit(AT_ONCE).with_for_update(of=Pledge, skip_locked=True)).all()
    for row, state, on, why in rows:
        _follow(row, state, on, why)
    return len(rows)


def _follow(row: Pledge, claim_state: str, on: dt.date, reason: str | None) -> None:
    row.claim_state = claim_state
    if row.state == "open":
        if claim_state == "done":
            _end(row, "kept" if on <= row.deadline else "kept_late", on, None)
        else:
            _end(row, "released", on, reason)
    else:
        session().flush()


def close(pledge_id: uuid.UUID, version: int | None, outcome: str, reason: str) -> None:
    """Close by hand: kept, released or not kept, the last two with a reason. Raises Conflict, Invalid, NotFound."""
    row = locked(pledge_id, version)
    if row.state != "open" or outcome not in OUTCOMES:
        raise Conflict(_("这项承诺已经办结，请刷新页面查看最新状态。"))
    why = reason.strip()[:300] or None if outcome == "kept" else needed_reason(reason)
    if outcome == "kept" and row.deadline < today():
        outcome = "kept_late"
    _end(row, outcome, today(), why)


def break_off(row: Pledge, reason: str) -> None:
    """Mark a locked pledge as not kept, since an objection was found to be right, whether it is open or was taken for kept."""
    _end(row, "not_kept", today(), reason)


def reopen(pledge_id: uuid.UUID, version: int | None, reason: str) -> None:
    """Take an end back, with a reason; from then on only the officer ends it where its claim is over. Raises Conflict, Invalid, NotFound."""
    row = locked(pledge_id, version)
    if row.state == "open":
        raise Conflict(_("这项承诺还没有办结。"))
    row.reason = needed_reason(reason)
    row.state, row.ended_on = "open", None
    changed(row)
    audit("pledges.reopened", "pledges_pledge", row.id)


def _end(row: Pledge, state: str, on: dt.date, reason: str | None) -> None:
    row.state, row.ended_on, row.reason = state, on, reason
    row.asked_deadline = row.asked_reason = None
    changed(row)
    audit(f"pledges.{state}", "pledges_pledge", row.id)
