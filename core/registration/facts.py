"""Facts of registration that rules and plugins read: since when a member has been reporting in, where, and what is still owed."""
from __future__ import annotations

from sqlalchemy import ColumnElement, Subquery, func, select

from core.registration.models import Obligation, ReportIn
from core.registration.obligations import CURRENT
from core.tenancy.scope import tenant_id


def first_report_ins() -> Subquery:
    """The day of each member's first report-in that a community confirmed, ended ones included: member_id, first_on."""
    return (select(ReportIn.member_id, func.min(ReportIn.reported_on).label("first_on"))
            .where(ReportIn.tenant_id == tenant_id(), ReportIn.status.in_(("confirmed", "ended")), ReportIn.decided_on.is_not(None))
            .group_by(ReportIn.member_id).subquery("first_report_in"))


def report_in_rows() -> Subquery:
    """Report-ins as a sub-query to join, those returned left out: member_id, community_id, basis, status, reported_on, ended_on."""
    return _rows("report_in_rows", ReportIn.status != "returned")


def current_report_ins() -> Subquery:
    """Report-ins that wait for their community or are confirmed: member_id, community_id, status (submitted, confirmed), reported_on."""
    return _rows("current_report_in", ReportIn.status.in_(CURRENT))


def confirmed_report_ins() -> Subquery:
    """The report-ins that communities have confirmed and that hold today: member_id, community_id, basis (residence or workplace), reported_on."""
    return _rows("confirmed_report_in", ReportIn.status == "confirmed")


def _rows(name: str, which: ColumnElement[bool]) -> Subquery:
    return (select(ReportIn.member_id, ReportIn.community_id, ReportIn.basis, ReportIn.status, ReportIn.reported_on, ReportIn.ended_on)
            .where(ReportIn.tenant_id == tenant_id(), which).subquery(name))


def open_obligations() -> Subquery:
    """Duties to report in that are still owed (R18): obligation_id, member_id, unit_id, due_on, reason_code."""
    return (select(Obligation.id.label("obligation_id"), Obligation.member_id, Obligation.unit_id, Obligation.due_on, Obligation.reason_code)
            .where(Obligation.tenant_id == tenant_id(), Obligation.status == "open").subquery("open_obligation"))
