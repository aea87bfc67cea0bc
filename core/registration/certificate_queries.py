"""Reads certificates for lists, the choice of units to issue for, exports and the papers to print."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import aliased

from core.access.actor import GrantFact
from core.access.authorization import Target
from core.documents.papers import CertificatePaper
from core.errors import NotFound
from core.extension.settings import effective
from core.i18n import _
from core.members.models import Member
from core.organizations.models import Organization
from core.registration import certificates
from core.registration.models import Certificate, Obligation
from core.registration.paging import PAGE, Listing, listing
from core.registration.reach import within
from core.tenancy import session
from core.tenancy.scope import current_tenant, tenant_id

_unit, _issuer = aliased(Organization), aliased(Organization)


@dataclass(frozen=True, slots=True)
class CertificateFilter:
    """What to list: `grants` bound it; `number` is the beginning of a number, `unit_id`/`issuer_id` one unit or issuer."""

    grants: tuple[GrantFact, ...]
    number: str = ""
    status: str | None = None
    unit_id: uuid.UUID | None = None
    issuer_id: uuid.UUID | None = None


class CertificateRow(NamedTuple):
    """One certificate of a list."""

    id: uuid.UUID
    number: str
    status: str
    issued_on: dt.date
    revoked_reason: str | None
    member_id: uuid.UUID
    name: str
    unit: str
    issuer: str


def certificate_list(wanted: CertificateFilter, *, after: uuid.UUID | None = None, before: uuid.UUID | None = None,
                     limit: int = PAGE) -> Listing:
    """A page of certificates by number, as CertificateRow: one query, one more from the second page on."""
    page = listing(_select(wanted), (Certificate.number, Certificate.id), after=after, before=before, limit=limit)
    return Listing([CertificateRow(*row) for row in page.rows], page.previous, page.next)


def certificate_rows(wanted: CertificateFilter, limit: int) -> Iterator[CertificateRow]:
    """All of them in order, for an export; read in portions."""
    rows = session().execute(_select(wanted).order_by(Certificate.number).limit(limit).execution_options(yield_per=1_000))
    return (CertificateRow(*row) for row in rows)


def _columns() -> Select:
    return (select(Certificate.id, Certificate.number, Certificate.status, Certificate.issued_on, Certificate.revoked_reason,
                   Certificate.member_id, Member.name, _unit.name.label("unit"), _issuer.name.label("issuer"))
            .join(Member, and_(Member.tenant_id == Certificate.tenant_id, Member.id == Certificate.member_id))
            .join(_unit, and_(_unit.tenant_id == Certificate.tenant_id, _unit.id == Certificate.unit_id))
            .join(_issuer, and_(_issuer.tenant_id == Certificate.tenant_id, _issuer.id == Certificate.issuer_id))
            .where(Certificate.tenant_id == tenant_id()))


def _select(wanted: CertificateFilter) -> Select:
    query = _columns().where(within(wanted.grants, unit=Certificate.unit_id))
    if wanted.number:
        query = query.where(Certificate.number.bool_op("^@")(certificates.tidy_number(wanted.number)))
    for column, value in ((Certificate.status, wanted.status), (Certificate.unit_id, wanted.unit_id),
                          (Certificate.issuer_id, wanted.issuer_id)):
        if value is not None:
            query = query.where(column == value)
    return query


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One certificate; `target` lies under its unit."""

    row: CertificateRow
    unit_id: uuid.UUID
    target: Target


def certificate(certificate_id: uuid.UUID) -> CertificateView:
    """One certificate in one query. Raises NotFound."""
    found = session().execute(_columns().add_columns(Certificate.unit_id, _unit.path).where(
        Certificate.id == certificate_id)).one_or_none()
    if found is None:
        raise NotFound
    return CertificateView(CertificateRow(*found[:9]), found[9], Target((found[10],), found.member_id))


def valid_of(member_id: uuid.UUID) -> Row | None:
    """Id and number of a member's valid certificate. One query."""
    return session().execute(select(Certificate.id, Certificate.number).where(
        Certificate.tenant_id == tenant_id(), Certificate.member_id == member_id, Certificate.status == "valid")).one_or_none()


class UnitRow(NamedTuple):
    """A unit with the number of its members and of those without a valid certificate."""

    id: uuid.UUID
    name: str
    unit_type: str
    path: str
    members: int
    wanting: int


