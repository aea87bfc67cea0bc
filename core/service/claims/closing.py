"""Closing a matter, with what becomes of the claims on it, and opening it again."""
from __future__ import annotations

import uuid

from sqlalchemy import select

from core import audit
from core.errors import Conflict
from core.extension.dispatch import tell
from core.i18n import _
from core.service.claims.claiming import end
from core.service.claims.matters import fact, locked, require_on, require_open
from core.service.claims.models import LIVE, Claim
from core.service.claims.waiting import fact as claim_fact
from core.tenancy import session, today
from core.tenancy.scope import tenant_id


def close_matter(matter_id: uuid.UUID, version: int | None, reason: str = "") -> int:
    """Close a matter; claims that are still open lapse, and their members read the `reason`. Answers how many had held a place.

    Raises Conflict, NotFound.
    """
    row = locked(matter_id, version)
    require_open(row)
    live = session().scalars(select(Claim).where(Claim.tenant_id == tenant_id(), Claim.matter_id == matter_id, Claim.state.in_(LIVE))
                             .order_by(Claim.id).execution_options(populate_existing=True)).all()
    held = [claim for claim in live if claim.state == "held"]
    for claim in live:
        end(claim, "lapsed", reason)
    row.state, row.closed_on, row.closed_reason = "closed", today(), reason.strip()[:300] or None
    row.taken -= sum(claim.parent_id is None for claim in held)
    row.version += 1
    session().flush()
    audit.record("matter.closed", "matter", row.id, {"lapsed": len(live)})
    for claim in held:
        tell("claim_ended", claim=claim_fact(claim))
    tell("matter_closed", matter=fact(row))
    return len(held)


def reopen_matter(matter_id: uuid.UUID, version: int | None) -> None:
    """Open a closed matter again; claims that lapsed stay so, and may be made anew. Raises Conflict, NotFound."""
    row = locked(matter_id, version)
    if row.state != "closed":
        raise Conflict(_("这件事还没有关闭，不用重新开放。"))
    require_on(row.source)
    row.state, row.closed_on, row.closed_reason = "open", None, None
    row.version += 1
    session().flush()
    audit.record("matter.reopened", "matter", row.id)
    tell("matter_opened", matter=fact(row))
