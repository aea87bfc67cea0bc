"""Reads what waits for the community beside its records: requests for a correction, and records to call back on."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, select, tuple_

from core.access.actor import GrantFact
from core.members.models import Member
from core.service.models import RecordCallback, RecordCorrection, ServiceRecord
from core.service.queries import PAGE, within_communities
from core.tenancy import session
from core.tenancy.scope import tenant_id


class CorrectionRow(NamedTuple):
    """One request that waits: the record as it is, and (`wanted_...`) as it should be."""

    id: uuid.UUID
    record_id: uuid.UUID
    member: str
    title: str
    kind: str
    place: str | None
    happened_on: dt.date
    minutes: int
    status: str
    wanted_title: str
    wanted_kind: str
    wanted_place: str | None
    wanted_happened_on: dt.date
    wanted_minutes: int
    reason: str
    created_at: dt.datetime


class CallbackRow(NamedTuple):
    """One record to call back on; `tries`: how often nobody was reached. The recipient's name stands on the record's page only."""

    id: uuid.UUID
    record_id: uuid.UUID
    member: str
    title: str
    happened_on: dt.date
    counted_on: dt.date | None
    state: str
    due_on: dt.date
    tries: int


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """A page of rows; `next` is the id from which the next page goes on, None at the end."""

    rows: list[Any]
    next: uuid.UUID | None = None


def corrections(grants: Iterable[GrantFact], *, after: uuid.UUID | None = None, limit: int = PAGE) -> WaitingPage:
    """Requests that wait, the oldest first. One query, one more from the second page on."""
    of = RecordCorrection
    query: Any = select(of.id, of.record_id, Member.name, ServiceRecord.title, ServiceRecord.kind, ServiceRecord.place, ServiceRecord.happened_on,
                        ServiceRecord.minutes, ServiceRecord.status, of.title, of.kind, of.place, of.happened_on, of.minutes, of.reason,
                        of.created_at)
    return _page(_of(query, of, grants).where(of.status == "open"), CorrectionRow, (of.created_at, of.id), after, limit)


def callbacks(grants: Iterable[GrantFact], *, after: uuid.UUID | None = None, limit: int = PAGE) -> WaitingPage:
    """Records to call back on, and those of which the recipient said otherwise until somebody has looked into it; the one that has been
    due longest first. One query, one more from the second page on.
    """
    of = RecordCallback
    query: Any = select(of.id, of.record_id, Member.name, ServiceRecord.title, ServiceRecord.happened_on, ServiceRecord.counted_on, of.state,
                        of.due_on, of.tries)
    query = _of(query, of, grants).where(of.state.in_(("open", "differs")), ServiceRecord.status == "counted")
    return _page(query, CallbackRow, (of.due_on, of.id), after, limit)


def _of(query: Select[Any], of: Any, grants: Iterable[GrantFact]) -> Select[Any]:
    return (query.select_from(of).join(ServiceRecord, (ServiceRecord.tenant_id == of.tenant_id) & (ServiceRecord.id == of.record_id))
            .join(Member, (Member.tenant_id == ServiceRecord.tenant_id) & (Member.id == ServiceRecord.member_id))
            .where(of.tenant_id == tenant_id(), within_communities(grants)))


def _page(query: Select[Any], row: Any, order: tuple[Any, ...], after: uuid.UUID | None, limit: int) -> WaitingPage:
    """A page from behind a row that stands in the list itself; any other id is the list's beginning."""
    if after is not None:
        key = session().execute(query.with_only_columns(*order, maintain_column_froms=True).where(order[-1] == after)).one_or_none()
        query = query if key is None else query.where(tuple_(*order) > tuple_(*key))
    found = session().execute(query.order_by(*order).limit(limit + 1)).all()
    return WaitingPage([row(*one) for one in found[:limit]], found[limit - 1].id if len(found) > limit else None)