def units_to_issue(grants: Sequence[GrantFact], *, text: str = "", after: uuid.UUID | None = None, before: uuid.UUID | None = None,
                   limit: int = PAGE) -> Listing:
    """A page of units by name, as UnitRow: two queries, one more from the second page on."""
    query = select(Organization.id, Organization.name, Organization.unit_type, Organization.path).where(
        Organization.tenant_id == tenant_id(), Organization.kind == "unit", Organization.active, within(grants, unit=Organization.id))
    if text:
        query = query.where(func.strpos(Organization.name, text) > 0)
    page = listing(query, (Organization.sort_key, Organization.id), after=after, before=before, limit=limit)
    counts = {unit: (members, wanting) for unit, members, wanting in session().execute(
        select(Member.unit_id, func.count(), func.count().filter(Certificate.id.is_(None)))
        .select_from(Member).outerjoin(Certificate, _valid())
        .where(Member.tenant_id == tenant_id(), Member.unit_id.in_([r.id for r in page.rows]), Member.status == "active")
        .group_by(Member.unit_id))}
    rows = [UnitRow(row.id, row.name, row.unit_type, row.path, *counts.get(row.id, (0, 0))) for row in page.rows]
    return Listing(rows, page.previous, page.next)


class Wanting(NamedTuple):
    """A member of a unit without a valid certificate."""

    id: uuid.UUID
    name: str
    position: str | None
    branch: str | None


def wanting_certificate(unit_id: uuid.UUID, limit: int = 1_000) -> list[Wanting]:
    """The active members of a unit who have no valid certificate, by name. One query."""
    rows = session().execute(select(Member.id, Member.name, Member.position, Member.branch).outerjoin(Certificate, _valid()).where(
        Member.tenant_id == tenant_id(), Member.unit_id == unit_id, Member.status == "active", Certificate.id.is_(None))
        .order_by(Member.sort_key, Member.id).limit(limit))
    return [Wanting(*row) for row in rows]


def valid_certificates(unit_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Ids of the valid certificates of some units, by unit and number; for printing them all."""
    return list(session().scalars(select(Certificate.id).where(
        Certificate.tenant_id == tenant_id(), Certificate.unit_id.in_(unit_ids), Certificate.status == "valid")
        .order_by(Certificate.unit_id, Certificate.number)))


def papers(certificate_ids: Sequence[uuid.UUID]) -> list[CertificatePaper]:
    """What stands on the papers of valid certificates, by number. One query; revoked or unknown ones are left out."""
    home, work = aliased(Organization), aliased(Organization)
    due = (select(func.min(Obligation.due_on)).where(
        Obligation.tenant_id == Certificate.tenant_id, Obligation.status == "open", Obligation.member_id == Certificate.member_id)
        .correlate(Certificate).scalar_subquery())
    rows = session().execute(
        select(Certificate.id, Certificate.number, Certificate.nonce, Certificate.issued_on, Member.name, _issuer.name.label("issuer"),
               _unit.name.label("unit"), home.name.label("home"), work.name.label("work"), due.label("due"))
        .join(Member, and_(Member.tenant_id == Certificate.tenant_id, Member.id == Certificate.member_id))
        .join(_unit, and_(_unit.tenant_id == Certificate.tenant_id, _unit.id == Certificate.unit_id))
        .join(_issuer, and_(_issuer.tenant_id == Certificate.tenant_id, _issuer.id == Certificate.issuer_id))
        .outerjoin(home, and_(home.tenant_id == Member.tenant_id, home.id == Member.residence_id))
        .outerjoin(work, and_(work.tenant_id == Member.tenant_id, work.id == Member.workplace_id))
        .where(Certificate.tenant_id == tenant_id(), Certificate.id.in_(certificate_ids), Certificate.status == "valid")
        .order_by(Certificate.number)).all()
    tenant, both = current_tenant().name, effective("registration")["report_to"] == "both"
    return [CertificatePaper(
        number=r.number, issuer=r.issuer, tenant=tenant, member_name=r.name, unit=r.unit, residence_community=r.home,
        workplace_community=r.work, issued_on=r.issued_on, valid_note=_note(r.due, both=both),
        qr_text=certificates.token(r.id, r.nonce)) for r in rows]


def own_paper(member_id: uuid.UUID) -> CertificatePaper | None:
    """What stands on a member's valid certificate; None without one."""
    found = session().scalar(select(Certificate.id).where(Certificate.tenant_id == tenant_id(), Certificate.member_id == member_id,
                                                          Certificate.status == "valid"))
    return next(iter(papers([found])), None) if found else None


def _note(due: dt.date | None, *, both: bool) -> str:
    where = _("居住地和工作地社区") if both else _("居住地或工作地社区（任选一处）")
    if due is None:
        return _("请持本证到%(where)s报到。回执由社区盖章后带回单位。", where=where)
    day = f"{due.year}年{due.month}月{due.day}日"
    return _("请于%(day)s前持本证到%(where)s报到。回执由社区盖章后带回单位。", day=day, where=where)


def _valid() -> Any:
    return and_(Certificate.tenant_id == Member.tenant_id, Certificate.member_id == Member.id, Certificate.status == "valid")
