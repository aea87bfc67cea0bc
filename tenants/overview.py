"""What each role sees first: the few figures and names that say what to do today, in a fixed number of queries."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select

from core.access.actor import GrantFact
from core.members.models import Member
from core.members.reach import within_reach
from core.organizations.models import Organization
from core.registration import coverage
from core.registration.coverage import CoverageRow
from core.registration.models import Certificate, Obligation, ReportIn
from core.registration.reach import within
from core.service.claims.models import Claim, Matter
from core.service.models import RecordCallback, RecordCorrection, ServiceRecord
from core.service.queries import FILED
from core.tenancy import session, today
from core.tenancy.scope import tenant_id

SHOWN = 6
NEXT_LEVEL = {"committee": "county", "county": "street", "street": "community"}


@dataclass(frozen=True, slots=True)
class Figures:
    """The state of an officer's whole reach. `records` counts this year's service records by status, `minutes` the counted ones,
    `system_minutes` those of them that nobody wrote by hand.
    """

    members: int
    reported: int
    units: int
    communities: int
    submitted: int
    open: int
    overdue: int
    records: dict[str, int]
    minutes: int
    system_minutes: int = 0

    @property
    def rate(self) -> float | None:
        """The share of members with a confirmed report-in (R3); None without members."""
        return self.reported / self.members if self.members else None


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for an officer of communities or a unit's liaison: how many, and the first few."""

    count: int
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class CommunityDay:
    """A community officer's work: report-ins to confirm, records to verify, evaluations to key in, corrections to answer, recipients to
    call back on, claims and members overdue.
    """

    to_confirm: Queue
    to_verify: Queue
    to_evaluate: Queue
    corrections: Queue
    callbacks: Queue
    late_claims: Queue
    overdue: Queue
    reported: int


@dataclass(frozen=True, slots=True)
class UnitDay:
    """A unit liaison's view: members, report-ins, members without certificate, members overdue."""

    members: int
    reported: int
    without_certificate: int
    overdue: Queue
    due_soon: int

    @property
    def rate(self) -> float | None:
        """The unit's coverage; None without members."""
        return self.reported / self.members if self.members else None


@dataclass(frozen=True, slots=True)
class OwnState:
    """A member's state in one glance. `obligations` are the open ones, `records` this year's by status."""

    certificate: str | None
    report_ins: Sequence[Row]
    obligations: Sequence[Row]
    records: dict[str, int]
    minutes: int


def figures(grants: Sequence[GrantFact]) -> Figures:
    """The figures of an officer's reach, in six queries."""
    tenant = tenant_id()
    people = session().execute(select(func.count(), func.count().filter(coverage.has_reported())).select_from(Member).where(
        Member.tenant_id == tenant, Member.status == "active", coverage.own_unit(Member.unit_id), within_reach(grants))).one()
    kinds = dict(session().execute(select(Organization.kind, func.count()).where(
        Organization.tenant_id == tenant, Organization.active, Organization.kind.in_(("unit", "community")), coverage.own_unit(Organization.id),
        or_(*(Organization.path.bool_op("^@")(g.path) for g in grants))).group_by(Organization.kind)).all())
    duties = session().execute(select(func.count(), func.count().filter(Obligation.due_on < today())).where(
        Obligation.tenant_id == tenant, Obligation.status == "open",
        within(grants, unit=Obligation.unit_id, community=Obligation.community_id))).one()
    submitted = session().execute(select(func.count()).where(
        ReportIn.tenant_id == tenant, ReportIn.status == "submitted",
        within(grants, unit=ReportIn.unit_id, community=ReportIn.community_id))).scalar_one()
    records, minutes, measured = _records(within(grants, unit=ServiceRecord.unit_id, community=ServiceRecord.community_id))
    return Figures(people[0], people[1], kinds.get("unit", 0), kinds.get("community", 0), submitted, duties[0], duties[1], records, minutes,
                   measured)


def coverage_below(grant: GrantFact) -> list[CoverageRow]:
    """Coverage of the next level of places below a grant, where somebody is expected; empty for a sector."""
    level = NEXT_LEVEL.get(grant.kind)
    return [row for row in coverage.by_place((grant.path,), level) if row.expected] if level else []


