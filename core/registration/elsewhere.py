"""Duties that a report-in in another tenant meets: there is a receipt from elsewhere, and no report-in here (R9, R29)."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select

from core.extension.settings import effective
from core.registration.models import Obligation
from core.registration.obligations import record_event
from core.tenancy import session
from core.tenancy.scope import tenant_id


def meet(member_id: uuid.UUID, basis: str, day: dt.date) -> int:
    """Close the open duties that a report-in elsewhere answers, of its basis or all where one community is enough; answers how many."""
    query = select(Obligation).where(Obligation.tenant_id == tenant_id(), Obligation.member_id == member_id, Obligation.status == "open")
    if effective("registration")["report_to"] != "one":
        query = query.where(Obligation.basis.in_(("any", basis)))
    rows = session().scalars(query.order_by(Obligation.id).with_for_update().execution_options(populate_existing=True)).all()
    for row in rows:
        row.status, row.met_on, row.report_in_id, row.version = "met", day, None, row.version + 1
        record_event(row.id, "met")
    return len(rows)


def owe_again(member_id: uuid.UUID, day: dt.date) -> int:
    """Open again what `meet` closed on that day, as the receipt was taken back; answers how many."""
    rows = session().scalars(select(Obligation).where(
        Obligation.tenant_id == tenant_id(), Obligation.member_id == member_id, Obligation.status == "met", Obligation.met_on == day,
        Obligation.report_in_id.is_(None)).order_by(Obligation.id).with_for_update().execution_options(populate_existing=True)).all()
    open_ = set(session().scalars(select(Obligation.basis).where(
        Obligation.tenant_id == tenant_id(), Obligation.member_id == member_id, Obligation.status == "open")))
    for row in rows:
        row.status, row.met_on = "superseded" if row.basis in open_ else "open", None
        row.version += 1
        session().flush()
        record_event(row.id, "superseded" if row.basis in open_ else "opened")
        open_.add(row.basis)
    return len(rows)
