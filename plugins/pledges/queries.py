"""Reads pledges for officers, units and members: columns only, keyset paging on an index, a fixed number of queries."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, Subquery, exists, func, or_, select, tuple_

from core.api import (
    Actor,
    NotFound,
    acting,
    claim_rows,
    column_in_reach,
    matter_rows,
    member_places,
    session,
    tenant_id,
    today,
    visible_members,
)
from plugins.pledges.models import STATES, Pledge, PledgeObjection

PAGE = 50
MOST = 1000
TABS = ("waiting", "due", "asked", *STATES)
UNIT_TABS = ("unfiled", "due", "all")
COLUMNS = (Pledge.id, Pledge.text, Pledge.deadline, Pledge.state, Pledge.published_on, Pledge.ended_on, Pledge.version, Pledge.member_id,
           Pledge.unit_id, Pledge.community_id, Pledge.filed_on, Pledge.reminded_on, Pledge.asked_deadline)


def listed(tab: str, text: str = "", after: uuid.UUID | None = None, days: int = 7) -> Sequence[Row]:
    """A page of the pledges of the officer's communities, with one row more than a page where there is a next one."""
    reach = column_in_reach(Pledge.community_id, "pledges.read")
    return session().execute(_after(_tab(tab, text, days), tab, after, reach).limit(PAGE + 1)).all()


def all_of(tab: str, days: int = 7) -> Any:
    """The whole list of a tab, for a workbook."""
    return session().execute(_tab(tab, "", days).execution_options(yield_per=MOST))


def counts(days: int = 7) -> dict[str, int]:
    """How many wait, are due, ask for a new deadline, are objected to, within the officer's communities; 1000 at most each."""
    reach = column_in_reach(Pledge.community_id, "pledges.read")
    objections = select(PledgeObjection.id).where(PledgeObjection.tenant_id == tenant_id(), PledgeObjection.state == "open",
                                                  column_in_reach(PledgeObjection.community_id, "pledges.read"))
    asked = {name: select(Pledge.id).where(Pledge.tenant_id == tenant_id(), *_which(name, days), reach) for name in ("waiting", "due", "asked")}
    parts = {name: _bounded(query) for name, query in (asked | {"objections": objections}).items()}
    return dict(session().execute(select(*(query.label(name) for name, query in parts.items()))).one()._mapping)


def _bounded(query: Select) -> Any:
    return select(func.count()).select_from(query.limit(MOST).subquery()).scalar_subquery()


def _tab(tab: str, text: str, days: int) -> Select:
    query = _described(text, "pledges.read").where(*_which(tab, days), column_in_reach(Pledge.community_id, "pledges.read"))
    return query.order_by(*_order(tab))


def _described(text: str, permission: str) -> Select:
    """Pledges with name, unit and matter; with a `text` only of members of that name within reach."""
    people: Subquery = visible_members(acting().paths(permission), text) if text else member_places()
    matters = matter_rows()
    query = select(*COLUMNS, people.c.name, people.c.unit_name, matters.c.title).join(matters, matters.c.id == Pledge.matter_id)
    query = query.join(people, people.c.id == Pledge.member_id) if text else query.outerjoin(people, people.c.id == Pledge.member_id)
    return query.where(Pledge.tenant_id == tenant_id())


def _which(tab: str, days: int) -> tuple[Any, ...]:
    if tab == "waiting":
        return Pledge.published_on.is_(None), Pledge.state != "released"
    if tab == "due":
        return Pledge.state == "open", Pledge.deadline <= today() + dt.timedelta(days=days)
    if tab == "asked":
        return (Pledge.asked_deadline.is_not(None),)
    return (Pledge.state == tab,)


def _order(tab: str) -> tuple[Any, ...]:
    if tab in ("open", "due"):
        return Pledge.deadline, Pledge.id
    return (Pledge.id,) if tab in ("waiting", "asked", "unfiled") else (Pledge.deadline.desc(), Pledge.id.desc())


def _after(query: Select, tab: str, after: uuid.UUID | None, reach: Any) -> Select:
    place = after and session().execute(select(Pledge.deadline, Pledge.id).where(Pledge.tenant_id == tenant_id(), Pledge.id == after, reach)).one_or_none()
    if not place:
        return query
    if tab in ("waiting", "asked", "unfiled"):
        return query.where(Pledge.id > place.id)
    if tab == "all":
        return query.where(Pledge.id < place.id)
    here, there = tuple_(Pledge.deadline, Pledge.id), tuple_(place.deadline, place.id)
    return query.where(here > there if tab in ("open", "due") else here < there)


def of_unit(tab: str, after: uuid.UUID | None = None, days: int = 7) -> Sequence[Row]:
    """A page of the public pledges of the liaison's units."""
    reach = column_in_reach(Pledge.unit_id, "pledges.file")
    return session().execute(_after(_unit_tab(tab, days), tab, after, reach).limit(PAGE + 1)).all()


def all_of_unit(tab: str, days: int = 7) -> Any:
    """The whole list, for a workbook."""
    return session().execute(_unit_tab(tab, days).execution_options(yield_per=MOST))


def count_unfiled() -> int:
    """How many public pledges of the liaison's units are not filed yet; 1000 at most."""
    query = select(Pledge.id).where(Pledge.tenant_id == tenant_id(), Pledge.published_on.is_not(None), Pledge.filed_on.is_(None),
                                    column_in_reach(Pledge.unit_id, "pledges.file"))
    return session().scalar(select(_bounded(query))) or 0


