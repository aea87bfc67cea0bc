"""Reads the dated duties to report in: lists that begin with the most overdue, one duty with its history."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from core.access.actor import GrantFact
from core.access.authorization import Target
from core.access.models import Account
from core.errors import NotFound
from core.members.models import Member
from core.members.names import search_terms
from core.organizations import tree
from core.organizations.models import Organization
from core.registration.models import Obligation, ObligationEvent
from core.registration.paging import PAGE, Listing, listing
from core.registration.reach import within
from core.tenancy import session, today
from core.tenancy.clock import LOCAL
from core.tenancy.scope import tenant_id

STATES = ("overdue", "open", "met", "closed")
CAUSES = ("initial", "new_member", "residence_changed", "workplace_changed")


@dataclass(frozen=True, slots=True)
class ObligationFilter:
    """What to list. `grants` bound it. `state` is overdue, open (overdue ones too), met or closed (superseded, waived).

    `reason` is given or none; `below` the path of a unit, sector or place within reach; `text` a name, pinyin or initials.
    """

    grants: tuple[GrantFact, ...]
    state: str = "open"
    cause: str | None = None
    reason: str | None = None
    below: str = ""
    text: str = ""


class ObligationRow(NamedTuple):
    """One line of the list."""

    id: uuid.UUID
    member_id: uuid.UUID
    name: str
    unit: str
    community: str
    basis: str
    cause: str
    starts_on: dt.date
    due_on: dt.date
    status: str
    met_on: dt.date | None
    reason_code: str | None
    reason: str | None
    version: int

    @property
    def overdue_days(self) -> int:
        """Whole days past the due day; 0 when the duty is not open or not yet due."""
        return max(0, (today() - self.due_on).days) if self.status == "open" else 0


def obligation_list(wanted: ObligationFilter, *, after: uuid.UUID | None = None, before: uuid.UUID | None = None,
                    limit: int = PAGE) -> Listing:
    """A page of duties, the earliest due first, as ObligationRow: two queries, one more from the second page on."""
    page = listing(_select(wanted), (Obligation.due_on, Obligation.id), after=after, before=before, limit=limit)
    return Listing(_rows(page.rows), page.previous, page.next)


def obligation_rows(wanted: ObligationFilter, limit: int) -> Iterator[ObligationRow]:
    """All of them in order, for an export."""
    yield from _rows(session().execute(_select(wanted).order_by(Obligation.due_on, Obligation.id).limit(limit)).all())


def obligation_counts(grants: tuple[GrantFact, ...]) -> dict[str, int]:
    """Open and overdue duties within reach, in one query."""
    row = session().execute(select(func.count(), func.count().filter(Obligation.due_on < today())).select_from(Obligation).where(
        Obligation.tenant_id == tenant_id(), Obligation.status == "open", _reach(grants))).one()
    return {"open": row[0], "overdue": row[1]}


def _rows(found: Any) -> list[ObligationRow]:
    names = tree.names(i for r in found for i in (r.unit_id, r.community_id))
    return [ObligationRow(*r)._replace(unit=names.get(r.unit_id, ""), community=names.get(r.community_id, "")) for r in found]


def _columns() -> Select:
    return (select(Obligation.id, Obligation.member_id, Member.name, Obligation.unit_id, Obligation.community_id, Obligation.basis,
                   Obligation.cause, Obligation.starts_on, Obligation.due_on, Obligation.status, Obligation.met_on, Obligation.reason_code,
                   Obligation.reason, Obligation.version)
            .join(Member, and_(Member.tenant_id == Obligation.tenant_id, Member.id == Obligation.member_id))
            .where(Obligation.tenant_id == tenant_id()))


def _select(wanted: ObligationFilter) -> Select:
    query = _columns().where(_reach(wanted.grants), *_state(wanted.state))
    if wanted.cause:
        query = query.where(Obligation.cause == wanted.cause)
    if wanted.reason:
        query = query.where(Obligation.reason_code.is_(None) if wanted.reason == "none" else Obligation.reason_code.is_not(None))
    if wanted.below:
        places = select(Organization.id).where(Organization.tenant_id == tenant_id(), Organization.path.bool_op("^@")(wanted.below))
        query = query.where(or_(Obligation.unit_id.in_(places), Obligation.community_id.in_(places)))
    if text := wanted.text.strip():
        term = search_terms(text)
        column = {"name": Member.name, "pinyin": Member.pinyin, "initials": Member.initials}[term.kind]
        query = query.where(column.bool_op("^@")(term.value))
    return query


def _state(state: str) -> tuple[ColumnElement[bool], ...]:
    states: dict[str, tuple[ColumnElement[bool], ...]] = {
        "overdue": (Obligation.status == "open", Obligation.due_on < today()), "open": (Obligation.status == "open",),
        "met": (Obligation.status == "met",), "closed": (Obligation.status.in_(("superseded", "waived")),)}
    return states.get(state, states["open"])


def _reach(grants: tuple[GrantFact, ...]) -> ColumnElement[bool]:
    return within(grants, unit=Obligation.unit_id, community=Obligation.community_id)


class EventRow(NamedTuple):
    """One line of the history; `who` is the account's name, empty for the system."""

    kind: str
    at: dt.datetime
    who: str
    note: str | None
    due_before: dt.date | None
    due_after: dt.date | None


@dataclass(frozen=True, slots=True)
class ObligationView:
    """One duty with its history, oldest line first; the duty's own row gives the first line."""

    row: ObligationRow
    events: tuple[EventRow, ...]
    target: Target


def obligation(obligation_id: uuid.UUID) -> ObligationView:
    """One duty in four queries. Raises NotFound. `target` lies under unit and community and belongs to the member."""
    found = session().execute(_columns().where(Obligation.id == obligation_id)).all()
    if not found:
        raise NotFound
    paths = tuple(session().scalars(select(Organization.path).where(
        Organization.tenant_id == tenant_id(), Organization.id.in_([i for i in (found[0].unit_id, found[0].community_id) if i]))))
    row = _rows(found)[0]
    return ObligationView(row, (_opened(row), *_events(obligation_id)), Target(paths, row.member_id))


def _opened(row: ObligationRow) -> EventRow:
    return EventRow("opened", dt.datetime.combine(row.starts_on, dt.time(), LOCAL), "", row.cause, None, None)


def _events(obligation_id: uuid.UUID) -> list[EventRow]:
    rows = session().execute(
        select(ObligationEvent.kind, ObligationEvent.at, func.coalesce(Account.display_name, ""), ObligationEvent.note,
               ObligationEvent.due_before, ObligationEvent.due_after)
        .outerjoin(Account, and_(Account.tenant_id == ObligationEvent.tenant_id, Account.id == ObligationEvent.actor_id))
        .where(ObligationEvent.tenant_id == tenant_id(), ObligationEvent.obligation_id == obligation_id)
        .order_by(ObligationEvent.at, ObligationEvent.id))
    return [EventRow(*row) for row in rows]
