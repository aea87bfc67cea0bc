"""Reads selections, nominations and objections for officers and members: columns only, keyset paging, a fixed number of queries."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, false, func, or_, select

from core.api import acting, column_in_reach, member_places, organization_names, place_rows, session, tenant_id
from plugins.awards import evidence
from plugins.awards.models import AwardEvent, AwardNomination, AwardObjection, AwardSelection

PAGE = 50
MOST = 1000
TABS = ("open", "published", "decided", "cancelled")
_SELECTION = (AwardSelection.id, AwardSelection.kind, AwardSelection.title, AwardSelection.subject, AwardSelection.state,
              AwardSelection.organization_id, AwardSelection.nominate_until, AwardSelection.objections_until, AwardSelection.decided_on,
              AwardSelection.document_number, AwardSelection.version)
_NOMINATION = (AwardNomination.id, AwardNomination.state, AwardNomination.member_id, AwardNomination.organization_id, AwardNomination.place_id,
               AwardNomination.selection_id, AwardNomination.reason, AwardNomination.number, AwardNomination.granted_on, AwardNomination.ended_on,
               AwardNomination.ended_reason, AwardNomination.version, AwardNomination.step, AwardNomination.evidence)


def selections(tab: str, after: uuid.UUID | None = None) -> Sequence[Row]:
    """A page of the selections that concern the officer's or liaison's places, the newest first, with one row more where it goes on."""
    query = select(*_SELECTION).where(AwardSelection.tenant_id == tenant_id(), AwardSelection.state == tab, concerning())
    if after is not None:
        query = query.where(AwardSelection.id < after)
    return session().execute(query.order_by(AwardSelection.id.desc()).limit(PAGE + 1)).all()


def counts() -> dict[str, int]:
    """How many there are in each state; 1000 at most each."""
    parts = [select(func.count()).select_from(select(AwardSelection.id).where(
        AwardSelection.tenant_id == tenant_id(), AwardSelection.state == tab, concerning()).limit(MOST).subquery()).scalar_subquery().label(tab)
        for tab in TABS]
    return dict(session().execute(select(*parts)).one()._mapping)


def concerning() -> Any:
    """The condition that a selection is called by a place above or below one of the acting person's."""
    places, held = place_rows(), acting().paths("awards.read")
    above = [part for path in held for part in _above(path)]
    if not held:
        return false()
    return AwardSelection.organization_id.in_(select(places.c.id).where(or_(places.c.path.in_(above),
                                                                            *(places.c.path.bool_op("^@")(path) for path in held))))


def _above(path: str) -> list[str]:
    parts = path.rstrip("/").split("/")
    return ["/".join(parts[:number]) + "/" for number in range(1, len(parts) + 1)]


