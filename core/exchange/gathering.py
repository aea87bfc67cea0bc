"""Lays out what is to go home of guests: read from what stands committed, so that no way of confirming or counting is forgotten.

A receipt or a record has edition 0 when it begins to hold and edition 1 when it ceases to; the outbox's unique key keeps each to once.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, or_, select
from sqlalchemy.orm import aliased

from core.exchange import outbox
from core.exchange.certifying import facts
from core.exchange.models import ExchangeMember, ExchangeOutgoing, ExchangePartner
from core.organizations.models import Organization
from core.registration.models import Receipt, ReportIn
from core.service.models import GONE, ServiceRecord
from core.tenancy import session
from core.tenancy.scope import tenant_id

MOST = 200


def gather() -> int:
    """Write envelopes for what guests' communities have confirmed, counted or taken back since the last time; answers how many."""
    partners = {row.id: row for row in session().scalars(select(ExchangePartner).where(
        ExchangePartner.tenant_id == tenant_id(), ExchangePartner.state == "active"))}
    if not partners:
        return 0
    found = 0
    for row in _receipts():
        outbox.post(partners[row.partner_id], "receipt", _receipt(row), about_id=row.id, edition=_edition(row.status == "confirmed"),
                    member_id=row.member_id, unit_id=row.unit_id)
        found += 1
    for row in _records():
        said = facts(row, row.community, edition=_edition(row.status == "counted"), counts=row.status == "counted")
        outbox.post(partners[row.partner_id], "record", {"member_id": row.remote_id, "records": [said]}, about_id=row.id,
                    edition=said["edition"], member_id=row.member_id, unit_id=row.unit_id)
        found += 1
    return found


def _receipts() -> Sequence[Row]:
    return session().execute(
        select(ReportIn.id, ReportIn.status, ReportIn.basis, ReportIn.reported_on, ReportIn.member_id, ReportIn.unit_id, Receipt.number,
               Organization.code, Organization.name, ExchangeMember.partner_id, ExchangeMember.remote_id)
        .join(ExchangeMember, (ExchangeMember.tenant_id == ReportIn.tenant_id) & (ExchangeMember.member_id == ReportIn.member_id))
        .join(Organization, (Organization.tenant_id == ReportIn.tenant_id) & (Organization.id == ReportIn.community_id))
        .outerjoin(Receipt, (Receipt.tenant_id == ReportIn.tenant_id) & (Receipt.report_in_id == ReportIn.id))
        .where(ReportIn.tenant_id == tenant_id(), _home(), or_(
            (ReportIn.status == "confirmed") & ~_said(ReportIn.id, "receipt", 0),
            (ReportIn.status == "returned") & _said(ReportIn.id, "receipt", 0) & ~_said(ReportIn.id, "receipt", 1)))
        .order_by(ReportIn.id).limit(MOST)).all()


def _records() -> Sequence[Row]:
    return session().execute(
        select(ServiceRecord.id, ServiceRecord.status, ServiceRecord.kind, ServiceRecord.title, ServiceRecord.happened_on, ServiceRecord.minutes,
               ServiceRecord.rating, ServiceRecord.waived, ServiceRecord.member_id, ServiceRecord.unit_id, Organization.name.label("community"),
               ExchangeMember.partner_id, ExchangeMember.remote_id)
        .join(ExchangeMember, (ExchangeMember.tenant_id == ServiceRecord.tenant_id) & (ExchangeMember.member_id == ServiceRecord.member_id))
        .join(Organization, (Organization.tenant_id == ServiceRecord.tenant_id) & (Organization.id == ServiceRecord.community_id))
        .where(ServiceRecord.tenant_id == tenant_id(), _home(), or_(
            (ServiceRecord.status == "counted") & ~_said(ServiceRecord.id, "record", 0),
            ServiceRecord.status.in_(GONE) & _said(ServiceRecord.id, "record", 0) & ~_said(ServiceRecord.id, "record", 1)))
        .order_by(ServiceRecord.id).limit(MOST)).all()


def _home() -> ColumnElement[bool]:
    """Guests who have not come to stay, of partners with whom exchange is going on."""
    return ExchangeMember.moved.is_(False) & exists().where(
        ExchangePartner.tenant_id == ExchangeMember.tenant_id, ExchangePartner.id == ExchangeMember.partner_id, ExchangePartner.state == "active")


def _said(about: Any, kind: str, edition: int) -> ColumnElement[bool]:
    told = aliased(ExchangeOutgoing)
    return exists().where(told.tenant_id == tenant_id(), told.about_id == about, told.kind == kind, told.edition == edition)


def _receipt(row: Row) -> dict[str, Any]:
    return {"member_id": row.remote_id, "certificate_id": None, "reason": None, "report_in_id": row.id, "edition": _edition(row.status == "confirmed"),
            "community": {"code": row.code, "name": row.name}, "basis": row.basis, "number": row.number or "", "reported_on": row.reported_on,
            "in_force": row.status == "confirmed"}


def _edition(holds: bool) -> int:
    return 0 if holds else 1