def community_day(grants: Sequence[GrantFact]) -> CommunityDay:
    """A community officer's work of today, in at most twelve queries."""
    at = within(grants, community=ReportIn.community_id)
    served = within(grants, community=ServiceRecord.community_id)
    reported = session().execute(select(func.count()).where(
        ReportIn.tenant_id == tenant_id(), ReportIn.status == "confirmed", at)).scalar_one()
    return CommunityDay(_report_ins(at), _service("submitted", served), _service("verified", served),
                        _beside(RecordCorrection, RecordCorrection.id, RecordCorrection.status == "open", served),
                        _beside(RecordCallback, RecordCallback.due_on, RecordCallback.state.in_(("open", "differs")), served),
                        _late_claims(within(grants, community=Claim.community_id)),
                        _overdue(within(grants, community=Obligation.community_id)), reported)


def unit_day(grants: Sequence[GrantFact]) -> UnitDay:
    """A unit liaison's view, in four queries."""
    tenant = tenant_id()
    valid = select(Certificate.id).where(Certificate.tenant_id == Member.tenant_id, Certificate.member_id == Member.id,
                                         Certificate.status == "valid").correlate(Member).exists()
    row = session().execute(select(func.count(), func.count().filter(coverage.has_reported()), func.count().filter(~valid)).select_from(Member)
                            .where(Member.tenant_id == tenant, Member.status == "active", within_reach(grants, "unit"))).one()
    own = within(grants, unit=Obligation.unit_id)
    soon = session().execute(select(func.count()).where(
        Obligation.tenant_id == tenant, Obligation.status == "open", own, Obligation.due_on >= today(),
        Obligation.due_on <= today() + dt.timedelta(days=7))).scalar_one()
    return UnitDay(row[0], row[1], row[2], _overdue(own), soon)


def own_state(member_id: uuid.UUID) -> OwnState:
    """A member's own state, in four queries."""
    tenant = tenant_id()
    certificate = session().scalar(select(Certificate.number).where(
        Certificate.tenant_id == tenant, Certificate.member_id == member_id, Certificate.status == "valid"))
    report_ins = session().execute(
        select(ReportIn.id, ReportIn.status, ReportIn.basis, ReportIn.reported_on, ReportIn.note, Organization.name.label("community"))
        .join(Organization, (Organization.tenant_id == ReportIn.tenant_id) & (Organization.id == ReportIn.community_id))
        .where(ReportIn.tenant_id == tenant, ReportIn.member_id == member_id, ReportIn.status != "ended")
        .order_by(ReportIn.reported_on.desc(), ReportIn.id.desc()).limit(4)).all()
    obligations = session().execute(
        select(Obligation.id, Obligation.basis, Obligation.due_on, (Obligation.due_on < today()).label("overdue"),
               Organization.name.label("community"))
        .outerjoin(Organization, (Organization.tenant_id == Obligation.tenant_id) & (Organization.id == Obligation.community_id))
        .where(Obligation.tenant_id == tenant, Obligation.member_id == member_id, Obligation.status == "open")
        .order_by(Obligation.due_on)).all()
    records, minutes, _measured = _records(ServiceRecord.member_id == member_id)
    return OwnState(certificate, report_ins, obligations, records, minutes)


def _records(condition: ColumnElement[bool]) -> tuple[dict[str, int], int, int]:
    """This year's records by status, the minutes of the counted ones, and of these what the system measured."""
    measured = func.coalesce(func.sum(ServiceRecord.minutes).filter(ServiceRecord.hours_source == "system"), 0)
    rows = session().execute(select(ServiceRecord.status, func.count(), func.sum(ServiceRecord.minutes), measured).where(
        ServiceRecord.tenant_id == tenant_id(), ServiceRecord.happened_on >= today().replace(month=1, day=1), condition)
        .group_by(ServiceRecord.status)).all()
    counted = next((r for r in rows if r[0] == "counted"), None)
    return {r[0]: r[1] for r in rows}, int(counted[2]) if counted else 0, int(counted[3]) if counted else 0


