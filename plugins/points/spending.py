"""Takes points off a balance that are spent, from the oldest period first, and gives them back; the caller holds the account."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import func, select

from core.api import Conflict, _, session, tenant_id, today
from plugins.points import ledger
from plugins.points.fields import shown
from plugins.points.models import PointsEntry


def spend(member_id: uuid.UUID, balance: int, cost: int, *, kind: str, contra: str, source: str, source_id: uuid.UUID, words: str) -> None:
    """Take `cost` hundredths. Raises Conflict when the balance does not reach: spending never leaves a debt."""
    if cost > balance:
        raise Conflict(_("积分不够：现有 %(have)s 分，需要 %(need)s 分。", have=shown(balance), need=shown(cost)))
    open_cost = cost
    for period, left in _by_period(member_id):
        taken = min(left, open_cost)
        if taken > 0:
            ledger.enter(kind, contra, member_id, -taken, period=period, happened_on=today(), source=source, source_id=source_id,
                         rule_key=period.isoformat(), rule=words)
            open_cost -= taken
    if open_cost:
        raise Conflict(_("积分不够。"))


def give_back(member_id: uuid.UUID, source: str, source_id: uuid.UUID, words: str) -> None:
    """Return what was taken for something, to the periods from which it came."""
    rows = session().execute(select(PointsEntry.period, PointsEntry.points).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.source_id == source_id, PointsEntry.kind == "redeemed").order_by(PointsEntry.period)).all()
    for row in rows:
        ledger.enter("returned", "redeemed", member_id, -row.points, period=row.period, happened_on=today(), source=source, source_id=source_id,
                     rule_key=row.period.isoformat(), rule=words)


def _by_period(member_id: uuid.UUID) -> list[tuple[dt.date, int]]:
    total = func.sum(PointsEntry.points)
    rows = session().execute(select(PointsEntry.period, total).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.member_id == member_id).group_by(PointsEntry.period).having(total > 0)
        .order_by(PointsEntry.period))
    return [(period, int(points)) for period, points in rows]
