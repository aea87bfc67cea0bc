"""Reads report-ins, receipts and a member's or a unit's state: columns only, a fixed number of queries whatever the rows."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import and_, exists, func, select

from core.access.actor import GrantFact
from core.access.authorization import Target
from core.access.models import Account
from core.errors import NotFound
from core.members.models import Member
from core.organizations import tree
from core.organizations.models import Organization
from core.registration.models import Certificate, Obligation, Receipt, ReportIn
from core.registration.obligations import CURRENT
from core.registration.paging import PAGE, Listing, listing
from core.registration.reach import within
from core.tenancy import session, today
from core.tenancy.scope import tenant_id

STATUSES = ("submitted", "confirmed", "returned", "ended")
REGISTER_STATES = ("reported", "submitted", "missing", "overdue")


class ReportInRow(NamedTuple):
    """One report-in of a community's list."""

    id: uuid.UUID
    member_id: uuid.UUID
    name: str
    unit: str
    basis: str
    channel: str
    status: str
    reported_on: dt.date
    decided_on: dt.date | None
    note: str | None
    receipt: str | None
    version: int


def report_ins(community_id: uuid.UUID, status: str, *, after: uuid.UUID | None = None, before: uuid.UUID | None = None,
               limit: int = PAGE) -> Listing:
    """A page of a community's report-ins of one status, by name, as ReportInRow: two queries, one more from the second page on."""
    query = (select(ReportIn.id, ReportIn.member_id, Member.name, ReportIn.unit_id, ReportIn.basis, ReportIn.channel, ReportIn.status,
                    ReportIn.reported_on, ReportIn.decided_on, ReportIn.note, Receipt.number, ReportIn.version)
             .join(Member, and_(Member.tenant_id == ReportIn.tenant_id, Member.id == ReportIn.member_id))
             .outerjoin(Receipt, and_(Receipt.tenant_id == ReportIn.tenant_id, Receipt.report_in_id == ReportIn.id))
             .where(ReportIn.tenant_id == tenant_id(), ReportIn.community_id == community_id, ReportIn.status == status))
    page = listing(query, (ReportIn.sort_key, ReportIn.id), after=after, before=before, limit=limit)
    units = tree.names(row.unit_id for row in page.rows)
    rows = [ReportInRow(*row)._replace(unit=units.get(row.unit_id, "")) for row in page.rows]
    return Listing(rows, page.previous, page.next)


def count_report_ins(community_id: uuid.UUID) -> dict[str, int]:
    """How many report-ins of each status a community has."""
    rows = session().execute(select(ReportIn.status, func.count()).where(
        ReportIn.tenant_id == tenant_id(), ReportIn.community_id == community_id).group_by(ReportIn.status))
    return dict.fromkeys(STATUSES, 0) | dict(rows.all())


class ReportInView(NamedTuple):
    """One report-in with its receipt, as its page and the printed receipt show it."""

    id: uuid.UUID
    member_id: uuid.UUID
    name: str
    community_id: uuid.UUID
    community: str
    unit: str
    basis: str
    channel: str
    status: str
    reported_on: dt.date
    decided_on: dt.date | None
    note: str | None
    version: int
    receipt_id: uuid.UUID | None
    receipt: str | None
    issued_on: dt.date | None
    closed_by: str | None
    paper_number: str | None
    decided_by: str
    target: Target


