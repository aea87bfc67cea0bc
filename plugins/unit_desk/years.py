"""One member's year on one page, for the unit that looks it up (R14): counts of what the system has, nothing typed."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import func, select

from core.api import (
    NotFound,
    Unavailable,
    claim_rows,
    current_report_ins,
    measure,
    member_places,
    member_years,
    open_obligations,
    organization_names,
    record_rows,
    session,
    today,
)

RATINGS = ("satisfied", "fair", "dissatisfied")
MEASURES = ("pledges.made", "pledges.kept", "pledges.not_kept")


def person(member_id: uuid.UUID) -> Any:
    """Name and unit of an active member. Raises NotFound."""
    found = member_places(member_id)
    row = session().execute(select(found.c.id, found.c.name, found.c.unit_id, found.c.unit_name, found.c.unit_path)
                            .where(found.c.status == "active")).one_or_none()
    if row is None or row.unit_id is None:
        raise NotFound
    return row


def year_of(member_id: uuid.UUID) -> dict[str, Any]:
    """This year of a member: report-in, duties that are open, claims, pledges, records, evaluations."""
    year = today().year
    since, until = dt.date(year, 1, 1), dt.date(year, 12, 31)
    return {"year": member_years([member_id])[member_id], "report_ins": _report_ins(member_id), "duties": _duties(member_id),
            "claims": _claims(member_id, since, until), "records": _records(member_id, since, until), "measures": _measures(member_id)}


def _report_ins(member_id: uuid.UUID) -> list[dict[str, Any]]:
    current = current_report_ins()
    rows = session().execute(select(current.c.community_id, current.c.status, current.c.reported_on)
                             .where(current.c.member_id == member_id).order_by(current.c.reported_on)).all()
    names = organization_names(row.community_id for row in rows)
    return [{"community": names.get(row.community_id, ""), "status": row.status, "reported_on": row.reported_on} for row in rows]


def _duties(member_id: uuid.UUID) -> list[Any]:
    owed = open_obligations()
    return list(session().execute(select(owed.c.obligation_id, owed.c.due_on, owed.c.reason_code).where(owed.c.member_id == member_id)
                                  .order_by(owed.c.due_on)).all())


def _claims(member_id: uuid.UUID, since: dt.date, until: dt.date) -> dict[str, int]:
    claims = claim_rows()
    return {row.state: row.number for row in session().execute(
        select(claims.c.state, func.count().label("number")).where(claims.c.member_id == member_id, claims.c.claimed_on.between(since, until))
        .group_by(claims.c.state))}


def _records(member_id: uuid.UUID, since: dt.date, until: dt.date) -> dict[str, int]:
    rows = record_rows()
    states = {name: func.count().filter(rows.c.status == name) for name in ("submitted", "verified", "returned", "counted")}
    ratings = {name: func.count().filter(rows.c.rating == name, rows.c.status == "counted", ~rows.c.waived) for name in RATINGS}
    found = session().execute(select(*(value.label(name) for name, value in (states | ratings).items())).where(
        rows.c.member_id == member_id, rows.c.happened_on.between(since, until))).one()
    return {name: int(value) for name, value in found._mapping.items()}


def _measures(member_id: uuid.UUID) -> dict[str, int]:
    """The figures of plugins that work here; what one cannot tell is left out."""
    found = {}
    for name in MEASURES:
        try:
            found[name] = measure(name, member_id)
        except (NotFound, Unavailable):
            continue
    return found
