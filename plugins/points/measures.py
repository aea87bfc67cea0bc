"""Points as named numbers for other plugins and rules: whole points, as a threshold such as "50 points" means them."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Integer, Select, cast, func, select

from core.api import tenant_id, today
from plugins.points import holding, ledger
from plugins.points.calendar import period_of
from plugins.points.models import PointsAccount, PointsEntry

_EARNED = ("earned", "base", "corrected")


def balance(member_id: uuid.UUID) -> int:
    """A member's balance in whole points."""
    return ledger.balance(member_id) // 100


def balances() -> Select:
    """The balance of everybody who has an account."""
    return select(PointsAccount.member_id, (PointsAccount.balance // 100).label("value")).where(
        PointsAccount.tenant_id == tenant_id(), PointsAccount.member_id.is_not(None))


def in_period(member_id: uuid.UUID) -> int:
    """What a member has earned in the present period, in whole points, whatever was spent of it."""
    return ledger.in_period(member_id, _period()) // 100


def in_periods() -> Select:
    """The same for everybody."""
    return select(PointsEntry.member_id, (cast(func.sum(PointsEntry.points), Integer) // 100).label("value")).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.period == _period(), PointsEntry.member_id.is_not(None),
        PointsEntry.contra.in_(_EARNED)).group_by(PointsEntry.member_id)


def _period() -> Any:
    return period_of(today(), holding.for_tenant(today()).document["period"])