def report_in(report_in_id: uuid.UUID) -> ReportInView:
    """One report-in, in two queries. Raises NotFound. Its `target` lies under community and unit and belongs to the member."""
    row = session().execute(
        select(ReportIn.id, ReportIn.member_id, Member.name, ReportIn.community_id, ReportIn.unit_id, ReportIn.basis, ReportIn.channel,
               ReportIn.status, ReportIn.reported_on, ReportIn.decided_on, ReportIn.note, ReportIn.version, Receipt.id.label("receipt_id"),
               Receipt.number, Receipt.issued_on, Receipt.closed_by, Receipt.paper_number, func.coalesce(Account.display_name, ""))
        .join(Member, and_(Member.tenant_id == ReportIn.tenant_id, Member.id == ReportIn.member_id))
        .outerjoin(Receipt, and_(Receipt.tenant_id == ReportIn.tenant_id, Receipt.report_in_id == ReportIn.id))
        .outerjoin(Account, and_(Account.tenant_id == ReportIn.tenant_id, Account.id == ReportIn.decided_by))
        .where(ReportIn.tenant_id == tenant_id(), ReportIn.id == report_in_id)).one_or_none()
    if row is None:
        raise NotFound
    places = _places((row.community_id, row.unit_id))
    community, unit = places[row.community_id], places.get(row.unit_id)
    paths = tuple(p.path for p in (community, unit) if p is not None)
    rest: tuple[Any, ...] = (*row[5:], Target(paths, row.member_id))
    return ReportInView(row.id, row.member_id, row.name, row.community_id, community.name, unit.name if unit else "",
                        *rest)


class OwnReportIn(NamedTuple):
    """One report-in of a member's own history."""

    id: uuid.UUID
    community_id: uuid.UUID
    community: str
    basis: str
    channel: str
    status: str
    reported_on: dt.date
    decided_on: dt.date | None
    note: str | None
    ended_on: dt.date | None
    receipt: str | None
    version: int


class OwnDuty(NamedTuple):
    """An open obligation of a member; `basis` any, residence or workplace."""

    id: uuid.UUID
    community: str
    basis: str
    cause: str
    due_on: dt.date
    overdue: bool


class Choice(NamedTuple):
    """A community at which a member may report in: by which tie, and the present state there (none, submitted, confirmed)."""

    community_id: uuid.UUID
    community: str
    path: str
    basis: str
    state: str


@dataclass(frozen=True, slots=True)
class MemberState:
    """Where a member stands with reporting in. `next_step`: report, wait, complete (moved without a community), done."""

    member_id: uuid.UUID
    name: str
    unit: str
    choices: tuple[Choice, ...]
    report_ins: tuple[OwnReportIn, ...]
    duties: tuple[OwnDuty, ...]
    next_step: str


def member_state(member_id: uuid.UUID) -> MemberState:
    """A member's report-ins, receipts, open obligations and next step, in four queries. Raises NotFound for who is not active."""
    member = session().execute(select(Member.id, Member.name, Member.unit_id, Member.residence_id, Member.workplace_id).where(
        Member.tenant_id == tenant_id(), Member.id == member_id, Member.status == "active")).one_or_none()
    if member is None:
        raise NotFound
    reported = session().execute(
        select(ReportIn.id, ReportIn.community_id, ReportIn.basis, ReportIn.channel, ReportIn.status, ReportIn.reported_on,
               ReportIn.decided_on, ReportIn.note, ReportIn.ended_on, Receipt.number, ReportIn.version)
        .outerjoin(Receipt, and_(Receipt.tenant_id == ReportIn.tenant_id, Receipt.report_in_id == ReportIn.id))
        .where(ReportIn.tenant_id == tenant_id(), ReportIn.member_id == member_id).order_by(ReportIn.id.desc())).all()
    owed = session().execute(select(Obligation.id, Obligation.community_id, Obligation.basis, Obligation.cause, Obligation.due_on).where(
        Obligation.tenant_id == tenant_id(), Obligation.member_id == member_id, Obligation.status == "open")
        .order_by(Obligation.due_on, Obligation.id)).all()
    places = _places([member.unit_id, member.residence_id, member.workplace_id, *(r.community_id for r in (*reported, *owed))])
    state = {r.community_id: r.status for r in reported if r.status in CURRENT}
    choices = tuple(Choice(place, places[place].name, places[place].path, basis, state.get(place, "none"))
                    for place, basis in _ties(member.residence_id, member.workplace_id))
    own = tuple(OwnReportIn(r.id, r.community_id, places[r.community_id].name, *r[2:]) for r in reported)
    duties = tuple(OwnDuty(o.id, places[o.community_id].name if o.community_id else "", o.basis, o.cause, o.due_on, o.due_on < today())
                   for o in owed)
    unit = places[member.unit_id].name if member.unit_id else ""
    return MemberState(member.id, member.name, unit, choices, own, duties, _next_step(choices, duties))


