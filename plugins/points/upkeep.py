"""The ledger's upkeep: the nightly comparison of balances with their entries, and what happens when a member is erased."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update

from core.api import JobContext, audit, session, tenant_id
from plugins.points.ledger import hold
from plugins.points.models import PointsAccount, PointsCorrection, PointsEntry, PointsExclusion

_ABOUT_THE_PERSON = (PointsExclusion, PointsCorrection)


def erase(member_id: uuid.UUID) -> int:
    """Remove what is about the person; the ledger stays under an id that names nobody: its own words are rules. Answers the number of rows."""
    return sum(len(session().execute(delete(table).where(table.tenant_id == tenant_id(), table.member_id == member_id)
                                     .returning(table.id)).all()) for table in _ABOUT_THE_PERSON)


def check_balances(context: JobContext) -> dict[str, Any]:
    """The nightly comparison of balances with the sum of their entries; a difference is mended and told."""
    sums = (select(PointsEntry.member_id, func.sum(PointsEntry.points).label("points")).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.member_id.is_not(None)).group_by(PointsEntry.member_id).subquery("sums"))
    suspects: Sequence[Any] = session().execute(
        select(PointsAccount.member_id).outerjoin(sums, sums.c.member_id == PointsAccount.member_id)
        .where(PointsAccount.tenant_id == tenant_id(), PointsAccount.member_id.is_not(None),
               PointsAccount.balance != func.coalesce(sums.c.points, 0)).order_by(PointsAccount.member_id)).scalars().all()
    mended = 0
    for member_id in suspects:
        context.progress(mended, len(suspects))
        mended += _mend(member_id)
    return {"mended": mended}


def _mend(member_id: uuid.UUID) -> bool:
    held = hold([member_id])[member_id]  # summed once more under the lock: an entry may have come meanwhile
    due = session().scalar(select(func.coalesce(func.sum(PointsEntry.points), 0)).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.member_id == member_id))
    if due == held:
        return False
    account = session().execute(
        update(PointsAccount).where(PointsAccount.tenant_id == tenant_id(), PointsAccount.member_id == member_id)
        .values(balance=due).returning(PointsAccount.id)).scalar_one()
    audit("points.balance_mended", "points_account", account, {"before": held, "after": due})
    return True
