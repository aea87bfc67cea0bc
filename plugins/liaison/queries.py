"""Reads points, visits and issues: columns only, keyset paging on an index, a fixed number of queries."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, func, or_, select, tuple_

from core.api import NotFound, column_in_reach, member_places, session, settings, tenant_id, today
from plugins.liaison.models import LiaisonCadre, LiaisonIssue, LiaisonPoint, LiaisonStep, LiaisonVisit

PAGE = 50
MOST = 1000
POINT_TABS = ("current", "due", "ended")
ISSUE_TABS = ("open", "reported", "late", "solved", "closed")


def described() -> Select:
    """Points with whom they belong to: the name from the roster, else the one that was entered."""
    people = member_places()
    return (select(LiaisonPoint.id, LiaisonPoint.community_id, LiaisonPoint.since, LiaisonPoint.until, LiaisonPoint.reasons, LiaisonPoint.note,
                   LiaisonPoint.counted_from, LiaisonPoint.visited_on, LiaisonPoint.version, LiaisonPoint.cadre_id, LiaisonPoint.end_reason,
                   func.coalesce(people.c.name, LiaisonCadre.name).label("name"), LiaisonCadre.member_id, LiaisonCadre.post,
                   func.coalesce(LiaisonCadre.office, people.c.unit_name).label("office"))
            .join(LiaisonCadre, (LiaisonCadre.tenant_id == LiaisonPoint.tenant_id) & (LiaisonCadre.id == LiaisonPoint.cadre_id))
            .outerjoin(people, people.c.id == LiaisonCadre.member_id)
            .where(LiaisonPoint.tenant_id == tenant_id()))


def current() -> Any:
    """The condition that a point has not ended."""
    return or_(LiaisonPoint.until.is_(None), LiaisonPoint.until >= today())


def due_before() -> dt.date:
    """A point that was last visited on this day or before is due for a visit soon, or the visit was missed."""
    given = settings("liaison")
    return today() - dt.timedelta(days=int(given["visit_days"]) - int(given["remind_days"]))


def _tab(tab: str, text: str = "") -> Select:
    query = described().where(column_in_reach(LiaisonPoint.community_id, "liaison.read"))
    query = query.where(~current() if tab == "ended" else current())
    if tab == "due":
        query = query.where(LiaisonPoint.counted_from <= due_before())
    if text:
        people = member_places()
        named = select(people.c.id).where(people.c.name.startswith(text, autoescape=True))
        query = query.where(or_(LiaisonCadre.name.startswith(text, autoescape=True), LiaisonCadre.member_id.in_(named)))
    return query.order_by(LiaisonPoint.counted_from, LiaisonPoint.id)


def points(tab: str, after: uuid.UUID | None = None, text: str = "") -> Sequence[Row]:
    """A page of the points within reach, the one longest without a visit first; one row more than a page where there is a next one."""
    query = _tab(tab, text)
    place = after and session().execute(select(LiaisonPoint.counted_from, LiaisonPoint.id).where(
        LiaisonPoint.tenant_id == tenant_id(), LiaisonPoint.id == after, column_in_reach(LiaisonPoint.community_id, "liaison.read"))).one_or_none()
    if place:
        query = query.where(tuple_(LiaisonPoint.counted_from, LiaisonPoint.id) > tuple_(place.counted_from, place.id))
    return session().execute(query.limit(PAGE + 1)).all()


def all_points(tab: str) -> Any:
    """The whole list, for a workbook or the printed register."""
    return session().execute(_tab(tab).execution_options(yield_per=MOST))


def one_point(point_id: uuid.UUID) -> Row:
    """One point with its figures. Raises NotFound."""
    row = session().execute(described().add_columns(LiaisonPoint.figures).where(LiaisonPoint.id == point_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def own_points(member_id: uuid.UUID) -> Sequence[Row]:
    """A cadre's own points, the next due first."""
    return session().execute(described().where(LiaisonCadre.member_id == member_id, current())
                             .order_by(LiaisonPoint.counted_from, LiaisonPoint.id).limit(PAGE)).all()


def visits(point_ids: Sequence[uuid.UUID]) -> Sequence[Row]:
    """The latest visits of these points, the latest first."""
    return session().execute(
        select(LiaisonVisit.id, LiaisonVisit.point_id, LiaisonVisit.visited_on, LiaisonVisit.kind, LiaisonVisit.findings, LiaisonVisit.side,
               LiaisonVisit.record_id, LiaisonVisit.version)
        .where(LiaisonVisit.tenant_id == tenant_id(), LiaisonVisit.point_id.in_(point_ids))
        .order_by(LiaisonVisit.visited_on.desc(), LiaisonVisit.id.desc()).limit(PAGE)).all()