def _ties(residence: uuid.UUID | None, workplace: uuid.UUID | None) -> Iterable[tuple[uuid.UUID, str]]:
    if residence is not None:
        yield residence, "residence"
    if workplace is not None and workplace != residence:
        yield workplace, "workplace"


def _next_step(choices: Sequence[Choice], duties: Sequence[OwnDuty]) -> str:
    states = {choice.state for choice in choices}
    if not choices:
        return "complete"
    if "submitted" in states:
        return "wait"
    return "report" if duties or "confirmed" not in states else "done"


class RegisterRow(NamedTuple):
    """One member in the unit's register (R20): state is reported, submitted, missing or overdue."""

    member_id: uuid.UUID
    name: str
    residence: str
    workplace: str
    state: str
    community: str
    reported_on: dt.date | None
    receipt: str | None
    closed_by: str | None
    paper_number: str | None
    due_on: dt.date | None


def unit_register(unit_id: uuid.UUID, *, state: str | None = None, after: uuid.UUID | None = None, before: uuid.UUID | None = None,
                  limit: int = PAGE) -> Listing:
    """A page of a unit's register, by name, as RegisterRow: four queries, one more from the second page on."""
    query = select(Member.id, Member.name, Member.residence_id, Member.workplace_id).where(
        Member.tenant_id == tenant_id(), Member.unit_id == unit_id, Member.status == "active", *_register_state(state))
    page = listing(query, (Member.sort_key, Member.id), after=after, before=before, limit=limit)
    ids = [row.id for row in page.rows]
    reported: dict[uuid.UUID, Any] = {}
    for row in session().execute(
            select(ReportIn.member_id, ReportIn.status, ReportIn.community_id, ReportIn.reported_on, Receipt.number, Receipt.closed_by,
                   Receipt.paper_number)
            .outerjoin(Receipt, and_(Receipt.tenant_id == ReportIn.tenant_id, Receipt.report_in_id == ReportIn.id))
            .where(ReportIn.tenant_id == tenant_id(), ReportIn.member_id.in_(ids), ReportIn.status.in_(CURRENT))
            .order_by(ReportIn.status.desc(), ReportIn.id)):  # a confirmed one comes last and stands
        reported[row.member_id] = row
    due = dict(session().execute(select(Obligation.member_id, func.min(Obligation.due_on)).where(
        Obligation.tenant_id == tenant_id(), Obligation.member_id.in_(ids), Obligation.status == "open")
        .group_by(Obligation.member_id)).all())
    names = tree.names(i for r in page.rows for i in (r.residence_id, r.workplace_id)) | tree.names(
        r.community_id for r in reported.values())
    return Listing([_register_row(r, reported.get(r.id), due.get(r.id), names) for r in page.rows], page.previous, page.next)


def _register_row(member: Any, found: Any, due: dt.date | None, names: dict[uuid.UUID, str]) -> RegisterRow:
    home, work = names.get(member.residence_id, ""), names.get(member.workplace_id, "")
    if found is not None:
        state = "reported" if found.status == "confirmed" else "submitted"
        return RegisterRow(member.id, member.name, home, work, state, names.get(found.community_id, ""), found.reported_on, found.number,
                           found.closed_by, found.paper_number, due)
    state = "overdue" if due is not None and due < today() else "missing"
    return RegisterRow(member.id, member.name, home, work, state, "", None, None, None, None, due)


def _register_state(state: str | None) -> list[Any]:
    def current(*statuses: str) -> Any:
        return exists().where(and_(ReportIn.tenant_id == Member.tenant_id, ReportIn.member_id == Member.id,
                                   ReportIn.status.in_(statuses))).correlate(Member)

    overdue = exists().where(and_(Obligation.tenant_id == Member.tenant_id, Obligation.member_id == Member.id, Obligation.status == "open",
                                  Obligation.due_on < today())).correlate(Member)
    conditions: dict[str, list[Any]] = {
        "reported": [current("confirmed")], "submitted": [current("submitted"), ~current("confirmed")],
        "missing": [~current(*CURRENT)], "overdue": [overdue, ~current(*CURRENT)]}
    return conditions.get(state or "", [])


