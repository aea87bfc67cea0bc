"""Writes down what is told and counts it up: told twice is told once, and in whatever order."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from core.api import new_id, session, tenant_id
from tally.models import TallyEntry

_OF_FACT = ["tenant_id", "fact_id"]


def add(member_id: uuid.UUID, fact_id: uuid.UUID, kind: str, day: dt.date) -> None:
    """Something counts, unless it is known already: as counted, or as withdrawn by news that came earlier."""
    session().execute(_row(member_id, fact_id, kind, day, counts=True)
                      .on_conflict_do_nothing(index_elements=_OF_FACT))


def take_back(member_id: uuid.UUID, fact_id: uuid.UUID, kind: str, day: dt.date) -> None:
    """It counts no longer, and never again."""
    session().execute(_row(member_id, fact_id, kind, day, counts=False)
                      .on_conflict_do_update(index_elements=_OF_FACT, set_={"counts": False}))


def by_kind(member_id: uuid.UUID) -> Sequence[Row[Any]]:
    """The member's kinds, each with its number."""
    return session().execute(
        select(TallyEntry.kind, func.count().label("times"))
        .where(TallyEntry.member_id == member_id, TallyEntry.counts)
        .group_by(TallyEntry.kind).order_by(TallyEntry.kind)).all()


def kinds(member_id: uuid.UUID) -> int:
    """How many kinds the member has to show."""
    return session().scalar(
        select(func.count(TallyEntry.kind.distinct()))
        .where(TallyEntry.member_id == member_id, TallyEntry.counts)) or 0


def of(member_id: uuid.UUID) -> Sequence[Row[Any]]:
    """All that is kept of the member."""
    return session().execute(
        select(TallyEntry.kind, TallyEntry.day, TallyEntry.counts)
        .where(TallyEntry.member_id == member_id).order_by(TallyEntry.day, TallyEntry.id)).all()


def erase(member_id: uuid.UUID) -> int:
    """Remove the member's rows; answers how many there were."""
    return len(session().execute(
        delete(TallyEntry).where(TallyEntry.member_id == member_id).returning(TallyEntry.id)).all())


def _row(member_id: uuid.UUID, fact_id: uuid.UUID, kind: str, day: dt.date, *, counts: bool) -> Any:
    return insert(TallyEntry).values(
        tenant_id=tenant_id(), id=new_id(), member_id=member_id, fact_id=fact_id, kind=kind, day=day, counts=counts, version=1)
