"""Facts of registration that rules and plugins read: who has reported in where, and since when."""
from __future__ import annotations

from sqlalchemy import Subquery, func, select

from core.registration.models import ReportIn
from core.tenancy.scope import tenant_id


def first_report_ins() -> Subquery:
    """The day of each member's first report-in that a community confirmed, ended ones included: member_id, first_on."""
    return (select(ReportIn.member_id, func.min(ReportIn.reported_on).label("first_on"))
            .where(ReportIn.tenant_id == tenant_id(), ReportIn.status.in_(("confirmed", "ended")), ReportIn.decided_on.is_not(None))
            .group_by(ReportIn.member_id).subquery("first_report_in"))


def report_in_rows() -> Subquery:
    """Report-ins as a sub-query to join, those returned left out: member_id, community_id, basis, status, reported_on, ended_on."""
    return (select(ReportIn.member_id, ReportIn.community_id, ReportIn.basis, ReportIn.status, ReportIn.reported_on, ReportIn.ended_on)
            .where(ReportIn.tenant_id == tenant_id(), ReportIn.status != "returned").subquery("report_in_rows"))
