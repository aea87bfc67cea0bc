"""What the system knows of the persons in a request, shown beside the form so that nobody types it: a fixed number of queries a list."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from core.api import claim_rows, confirmed_report_ins, measure_values, member_places, record_facts, session, today

RATINGS = ("satisfied", "fair", "dissatisfied")
MEASURES = {"pledges.made": "made", "pledges.kept": "kept"}


def since() -> dt.date:
    """The first day of the twelve months that are looked at, so that January knows as much as December."""
    day = today()
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day) + dt.timedelta(days=1)


def of_members(member_ids: Sequence[uuid.UUID], community_id: uuid.UUID) -> dict[uuid.UUID, dict[str, Any]]:
    """By member: unit, basis and day of the report-in here, records that count and their evaluations, claims here, and pledges."""
    found: dict[uuid.UUID, dict[str, Any]] = {one: {"records": 0, "minutes": 0, "claims_held": 0, "claims_done": 0, "claims_released": 0,
                                                    **dict.fromkeys(RATINGS, 0), **dict.fromkeys(MEASURES.values())} for one in member_ids}
    if found:
        _report_ins(found, community_id)
        _records(found, community_id)
        _claims(found, community_id)
        _measures(found)
    return found


def _report_ins(found: dict[uuid.UUID, dict[str, Any]], community_id: uuid.UUID) -> None:
    reports, people = confirmed_report_ins(), member_places()
    for row in session().execute(select(people.c.id, people.c.unit_name, reports.c.basis, reports.c.reported_on)
                                 .outerjoin(reports, (reports.c.member_id == people.c.id) & (reports.c.community_id == community_id))
                                 .where(people.c.id.in_(list(found)))):
        found[row.id] |= {"unit": row.unit_name, "basis": row.basis, "reported_on": row.reported_on}


def _records(found: dict[uuid.UUID, dict[str, Any]], community_id: uuid.UUID) -> None:
    facts = record_facts()
    ratings = [func.count().filter(facts.c.evaluation == one, ~facts.c.waived).label(one) for one in RATINGS]
    for row in session().execute(select(facts.c.member_id, func.count().label("records"), func.coalesce(func.sum(facts.c.minutes), 0).label("minutes"),
                                        *ratings)
                                 .where(facts.c.member_id.in_(list(found)), facts.c.community_id == community_id, facts.c.happened_on >= since())
                                 .group_by(facts.c.member_id)):
        found[row.member_id] |= {name: row._mapping[name] for name in ("records", "minutes", *RATINGS)}


def _claims(found: dict[uuid.UUID, dict[str, Any]], community_id: uuid.UUID) -> None:
    claims = claim_rows()
    states = [func.count().filter(claims.c.state == one).label(f"claims_{one}") for one in ("held", "done", "released")]
    for row in session().execute(select(claims.c.member_id, *states)
                                 .where(claims.c.member_id.in_(list(found)), claims.c.community_id == community_id, claims.c.claimed_on >= since())
                                 .group_by(claims.c.member_id)):
        found[row.member_id] |= {f"claims_{one}": row._mapping[f"claims_{one}"] for one in ("held", "done", "released")}


def _measures(found: dict[uuid.UUID, dict[str, Any]]) -> None:
    """Pledges by the measures of whoever keeps them; None where nobody does."""
    for name, key in MEASURES.items():
        if (values := measure_values(name)) is None:
            continue
        rows = values.subquery()
        for one in found.values():
            one[key] = 0
        for row in session().execute(select(rows.c.member_id, rows.c.value).where(rows.c.member_id.in_(list(found)))):
            found[row.member_id][key] = row.value


def of_place(organization_id: uuid.UUID, path: str, community_id: uuid.UUID) -> dict[str, int]:
    """Of a unit as a whole: its members that report in here, their records in twelve months and the claims of unit and members here."""
    people, reports, facts, claims = member_places(), confirmed_report_ins(), record_facts(), claim_rows()
    members = select(people.c.id).where(people.c.status == "active", people.c.unit_path.bool_op("^@")(path))
    here = (facts.c.community_id == community_id) & (facts.c.happened_on >= since())
    row = session().execute(select(
        select(func.count()).select_from(reports).where(reports.c.community_id == community_id, reports.c.member_id.in_(members))
        .scalar_subquery().label("members"),
        select(func.count()).select_from(facts).where(here, facts.c.member_id.in_(members)).scalar_subquery().label("records"),
        select(func.coalesce(func.sum(facts.c.minutes), 0)).where(here, facts.c.member_id.in_(members)).scalar_subquery().label("minutes"),
        select(func.count()).select_from(claims).where(claims.c.community_id == community_id, claims.c.claimed_on >= since(),
                                                       claims.c.unit_id == organization_id).scalar_subquery().label("claims"))).one()
    return {name: int(value) for name, value in row._mapping.items()}