def unfiled_of(unit_ids: Sequence[uuid.UUID]) -> int:
    """The same for some of these units; 1000 at most."""
    query = select(Pledge.id).where(Pledge.tenant_id == tenant_id(), Pledge.published_on.is_not(None), Pledge.filed_on.is_(None),
                                    Pledge.unit_id.in_(unit_ids))
    return session().scalar(select(_bounded(query))) or 0


def _unit_tab(tab: str, days: int) -> Select:
    query = _described("", "pledges.file").where(Pledge.published_on.is_not(None), column_in_reach(Pledge.unit_id, "pledges.file"))
    if tab == "unfiled":
        query = query.where(Pledge.filed_on.is_(None))
    elif tab == "due":
        query = query.where(*_which("due", days))
    return query.order_by(*_order(tab)) if tab != "all" else query.order_by(Pledge.id.desc())


def own(member_id: uuid.UUID, after: uuid.UUID | None = None) -> Sequence[Row]:
    """A member's pledges, the newest first."""
    query = (_described("", "pledges.self").add_columns(Pledge.reason, Pledge.asked_on).where(Pledge.member_id == member_id))
    if after is not None:
        query = query.where(Pledge.id < after)
    return session().execute(query.order_by(Pledge.id.desc()).limit(PAGE + 1)).all()


def one(pledge_id: uuid.UUID) -> Row:
    """One pledge with all that its page shows. Raises NotFound."""
    row = session().execute(_described("", "pledges.read").add_columns(
        Pledge.reason, Pledge.asked_on, Pledge.asked_reason, Pledge.made_on, Pledge.claim_id, Pledge.claim_state, Pledge.board)
        .where(Pledge.id == pledge_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def unpledged(which: Any, claims: Subquery, after: uuid.UUID | None = None) -> Sequence[Row]:
    """Claims that are held and on which nobody has promised anything yet, neither the member nor the unit above."""
    matters, people = matter_rows(), member_places()
    query = (select(claims.c.id, claims.c.due_on, claims.c.claimed_on, claims.c.member_id, claims.c.unit_id, claims.c.community_id,
                    claims.c.source, matters.c.title, matters.c.place, people.c.name, people.c.unit_name)
             .join(matters, matters.c.id == claims.c.matter_id).outerjoin(people, people.c.id == claims.c.member_id)
             .where(claims.c.state == "held", which, ~exists().where(
                 Pledge.tenant_id == tenant_id(), or_(Pledge.claim_id == claims.c.id, Pledge.claim_id == claims.c.parent_id))))
    if after is not None:
        query = query.where(claims.c.id > after)
    return session().execute(query.order_by(claims.c.id).limit(PAGE + 1)).all()


def own_unpledged(member_id: uuid.UUID) -> Sequence[Row]:
    """The member's own such claims."""
    claims = claim_rows()
    return unpledged(claims.c.member_id == member_id, claims)


def reached_unpledged(after: uuid.UUID | None = None) -> Sequence[Row]:
    """Those for which the acting officer or liaison may enter a pledge."""
    claims = claim_rows()
    return unpledged(or_(column_in_reach(claims.c.community_id, "pledges.manage"), column_in_reach(claims.c.unit_id, "pledges.file")), claims, after)


def objections_of(pledge_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Row]]:
    """What was objected to these pledges, as far as a member may know: day, state and answer, never who or in which words."""
    found: dict[uuid.UUID, list[Row]] = {}
    for row in session().execute(select(PledgeObjection.id, PledgeObjection.pledge_id, PledgeObjection.raised_on, PledgeObjection.state,
                                        PledgeObjection.answer, PledgeObjection.decided_on)
                                 .where(PledgeObjection.tenant_id == tenant_id(), PledgeObjection.pledge_id.in_(pledge_ids))
                                 .order_by(PledgeObjection.id)):
        found.setdefault(row.pledge_id, []).append(row)
    return found


def objections(state: str, after: uuid.UUID | None = None) -> Sequence[Row]:
    """A page of the objections in the officer's communities, the oldest first where they wait."""
    people, matters = member_places(), matter_rows()
    query = (select(PledgeObjection.id, PledgeObjection.raised_on, PledgeObjection.state, PledgeObjection.channel, PledgeObjection.pledge_id,
                    PledgeObjection.community_id, PledgeObjection.answer, Pledge.unit_id, people.c.name, matters.c.title)
             .join(Pledge, (Pledge.tenant_id == PledgeObjection.tenant_id) & (Pledge.id == PledgeObjection.pledge_id))
             .join(matters, matters.c.id == Pledge.matter_id).outerjoin(people, people.c.id == Pledge.member_id)
             .where(PledgeObjection.tenant_id == tenant_id(), PledgeObjection.state == state,
                    column_in_reach(PledgeObjection.community_id, "pledges.manage")))
    forward = state == "open"
    if after is not None:
        query = query.where(PledgeObjection.id > after if forward else PledgeObjection.id < after)
    return session().execute(query.order_by(PledgeObjection.id if forward else PledgeObjection.id.desc()).limit(PAGE + 1)).all()


def objection(objection_id: uuid.UUID) -> Row:
    """One objection without its sealed words. Raises NotFound."""
    row = session().execute(select(PledgeObjection.id, PledgeObjection.pledge_id, PledgeObjection.raised_on, PledgeObjection.state,
                                   PledgeObjection.channel, PledgeObjection.answer, PledgeObjection.decided_on, PledgeObjection.version)
                            .where(PledgeObjection.tenant_id == tenant_id(), PledgeObjection.id == objection_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def boards(actor: Actor) -> list[tuple[uuid.UUID, str]]:
    """The communities whose board the officer is asked to look after: those of grants over a community."""
    return [(grant.organization_id, grant.name) for grant in actor.grants if grant.kind == "community"]
