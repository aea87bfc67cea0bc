"""What the records say of a nominee, as counts: nobody types what the system knows; and whom the records would suggest, with why."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, Subquery, exists, func, or_, select, tuple_

from core.api import acting, measure_values, member_places, organization, place_rows, record_facts, session, tenant_id
from plugins.awards.models import AwardNomination, AwardSelection

PAGE = 50
MEASURES = {"points": "points.balance", "stars": "stars.level"}
_TIES = {"member": "member_id", "unit": "unit_id", "community": "community_id"}
FIGURES = ("records", "minutes", "satisfied", "fair", "dissatisfied")


def figures(row: AwardSelection, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """The counts of each nominee in the selection's period; a member's points and stars as they stand, where those plugins work."""
    totals = _totals(row, ids)
    found: dict[uuid.UUID, dict[str, Any]] = {one: dict.fromkeys(FIGURES, 0) for one in ids}
    for line in session().execute(select(totals)):
        found[line.whose] = {name: int(getattr(line, name) or 0) for name in FIGURES}
    if row.subject == "member" and ids:
        for name, code in MEASURES.items():
            for identity, value in _measured(code, ids).items():
                found[identity][name] = value
    return found


def suggested(row: AwardSelection, after: uuid.UUID | None = None) -> Sequence[Row]:
    """Whom the records would suggest among those within reach who are not nominated yet, by name and never by figures: a page and one more.

    Columns: id, name, sort_key, unit_name and the counts.
    """
    totals = _totals(row)
    people = _people(row)
    query = (select(people, *(totals.c[name] for name in FIGURES)).join(totals, totals.c.whose == people.c.id)
             .where(totals.c.records >= max(row.least_records, 1), totals.c.minutes >= row.least_minutes, _free(row, people)))
    place = after and session().execute(select(people.c.sort_key, people.c.id).where(people.c.id == after)).one_or_none()
    if place:
        query = query.where(tuple_(people.c.sort_key, people.c.id) > tuple_(*place))
    return session().execute(query.order_by(people.c.sort_key, people.c.id).limit(PAGE + 1)).all()


def _free(row: AwardSelection, people: Subquery) -> Any:
    column = AwardNomination.member_id if row.subject == "member" else AwardNomination.organization_id
    return ~exists().where(AwardNomination.tenant_id == tenant_id(), AwardNomination.selection_id == row.id, column == people.c.id,
                           AwardNomination.state != "withdrawn")


def _people(row: AwardSelection) -> Subquery:
    """The members, units or communities below the place that calls and within the acting person's reach."""
    path, held = organization(row.organization_id).path, acting().paths("awards.nominate")
    if row.subject != "member":
        places = place_rows(row.subject)
        return (select(places.c.id, places.c.name, places.c.sort_key, places.c.above.label("unit_name"))
                .where(places.c.path.bool_op("^@")(path), places.c.active, or_(*(places.c.path.bool_op("^@")(one) for one in held), places.c.id.is_(None)))
                .subquery("eligible"))
    people = member_places()
    ties = (people.c.unit_path, people.c.residence_path, people.c.workplace_path)
    return (select(people.c.id, people.c.name, people.c.sort_key, people.c.unit_name)
            .where(people.c.status == "active", or_(*(tie.bool_op("^@")(path) for tie in ties)),
                   or_(*(tie.bool_op("^@")(one) for tie in ties for one in held), people.c.id.is_(None))).subquery("eligible"))


def _totals(row: AwardSelection, ids: Sequence[uuid.UUID] | None = None) -> Subquery:
    facts = record_facts()
    whose = facts.c[_TIES[row.subject]]
    query: Select = select(
        whose.label("whose"), func.count().label("records"), func.sum(facts.c.minutes).label("minutes"),
        *(func.count().filter(facts.c.evaluation == grade, ~facts.c.waived).label(grade) for grade in FIGURES[2:]))
    query = query.where(facts.c.happened_on.between(row.since, row.until), whose.is_not(None))
    if ids is not None:
        query = query.where(whose.in_(ids))
    return query.group_by(whose).subquery("totals")


def _measured(code: str, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    values = measure_values(code)
    if values is None:
        return {}
    rows = values.subquery()
    return {one.member_id: int(one.value) for one in session().execute(select(rows.c.member_id, rows.c.value).where(rows.c.member_id.in_(ids)))}
