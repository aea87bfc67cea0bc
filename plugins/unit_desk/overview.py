"""What the start page gathers for a unit: its members' report-in state, and what waits today, each one press away."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select

from core.api import collect, current_report_ins, open_obligations, session, tenant_id, today
from plugins.unit_desk import cases, filing, lookups
from plugins.unit_desk.desks import Desk, people
from plugins.unit_desk.models import Request
from plugins.unit_desk.periods import filing_period, lookup_period

TABS = ("all", "overdue", "missing", "submitted", "reported")


@dataclass(frozen=True, slots=True)
class Figures:
    """Members of a desk by report-in state, overdue duties without a reason, and members not looked up yet in the present period."""

    members: int
    reported: int
    submitted: int
    overdue: int
    missing: int
    without_reason: int
    to_look_up: int


def figures(where: Desk) -> Figures:
    """All of them in one query."""
    found, query = people(where)
    owed = open_obligations()
    nameless = exists(select(owed.c.obligation_id).where(owed.c.member_id == found.c.id, owed.c.due_on < today(), owed.c.reason_code.is_(None)))
    states = [func.count().filter(_state(found, name)) for name in ("reported", "submitted", "overdue", "missing")]
    query = query.with_only_columns(func.count(), *states, func.count().filter(nameless),
                                    func.count().filter(~lookups.looked_in(found.c.id, lookup_period())))
    return Figures(*map(int, session().execute(query).one()))


def requests(where: Desk) -> dict[str, int]:
    """Requests of the desk that wait for the member, those of them past their deadline, and answers that wait for the unit; one query."""
    row = session().execute(select(
        func.count().filter(Request.state == "open").label("open"),
        func.count().filter(Request.state == "open", Request.due_on < today()).label("late"),
        func.count().filter(Request.state == "answered").label("answered")).where(
        Request.tenant_id == tenant_id(), where.of(Request.unit_id), Request.state.in_(("open", "answered")))).one()
    return dict(row._mapping)


def cards(where: Desk) -> dict[str, int]:
    """Record cards of the present period by where they stand."""
    return filing.counts(where, filing_period())


def open_cases(where: Desk) -> int:
    """Difficulties with which the unit helps."""
    return cases.open_count(where)


def of_plugins(where: Desk) -> list[Any]:
    """What other plugins have waiting for these units."""
    units = where.unit_ids()
    return sorted((item for item in collect("desk_items", unit_ids=units) if item.count > 0), key=lambda item: item.order) if units else []


def days_left(day: dt.date) -> int:
    """Days from today until a day."""
    return (day - today()).days


def listed(where: Desk, tab: str) -> tuple[Any, Select]:
    """Members of one tab, as `people` gives them, with report-in state, community, and the earliest open duty with its reason."""
    found, query = people(where)
    current, owed = current_report_ins(), open_obligations()
    first = select(owed.c.obligation_id).where(owed.c.member_id == found.c.id).order_by(owed.c.due_on, owed.c.obligation_id).limit(1)
    duty = open_obligations()
    at = (select(current.c.community_id).where(current.c.member_id == found.c.id).order_by(current.c.status, current.c.reported_on).limit(1)
          .correlate(found).scalar_subquery())
    query = (query.outerjoin(duty, duty.c.obligation_id == first.correlate(found).scalar_subquery())
             .add_columns(_state(found, "reported").label("reported"), _state(found, "submitted").label("submitted"), at.label("community_id"),
                          duty.c.obligation_id, duty.c.due_on, duty.c.reason_code))
    return found, query if tab == "all" else query.where(_state(found, tab))


def state_of(row: Any) -> str:
    """The report-in state of such a row."""
    if row.reported:
        return "reported"
    if row.submitted:
        return "submitted"
    return "overdue" if row.due_on is not None and row.due_on < today() else "missing"


def _state(found: Any, name: str) -> ColumnElement[bool]:
    current, owed = current_report_ins(), open_obligations()
    mine = select(current.c.member_id).where(current.c.member_id == found.c.id)
    if name == "reported":
        return exists(mine.where(current.c.status == "confirmed"))
    if name == "submitted":
        return exists(mine.where(current.c.status == "submitted")) & ~_state(found, "reported")
    late = exists(select(owed.c.obligation_id).where(owed.c.member_id == found.c.id, owed.c.due_on < today()))
    return ~exists(mine) & (late if name == "overdue" else ~late)


def waiting_for(member_id: uuid.UUID) -> int:
    """Requests that a member has not answered yet."""
    return session().scalar(select(func.count()).select_from(Request).where(
        Request.tenant_id == tenant_id(), Request.member_id == member_id, Request.state == "open")) or 0
