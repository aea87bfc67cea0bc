"""Closing a claim into service records, without anybody typing again what the matter says already (R42)."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select

from core import audit
from core.access.models import Account
from core.errors import Conflict, Invalid
from core.extension.dispatch import tell
from core.i18n import _
from core.service import records
from core.service.claims.claiming import end, fact, locked
from core.service.claims.matters import recipient_of
from core.service.claims.models import LIVE, Claim, Matter
from core.service.models import ServiceRecord
from core.service.records import RecordInput
from core.tenancy import session, today
from core.tenancy.scope import tenant_id

USUAL_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Service:
    """One service under a claim: the day, and its length in minutes, None: as long as the matter says.

    The length counts as recorded by the system (`hours_source` system) where it comes from the matter or from times that were agreed
    (`agreed`), else as written by hand.
    """

    happened_on: dt.date
    minutes: int | None = None
    started_at: dt.time | None = None
    agreed: bool = False


def serve(claim_id: uuid.UUID, service: Service, *, by: uuid.UUID | None, record_id: uuid.UUID | None = None) -> list[uuid.UUID]:
    """Write down one service under a claim that goes on, such as a weekly post; answers the records, one a member.

    The records wait for the community's verification like any other. `record_id` makes the same form sent twice one record.
    Raises Conflict, Invalid, NotFound.
    """
    row, matter = locked(claim_id)
    return _serve(row, matter, service, by=by, record_id=record_id)


def complete(claim_id: uuid.UUID, version: int | None, service: Service | None, *, by: uuid.UUID | None,
             verified_by: uuid.UUID | None = None) -> list[uuid.UUID]:
    """End a claim as done, with a last service where there is one; answers its records.

    `verified_by`: an officer of the community vouches for it at once (R70), as when the community itself closes it. The matter stays
    open for others; a place that was used up is not given again. Raises Conflict, Invalid, NotFound.
    """
    row, matter = locked(claim_id, version)
    made = _serve(row, matter, service, by=by) if service is not None else []
    if verified_by is not None:
        _vouch(made, verified_by)
    ending = (row, *_members_under(row))
    for one in ending:
        end(one, "done")
    session().flush()
    for one in ending:
        tell("claim_ended", claim=fact(one))
    return made


def _vouch(record_ids: list[uuid.UUID], by: uuid.UUID) -> None:
    """Verify the records, but nobody vouches for a service of one's own: that waits for another officer."""
    own = select(Account.member_id).where(Account.tenant_id == tenant_id(), Account.id == by).scalar_subquery()
    for record_id in session().scalars(select(ServiceRecord.id).where(
            ServiceRecord.tenant_id == tenant_id(), ServiceRecord.id.in_(record_ids), ServiceRecord.member_id.is_distinct_from(own))).all():
        records.verify(record_id, 1, by=by)


def _serve(row: Claim, matter: Matter, service: Service, *, by: uuid.UUID | None, record_id: uuid.UUID | None = None) -> list[uuid.UUID]:
    if row.state != "held":
        raise Conflict(_("这次认领还在候补，轮到后才能登记服务。"))
    if service.happened_on > today():
        raise Invalid(_("服务日期还没有到。"), {"happened_on": [_("日期还没有到")]})
    serving = [row] if row.member_id is not None else _members_under(row)
    if not serving:
        raise Invalid(_("请先选择参加服务的党员。"), {"members": [_("请选择")]})
    given, source = _input(matter, service, collective=row.member_id is None), _source(matter, service)
    made = [records.submit(one.member_id, given, entered_by=by, claim_id=one.id, hours_source=source,
                           record_id=record_id if len(serving) == 1 else None) for one in serving if one.member_id is not None]
    audit.record("claim.served", "claim", row.id, {"records": len(made)})
    return made


def _input(matter: Matter, service: Service, *, collective: bool) -> RecordInput:
    return RecordInput(kind=matter.kind, title=matter.title, happened_on=service.happened_on,
                       minutes=service.minutes or matter.minutes or USUAL_MINUTES, community_id=matter.community_id, place=matter.place,
                       recipient_kind=matter.recipient_kind, recipient_group=matter.recipient_group, recipient=recipient_of(matter),
                       started_at=service.started_at, collective=collective)


def _source(matter: Matter, service: Service) -> str:
    by_system = service.agreed or (service.minutes in (None, matter.minutes) and matter.minutes is not None)
    return "system" if by_system else "reported"


def _members_under(row: Claim) -> list[Claim]:
    if row.member_id is not None:
        return []
    return list(session().scalars(select(Claim).where(Claim.tenant_id == tenant_id(), Claim.parent_id == row.id, Claim.state.in_(LIVE))
                                  .order_by(Claim.id)))