def nominations(selection: AwardSelection, *, all_of_it: bool, states: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The nominations of a selection with name, unit, who nominates and the figures; all for whoever decides, else those within reach."""
    query = _named().where(AwardNomination.selection_id == selection.id)
    if not all_of_it:
        query = query.where(_reached())
    if states:
        query = query.where(AwardNomination.state.in_(states))
    return described(selection, session().execute(query.order_by(AwardNomination.id).limit(MOST)).all())


def one(nomination_id: uuid.UUID, selection: AwardSelection) -> dict[str, Any]:
    """One nomination in the same form."""
    return described(selection, session().execute(_named().where(AwardNomination.id == nomination_id)).all())[0]


def described(selection: AwardSelection, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows with the names of places and the figures, in two queries more, and one for each measure that there is."""
    names = organization_names({row.place_id for row in rows} | {row.organization_id for row in rows})
    live = [row.member_id or row.organization_id for row in rows if row.evidence is None]
    shown = evidence.figures(selection, live) if live else {}
    return [{**row._mapping, "who": row.name if row.member_id is not None else names.get(row.organization_id, ""),
             "unit": row.unit_name or "" if row.member_id is not None else "", "place": names.get(row.place_id, ""),
             "figures": row.evidence or shown.get(row.member_id or row.organization_id)} for row in rows]


def _named() -> Select:
    people = member_places()
    return (select(*_NOMINATION, people.c.name, people.c.unit_name).outerjoin(people, people.c.id == AwardNomination.member_id)
            .where(AwardNomination.tenant_id == tenant_id()))


def _reached() -> Any:
    people, held = member_places(), acting().paths("awards.read")
    ties = (people.c.unit_path, people.c.residence_path, people.c.workplace_path)
    mine = select(people.c.id).where(or_(*(tie.bool_op("^@")(path) for tie in ties for path in held), people.c.id.is_(None)))
    return or_(AwardNomination.member_id.in_(mine), column_in_reach(AwardNomination.organization_id, "awards.read"))


def history(nomination_id: uuid.UUID) -> Sequence[Row]:
    """What happened to a nomination, the oldest first."""
    return session().execute(select(AwardEvent.kind, AwardEvent.level, AwardEvent.note, AwardEvent.at).where(
        AwardEvent.tenant_id == tenant_id(), AwardEvent.nomination_id == nomination_id).order_by(AwardEvent.at, AwardEvent.id)).all()


def objections(selection_id: uuid.UUID) -> list[dict[str, Any]]:
    """The objections of a selection without their sealed words, open ones first."""
    people = member_places()
    rows = session().execute(
        select(AwardObjection.id, AwardObjection.raised_on, AwardObjection.state, AwardObjection.channel, AwardObjection.answer,
               AwardObjection.decided_on, AwardObjection.version, AwardNomination.organization_id, people.c.name)
        .join(AwardNomination, and_(AwardNomination.tenant_id == AwardObjection.tenant_id, AwardNomination.id == AwardObjection.nomination_id))
        .outerjoin(people, people.c.id == AwardNomination.member_id)
        .where(AwardObjection.tenant_id == tenant_id(), AwardObjection.selection_id == selection_id)
        .order_by(AwardObjection.state != "open", AwardObjection.id).limit(MOST)).all()
    names = organization_names({row.organization_id for row in rows})
    return [{**row._mapping, "who": row.name or names.get(row.organization_id, "")} for row in rows]


def objection(objection_id: uuid.UUID) -> Row:
    """One objection, which there is, without its sealed words."""
    return session().execute(select(
        AwardObjection.id, AwardObjection.raised_on, AwardObjection.state, AwardObjection.channel, AwardObjection.answer,
        AwardObjection.decided_on, AwardObjection.version, AwardObjection.nomination_id)
        .where(AwardObjection.tenant_id == tenant_id(), AwardObjection.id == objection_id)).one()


def own(member_id: uuid.UUID, after: uuid.UUID | None = None, limit: int = PAGE) -> list[dict[str, Any]]:
    """A member's nominations with what they are for, the newest first; withdrawn ones are not theirs to read."""
    query = (select(*_NOMINATION, AwardSelection.kind, AwardSelection.title, AwardSelection.criteria, AwardSelection.state.label("selection_state"),
                    AwardSelection.objections_until, AwardSelection.document_number, AwardSelection.organization_id.label("caller_id"))
             .join(AwardSelection, and_(AwardSelection.tenant_id == AwardNomination.tenant_id, AwardSelection.id == AwardNomination.selection_id))
             .where(AwardNomination.tenant_id == tenant_id(), AwardNomination.member_id == member_id, AwardNomination.state != "withdrawn"))
    if after is not None:
        query = query.where(AwardNomination.id < after)
    rows = session().execute(query.order_by(AwardNomination.id.desc()).limit(limit + 1)).all()
    names = organization_names({one for row in rows for one in (row.place_id, row.caller_id)})
    return [{**row._mapping, "place": names.get(row.place_id, ""), "caller": names.get(row.caller_id, "")} for row in rows]