def _report_ins(condition: ColumnElement[bool]) -> Queue:
    waiting = (ReportIn.tenant_id == tenant_id(), ReportIn.status == "submitted", condition)
    count = session().execute(select(func.count()).where(*waiting)).scalar_one()
    rows = session().execute(
        select(ReportIn.id, ReportIn.member_id, ReportIn.reported_on.label("day"), Member.name)
        .join(Member, (Member.tenant_id == ReportIn.tenant_id) & (Member.id == ReportIn.member_id))
        .where(*waiting).order_by(ReportIn.reported_on, ReportIn.id).limit(SHOWN)).all() if count else []
    return Queue(count, rows)


def _service(status: str, condition: ColumnElement[bool]) -> Queue:
    waiting = (ServiceRecord.tenant_id == tenant_id(), ServiceRecord.status == status, condition)
    count = session().execute(select(func.count()).where(*waiting)).scalar_one()
    rows = session().execute(
        select(ServiceRecord.id, ServiceRecord.member_id, ServiceRecord.happened_on.label("day"), ServiceRecord.title, Member.name)
        .join(Member, (Member.tenant_id == ServiceRecord.tenant_id) & (Member.id == ServiceRecord.member_id))
        .where(*waiting).order_by(ServiceRecord.happened_on, ServiceRecord.id).limit(SHOWN)).all() if count else []
    return Queue(count, rows)


def _beside(of: Any, order: Any, waits: ColumnElement[bool], condition: ColumnElement[bool]) -> Queue:
    """What waits beside records that are verified or count: requests for a correction, call-backs; one query, since there are few."""
    rows = session().execute(
        select(of.id, of.record_id, ServiceRecord.happened_on.label("day"), ServiceRecord.title, Member.name, func.count().over().label("total"))
        .select_from(of).join(ServiceRecord, (ServiceRecord.tenant_id == of.tenant_id) & (ServiceRecord.id == of.record_id))
        .join(Member, (Member.tenant_id == of.tenant_id) & (Member.id == ServiceRecord.member_id))
        .where(of.tenant_id == tenant_id(), waits, ServiceRecord.status.in_(FILED), condition).order_by(order, of.id).limit(SHOWN)).all()
    return Queue(rows[0].total if rows else 0, rows)


def _overdue(condition: ColumnElement[bool]) -> Queue:
    late = (Obligation.tenant_id == tenant_id(), Obligation.status == "open", Obligation.due_on < today(), condition)
    count = session().execute(select(func.count()).where(*late)).scalar_one()
    rows = session().execute(
        select(Obligation.id, Obligation.member_id, Obligation.due_on.label("day"), Obligation.reason_code, Member.name)
        .join(Member, (Member.tenant_id == Obligation.tenant_id) & (Member.id == Obligation.member_id))
        .where(*late).order_by(Obligation.due_on, Obligation.id).limit(SHOWN)).all() if count else []
    return Queue(count, rows)


def _late_claims(condition: ColumnElement[bool]) -> Queue:
    """Claims that are held beyond their deadline; a unit's is one, under the unit's name."""
    late = (Claim.tenant_id == tenant_id(), Claim.state == "held", Claim.due_on < today(), Claim.parent_id.is_(None), condition)
    count = session().execute(select(func.count()).where(*late)).scalar_one()
    rows = session().execute(
        select(Claim.id, Claim.member_id, Claim.due_on.label("day"), Matter.title, func.coalesce(Member.name, Organization.name).label("name"))
        .join(Matter, (Matter.tenant_id == Claim.tenant_id) & (Matter.id == Claim.matter_id))
        .outerjoin(Member, (Member.tenant_id == Claim.tenant_id) & (Member.id == Claim.member_id))
        .outerjoin(Organization, (Organization.tenant_id == Claim.tenant_id) & (Organization.id == Claim.unit_id))
        .where(*late).order_by(Claim.due_on, Claim.id).limit(SHOWN)).all() if count else []
    return Queue(count, rows)
