"""A member's moves and leave together with the duties that follow from them (三.2): the one door for pages and API."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select, update

from core.audit import current_actor
from core.members import affiliations
from core.members.affiliations import AffiliationChange
from core.registration import obligations
from core.registration.models import Obligation, ObligationEvent, ReportIn
from core.tenancy import now, session
from core.tenancy.scope import tenant_id


def move(member_id: uuid.UUID, kind: str, organization_id: uuid.UUID, day: dt.date, *,
         version: int | None = None) -> AffiliationChange | None:
    """Let a member belong elsewhere from `day` on and open the obligation that follows. Raises as `affiliations.move`."""
    change = affiliations.move(member_id, kind, organization_id, day, version=version)
    if change is not None:
        obligations.open_for([change])
    return change


def leave(member_id: uuid.UUID, day: dt.date, *, version: int | None = None) -> None:
    """A member leaves the register: what is owed is waived, present report-ins end. Raises as `affiliations.leave`."""
    affiliations.leave(member_id, day, version=version)
    tenant = tenant_id()
    # Report-ins before duties, as whoever confirms one takes their locks; a duty met at this very moment stays met.
    session().execute(update(ReportIn).where(
        ReportIn.tenant_id == tenant, ReportIn.member_id == member_id, ReportIn.status.in_(("submitted", "confirmed")))
        .values(status="ended", ended_on=day, version=ReportIn.version + 1))
    owed = session().scalars(select(Obligation).where(Obligation.tenant_id == tenant, Obligation.member_id == member_id,
                                                      Obligation.status == "open")
                             .with_for_update().execution_options(populate_existing=True)).all()
    for row in owed:
        row.status, row.version = "waived", row.version + 1
        session().add(ObligationEvent(obligation_id=row.id, kind="waived", at=now(), actor_id=current_actor().id))
    session().flush()
