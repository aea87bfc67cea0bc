"""Writes down what is told and counts it up: told twice is told once, and in whatever order."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from core.api import RecordFact, audit, new_id, session, settings, tenant_id, today

from .models import TallyService

_OF_RECORD = ["tenant_id", "record_id"]


def add(record: RecordFact) -> None:
    """A service counts, unless it is known already: as counted, or as withdrawn by news that came earlier."""
    if record.kind in settings("tally", record.community_id)["left_out"]:
        return
    session().execute(_row(record, counts=True).on_conflict_do_nothing(index_elements=_OF_RECORD))
    audit("tally.counted", "service_record", record.record_id)


def take_back(record: RecordFact) -> None:
    """A service counts no longer, and never again."""
    session().execute(_row(record, counts=False).on_conflict_do_update(index_elements=_OF_RECORD, set_={"counts": False}))
    audit("tally.uncounted", "service_record", record.record_id)


def by_kind(member_id: uuid.UUID) -> Sequence[Row[Any]]:
    """The member's kinds of service, each with its number."""
    return session().execute(select(TallyService.kind, func.count().label("services")).where(*_of(member_id))
                             .group_by(TallyService.kind).order_by(TallyService.kind)).all()


def kinds(member_id: uuid.UUID) -> int:
    """In how many kinds the member has served."""
    return session().scalar(select(func.count(TallyService.kind.distinct())).where(*_of(member_id))) or 0


def erase(member_id: uuid.UUID) -> int:
    """Remove the member's rows; answers how many there were."""
    return len(session().execute(delete(TallyService).where(
        TallyService.tenant_id == tenant_id(), TallyService.member_id == member_id).returning(TallyService.id)).all())


def _of(member_id: uuid.UUID) -> tuple[Any, ...]:
    return TallyService.tenant_id == tenant_id(), TallyService.member_id == member_id, TallyService.counts


def _row(record: RecordFact, *, counts: bool) -> Any:
    return insert(TallyService).values(tenant_id=tenant_id(), id=new_id(), member_id=record.member_id, record_id=record.record_id,
                                       kind=record.kind, counts=counts, told_on=today())
