"""Writes down what is told and counts it up: told twice is told once, and in whatever order."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from core.api import new_id, session, tenant_id, today

from .models import TallyEntry

_OF_FACT = ["tenant_id", "fact_id"]


def add(member_id: uuid.UUID, fact_id: uuid.UUID, kind: str) -> None:
    """Something counts, unless it is known already: as counted, or as withdrawn by news that came earlier."""
    session().execute(_row(member_id, fact_id, kind, counts=True).on_conflict_do_nothing(index_elements=_OF_FACT))


def take_back(member_id: uuid.UUID, fact_id: uuid.UUID, kind: str) -> None:
    """It counts no longer, and never again."""
    session().execute(_row(member_id, fact_id, kind, counts=False).on_conflict_do_update(index_elements=_OF_FACT, set_={"counts": False}))


def by_kind(member_id: uuid.UUID) -> Sequence[Row[Any]]:
    """The member's kinds, each with its number."""
    return session().execute(select(TallyEntry.kind, func.count().label("times")).where(*_of(member_id))
                             .group_by(TallyEntry.kind).order_by(TallyEntry.kind)).all()


def kinds(member_id: uuid.UUID) -> int:
    """How many kinds the member has to show."""
    return session().scalar(select(func.count(TallyEntry.kind.distinct())).where(*_of(member_id))) or 0


def erase(member_id: uuid.UUID) -> int:
    """Remove the member's rows; answers how many there were."""
    return len(session().execute(delete(TallyEntry).where(
        TallyEntry.tenant_id == tenant_id(), TallyEntry.member_id == member_id).returning(TallyEntry.id)).all())


def _of(member_id: uuid.UUID) -> tuple[Any, ...]:
    return TallyEntry.tenant_id == tenant_id(), TallyEntry.member_id == member_id, TallyEntry.counts


def _row(member_id: uuid.UUID, fact_id: uuid.UUID, kind: str, *, counts: bool) -> Any:
    return insert(TallyEntry).values(tenant_id=tenant_id(), id=new_id(), member_id=member_id, fact_id=fact_id, kind=kind, counts=counts,
                                     told_on=today())