def counts_for_community(community_id: uuid.UUID) -> dict[str, int]:
    """For a community's home page: submitted (waiting), confirmed, and overdue duties owed there. Two queries."""
    counted = count_report_ins(community_id)
    overdue = session().scalar(select(func.count()).select_from(Obligation).where(
        Obligation.tenant_id == tenant_id(), Obligation.community_id == community_id, Obligation.status == "open",
        Obligation.due_on < today()))
    return {"submitted": counted["submitted"], "confirmed": counted["confirmed"], "overdue": overdue or 0}


def counts_for_unit(unit_id: uuid.UUID) -> dict[str, int]:
    """For a unit's home page: members, reported, without_certificate, open and overdue duties. Two queries."""
    certificate = exists().where(and_(Certificate.tenant_id == Member.tenant_id, Certificate.member_id == Member.id,
                                      Certificate.status == "valid")).correlate(Member)
    row = session().execute(select(
        func.count(), func.count().filter(*_register_state("reported")), func.count().filter(~certificate)).select_from(Member).where(
        Member.tenant_id == tenant_id(), Member.unit_id == unit_id, Member.status == "active")).one()
    owed = session().execute(select(func.count(), func.count().filter(Obligation.due_on < today())).select_from(Obligation).where(
        Obligation.tenant_id == tenant_id(), Obligation.unit_id == unit_id, Obligation.status == "open")).one()
    return {"members": row[0], "reported": row[1], "without_certificate": row[2], "open": owed[0], "overdue": owed[1]}


def counts_for_member(member_id: uuid.UUID) -> dict[str, Any]:
    """For a member's home page: confirmed and submitted report-ins, open duties and the first day they are due. Two queries."""
    row = session().execute(select(
        func.count().filter(ReportIn.status == "confirmed"), func.count().filter(ReportIn.status == "submitted")).where(
        ReportIn.tenant_id == tenant_id(), ReportIn.member_id == member_id)).one()
    owed = session().execute(select(func.count(), func.min(Obligation.due_on)).where(
        Obligation.tenant_id == tenant_id(), Obligation.member_id == member_id, Obligation.status == "open")).one()
    return {"confirmed": row[0], "submitted": row[1], "open": owed[0], "due_on": owed[1]}


class Place(NamedTuple):
    """An organization's id, name and path."""

    id: uuid.UUID
    name: str
    path: str


def _places(ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, Place]:
    wanted = {i for i in ids if i is not None}
    return {p.id: Place(*p) for p in session().execute(select(Organization.id, Organization.name, Organization.path).where(
        Organization.tenant_id == tenant_id(), Organization.id.in_(wanted)))}


def waiting_communities(grants: Sequence[GrantFact], limit: int = 50) -> list[tuple[Place, int]]:
    """The communities within the grants where report-ins wait for an answer, most first, with how many."""
    count = func.count()
    rows = session().execute(select(Organization.id, Organization.name, Organization.path, count).select_from(ReportIn).join(
        Organization, and_(Organization.tenant_id == ReportIn.tenant_id, Organization.id == ReportIn.community_id)).where(
        ReportIn.tenant_id == tenant_id(), ReportIn.status == "submitted", within(grants, community=ReportIn.community_id))
        .group_by(Organization.id, Organization.name, Organization.path, Organization.sort_key)
        .order_by(count.desc(), Organization.sort_key, Organization.id).limit(limit))
    return [(Place(*row[:3]), row[3]) for row in rows]


def communities(grants: Sequence[GrantFact], text: str = "", limit: int = 50) -> list[Place]:
    """The communities that the grants reach, by name, for a choice."""
    query = select(Organization.id, Organization.name, Organization.path).where(
        Organization.tenant_id == tenant_id(), Organization.kind == "community", Organization.active,
        within(grants, community=Organization.id))
    if text:
        query = query.where(func.strpos(Organization.name, text) > 0)
    return [Place(*row) for row in session().execute(query.order_by(Organization.sort_key, Organization.id).limit(limit))]
