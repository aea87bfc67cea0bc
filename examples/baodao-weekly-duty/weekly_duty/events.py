"""What the unit's people do in the community during its turn counts by itself: nobody reports it twice."""
from __future__ import annotations

from sqlalchemy import update

from core.api import RecordFact, audit, hookimpl, session
from weekly_duty.models import WeekDuty


@hookimpl
def record_counted(record: RecordFact) -> None:
    """One service more in the turn, if there is one."""
    _count(record, 1)


@hookimpl
def record_withdrawn(record: RecordFact) -> None:
    """One less."""
    _count(record, -1)


def _count(record: RecordFact, more: int) -> None:
    touched = session().scalars(
        update(WeekDuty).values(services=WeekDuty.services + more).where(
            WeekDuty.community_id == record.community_id, WeekDuty.unit_id == record.unit_id,
            WeekDuty.starts_on <= record.happened_on, WeekDuty.ends_on >= record.happened_on).returning(WeekDuty.id)).all()
    for turn in touched:
        audit("weekly_duty.service_counted", "weekly_duty_turn", turn, {"more": more})
