"""What becomes of a claim after it was done: the recipient's judgement counts for its records, or it is opened again (R70, R78)."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import or_, select

from core import audit
from core.errors import Conflict, Invalid, NotFound
from core.extension.dispatch import tell
from core.i18n import _
from core.service import evaluation, records
from core.service.claims.matters import locked as locked_matter, require_open
from core.service.claims.models import Claim
from core.service.claims.waiting import fact
from core.service.models import ServiceRecord
from core.tenancy import session
from core.tenancy.scope import tenant_id

OPEN = ("submitted", "verified")


def settle(claim_id: uuid.UUID, channel: str, rating: str, comment: str | None, on: dt.date, *, by: uuid.UUID | None) -> int:
    """Let the recipient's judgement of a claim count for the records into which it closed; answers how many still wait.

    `channel` is "code", "paper" or "visit", `on` the day of the judgement. `by`: the officer who vouches for records that nobody has
    verified yet; None leaves those waiting, to be settled later. The caller has authorized it. Raises Invalid, Conflict,
    Forbidden for a record of `by`'s own.
    """
    waiting = 0
    for row in _records(claim_id):
        vouching = by if row.status == "submitted" else by or row.verified_by
        if row.status in OPEN and vouching is not None:
            evaluation.count_directly(row.id, channel, rating, comment, on, by=vouching)
        else:
            waiting += row.status != "counted"
    return waiting


def reopen(claim_id: uuid.UUID, reason: str) -> None:
    """Let a claim that was done go on, since the recipient says that it was not; its records are withdrawn with the `reason`.

    The claim keeps its place. Raises NotFound, Invalid without a reason, Conflict when it is not done or its matter is closed.
    """
    if len(reason.strip()) < 2:
        raise Invalid(_("请写明还差什么，认领人会看到。"), {"reason": [_("请填写")]})
    matter_id = session().scalar(select(Claim.matter_id).where(Claim.tenant_id == tenant_id(), Claim.id == claim_id))
    if matter_id is None:
        raise NotFound
    require_open(locked_matter(matter_id))
    claims = session().scalars(select(Claim).where(Claim.tenant_id == tenant_id(), Claim.state == "done",
                                                   or_(Claim.id == claim_id, Claim.parent_id == claim_id)).order_by(Claim.id)).all()
    if claim_id not in {one.id for one in claims}:
        raise Conflict(_("这次认领没有办结，不用重新办理。"))
    for record in _records(claim_id):
        records.withdraw(record.id, record.version, reason)
    for one in claims:
        one.state, one.ended_on, one.reason = "held", None, None
        one.version += 1
        audit.record("claim.reopened", "claim", one.id, {"source": one.source})
    session().flush()
    for one in claims:
        tell("claim_taken", claim=fact(one))


def _records(claim_id: uuid.UUID) -> Any:
    """The records of a claim and of those who served under it, but for the withdrawn ones."""
    return session().execute(
        select(ServiceRecord.id, ServiceRecord.status, ServiceRecord.version, ServiceRecord.verified_by)
        .join(Claim, (Claim.tenant_id == ServiceRecord.tenant_id) & (Claim.id == ServiceRecord.claim_id))
        .where(ServiceRecord.tenant_id == tenant_id(), or_(Claim.id == claim_id, Claim.parent_id == claim_id),
               ServiceRecord.status.in_((*OPEN, "returned", "counted"))).order_by(ServiceRecord.id)).all()

