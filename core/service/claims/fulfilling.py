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
from core.service.claims.claiming import end, locked
from core.service.claims.matters import recipient_of
from core.service.claims.models import LIVE, Claim, Matter
from core.service.claims.waiting import fact, under
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


def serve(claim_id: uuid.UUID, service: Service, *, by: uuid.UUID | None, record_id: uuid.UUID | None = None,
          verified_by: uuid.UUID | None = None) -> list[uuid.UUID]:
    """Write down one service under a claim that goes on, such as a weekly post; answers the records, one a member.

    The records wait for the community's verification like any other, unless an officer of the community who was there vouches for them
    at once (`verified_by`, R70). `record_id` makes the same form sent twice one record. Raises Conflict, Invalid, NotFound.
    """
    row, matter = locked(claim_id)
    made = _serve(row, matter, service, by=by, record_id=record_id)
    if verified_by is not None:
        _vouch(made, verified_by)
    return made


def complete(claim_id: uuid.UUID, version: int | None, service: Service | None, *, by: uuid.UUID | None,
             verified_by: uuid.UUID | None = None, record_id: uuid.UUID | None = None) -> list[uuid.UUID]:
    """End a claim as done, with a last service where there is one; answers its records.

    `verified_by`: an officer of the community vouches for it at once (R70), as when the community itself closes it; the officer's own
    record, under a unit's claim, waits for somebody else. `record_id` as for `serve`: a form of which a service was noted already
    notes no second one. The matter stays open for others; a place that was used up is not given again. Raises Conflict, Invalid,
    NotFound.
    """
    row, matter = locked(claim_id, version)
    _require_held(row)
    made = _serve(row, matter, service, by=by, record_id=record_id) if service is not None else []
    if verified_by is not None:
        _vouch(made, verified_by)
    ending = [row, *under(row, LIVE)]
    for one in ending:
        end(one, "done")
    session().flush()
    for one in ending:
        tell("claim_ended", claim=fact(one))
    return made


def _serve(row: Claim, matter: Matter, service: Service, *, by: uuid.UUID | None, record_id: uuid.UUID | None = None) -> list[uuid.UUID]:
    _require_held(row)
    if service.happened_on > today():
        raise Invalid(_("服务日期还没有到。"), {"happened_on": [_("日期还没有到")]})
    serving = [row] if row.member_id is not None else under(row, LIVE)
    if not serving:
        raise Invalid(_("请先选择参加服务的党员。"), {"members": [_("请选择")]})
    given, source = _input(matter, service, collective=row.member_id is None), _source(matter, service)
    made = [records.submit(one.member_id, given, entered_by=by, claim_id=one.id, hours_source=source,
                           record_id=_record_id(record_id, row, one)) for one in serving if one.member_id is not None]
    audit.record("claim.served", "claim", row.id, {"records": len(made)})
    return made


def _record_id(record_id: uuid.UUID | None, row: Claim, one: Claim) -> uuid.UUID | None:
    """The id of one member's record: of a form for several, each has one that follows from the form's, so that sent twice is once."""
    return record_id if record_id is None or one.id == row.id else uuid.uuid5(record_id, one.id.hex)


def _require_held(row: Claim) -> None:
    if row.state != "held":
        raise Conflict(_("这次认领还在候补，轮到后才能登记服务。"))


def _vouch(record_ids: list[uuid.UUID], account_id: uuid.UUID) -> None:
    """Verify the new records, but nobody vouches for a service of one's own: that waits for another officer."""
    own = session().scalar(select(Account.member_id).where(Account.tenant_id == tenant_id(), Account.id == account_id))
    rows = session().execute(select(ServiceRecord.id, ServiceRecord.version).where(
        ServiceRecord.tenant_id == tenant_id(), ServiceRecord.id.in_(record_ids), ServiceRecord.status == "submitted",
        ServiceRecord.member_id.is_distinct_from(own))).all()
    for record_id, version in rows:
        records.verify(record_id, version, by=account_id)


def _input(matter: Matter, service: Service, *, collective: bool) -> RecordInput:
    return RecordInput(kind=matter.kind, title=matter.title, happened_on=service.happened_on,
                       minutes=service.minutes or matter.minutes or USUAL_MINUTES, community_id=matter.community_id, place=matter.place,
                       recipient_kind=matter.recipient_kind, recipient_group=matter.recipient_group, recipient=recipient_of(matter),
                       started_at=service.started_at, collective=collective)


def _source(matter: Matter, service: Service) -> str:
    by_system = service.agreed or (service.minutes in (None, matter.minutes) and matter.minutes is not None)
    return "system" if by_system else "reported"