def one_visit(visit_id: uuid.UUID) -> Row:
    """One visit. Raises NotFound."""
    row = session().execute(
        select(LiaisonVisit.id, LiaisonVisit.point_id, LiaisonVisit.visited_on, LiaisonVisit.kind, LiaisonVisit.findings, LiaisonVisit.record_id,
               LiaisonVisit.version).where(LiaisonVisit.tenant_id == tenant_id(), LiaisonVisit.id == visit_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


_ISSUE = (LiaisonIssue.id, LiaisonIssue.point_id, LiaisonIssue.community_id, LiaisonIssue.title, LiaisonIssue.detail, LiaisonIssue.side,
          LiaisonIssue.raised_on, LiaisonIssue.deadline, LiaisonIssue.unit_id, LiaisonIssue.office, LiaisonIssue.holder_id, LiaisonIssue.state,
          LiaisonIssue.ended_on, LiaisonIssue.version)


def issue_reach() -> Any:
    """The condition that an issue is in the reader's community, or for the reader's unit to solve."""
    return or_(column_in_reach(LiaisonIssue.community_id, "liaison.read"), column_in_reach(LiaisonIssue.unit_id, "liaison.read"))


def _issues(tab: str) -> Select:
    late = (LiaisonIssue.state.in_(("open", "reported")), LiaisonIssue.deadline < today())
    query = select(*_ISSUE).where(LiaisonIssue.tenant_id == tenant_id(), issue_reach(), *(late if tab == "late" else (LiaisonIssue.state == tab,)))
    return query.order_by(LiaisonIssue.raised_on, LiaisonIssue.id)


def issues(tab: str, after: uuid.UUID | None = None) -> Sequence[Row]:
    """A page of the issues within reach, the oldest first, so that what is ageing stands on top."""
    query = _issues(tab)
    place = after and session().execute(select(LiaisonIssue.raised_on, LiaisonIssue.id).where(
        LiaisonIssue.tenant_id == tenant_id(), LiaisonIssue.id == after, issue_reach())).one_or_none()
    if place:
        query = query.where(tuple_(LiaisonIssue.raised_on, LiaisonIssue.id) > tuple_(place.raised_on, place.id))
    return session().execute(query.limit(PAGE + 1)).all()


def all_issues(tab: str) -> Any:
    """The whole list, for a workbook."""
    return session().execute(_issues(tab).execution_options(yield_per=MOST))


def issues_of(point_ids: Sequence[uuid.UUID]) -> Sequence[Row]:
    """The latest issues of these points."""
    return session().execute(select(*_ISSUE).where(LiaisonIssue.tenant_id == tenant_id(), LiaisonIssue.point_id.in_(point_ids))
                             .order_by(LiaisonIssue.id.desc()).limit(PAGE)).all()


def one_issue(issue_id: uuid.UUID) -> Row:
    """One issue. Raises NotFound."""
    row = session().execute(select(*_ISSUE).where(LiaisonIssue.tenant_id == tenant_id(), LiaisonIssue.id == issue_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def steps(issue_id: uuid.UUID) -> Sequence[Row]:
    """What was done about an issue, in order."""
    return session().execute(select(LiaisonStep.done_on, LiaisonStep.kind, LiaisonStep.side, LiaisonStep.says).where(
        LiaisonStep.tenant_id == tenant_id(), LiaisonStep.issue_id == issue_id).order_by(LiaisonStep.id)).all()


def counts() -> dict[str, int]:
    """How many points are due and how many issues wait, within reach; 1000 at most each."""
    due = select(LiaisonPoint.id).where(LiaisonPoint.tenant_id == tenant_id(), column_in_reach(LiaisonPoint.community_id, "liaison.read"), current(),
                                        LiaisonPoint.counted_from <= due_before())
    waiting = select(LiaisonIssue.id).where(LiaisonIssue.tenant_id == tenant_id(), issue_reach(), LiaisonIssue.state.in_(("open", "reported")))
    parts = {name: select(func.count()).select_from(query.limit(MOST).subquery()).scalar_subquery() for name, query in
             (("due", due), ("issues", waiting))}
    return dict(session().execute(select(*(part.label(name) for name, part in parts.items()))).one()._mapping)


def cadres(after: uuid.UUID | None = None, *, active_only: bool = False, limit: int = PAGE + 1) -> Sequence[Row]:
    """A page of the leading cadres kept by the reader's office and those below it, in the order of entry."""
    people = member_places()
    query = (select(LiaisonCadre.id, func.coalesce(people.c.name, LiaisonCadre.name).label("name"), LiaisonCadre.post, LiaisonCadre.member_id,
                    func.coalesce(LiaisonCadre.office, people.c.unit_name).label("office"), LiaisonCadre.active, LiaisonCadre.version)
             .outerjoin(people, people.c.id == LiaisonCadre.member_id)
             .where(LiaisonCadre.tenant_id == tenant_id(), column_in_reach(LiaisonCadre.organization_id, "liaison.assign")))
    if active_only:
        query = query.where(LiaisonCadre.active)
    if after is not None:
        query = query.where(LiaisonCadre.id > after)
    return session().execute(query.order_by(LiaisonCadre.id).limit(limit)).all()


def one_cadre(cadre_id: uuid.UUID) -> Row:
    """One cadre. Raises NotFound."""
    people = member_places()
    row = session().execute(
        select(LiaisonCadre.id, func.coalesce(people.c.name, LiaisonCadre.name).label("name"), LiaisonCadre.post, LiaisonCadre.office,
               LiaisonCadre.active, LiaisonCadre.version).outerjoin(people, people.c.id == LiaisonCadre.member_id)
        .where(LiaisonCadre.tenant_id == tenant_id(), LiaisonCadre.id == cadre_id)).one_or_none()
    if row is None:
        raise NotFound
    return row
