"""Certificates that come in: they wait at the community's desk like a report-in, and are accepted or returned there."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from core import audit
from core.errors import Conflict, Invalid, NotFound
from core.exchange import guests, inbox, outbox, settings as _settings  # registers the section  # noqa: F401
from core.exchange.inbox import TABLE, Arrival, handles
from core.exchange.models import ExchangeIncoming, ExchangePartner
from core.extension.settings import effective
from core.i18n import _
from core.organizations import tree
from core.registration import reporting
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id


@handles("certificate", lambda body: body["certificate"]["id"])
def arrive(arrival: Arrival) -> None:
    """Lay a certificate on the desk of its community; an unknown community is the administrator's to find."""
    arrival.row.community_id = guests.community(arrival.body["community"]["code"])
    arrival.row.state = "held" if effective("exchange")["arrivals"] == "administrator" or arrival.row.community_id is None else "waiting"


def release(incoming_id: uuid.UUID, community_id: uuid.UUID, version: int) -> None:
    """The administrator lets a certificate through to a community's desk. Raises NotFound, Conflict, Invalid."""
    row = locked(incoming_id, version)
    if row.state != "held":
        raise _moved_on()
    if tree.get(community_id).kind != "community":
        raise Invalid(_("请选择一个社区。"), {"community_id": [_("请选择")]})
    row.state, row.community_id, row.version = "waiting", community_id, row.version + 1
    session().flush()
    audit.record("exchange.released", TABLE, incoming_id, {"community": community_id})


def admit(incoming_id: uuid.UUID, version: int, *, by: uuid.UUID | None) -> uuid.UUID:
    """The community takes a certified member in; answers the member's id.

    A guest is reported in at once, with the receipt that goes home. Who moves here for good begins the month in which to report in.
    Raises NotFound, Conflict, and what reporting in raises.
    """
    row = locked(incoming_id, version)
    if row.state != "waiting" or row.community_id is None:
        raise _moved_on()
    # Two desks that take in members of one unit come one after the other, so that the unit is made once.
    partner = session().scalars(select(ExchangePartner).where(ExchangePartner.tenant_id == tenant_id(), ExchangePartner.id == row.partner_id)
                                .with_for_update()).one()
    body = inbox.body_of(row)
    unit_id = guests.ensure_unit(partner, body["unit"])
    member_id = guests.ensure_member(partner, body, unit_id, row.community_id, min(body["moves_on"] or today(), today()))
    row.state, row.member_id, row.unit_id, row.decided_by, row.decided_at = "done", member_id, unit_id, by, now()
    row.version += 1
    session().flush()
    if body["moves_on"] is None:
        _report_in(member_id, row.community_id, body["basis"], by)
    else:
        inbox.reapply(partner, "record", body["member"]["id"])
    audit.record("exchange.admitted", TABLE, incoming_id, {"member": member_id, "moved": body["moves_on"] is not None})
    return member_id


def _report_in(member_id: uuid.UUID, community_id: uuid.UUID, basis: str, by: uuid.UUID | None) -> None:
    try:
        reporting.accept(member_id, community_id, basis, by=by)
    except Conflict as error:
        raise Conflict(_("没有接收：%(said)s", said=error.message)) from error


def turn_away(incoming_id: uuid.UUID, version: int, reason: str, *, by: uuid.UUID | None) -> int:
    """Return a certificate with a reason, which goes back to the sender; its content is not kept, nor the records that a move sent along.

    Answers how many envelopes of records went with it. Raises NotFound, Conflict, Invalid.
    """
    row = locked(incoming_id, version)
    if row.kind != "certificate" or row.state not in {"held", "waiting"}:
        raise _moved_on()
    if not reason.strip():
        raise Invalid(_("请写明退回的原因，对方单位会看到。"), {"reason": [_("请填写")]})
    body, partner = inbox.body_of(row), session().get_one(ExchangePartner, (tenant_id(), row.partner_id))
    said = reason.strip()[:300]
    if partner.state == "active":
        outbox.post(partner, "receipt", _refusal(body, row.envelope_id, said), about_id=row.id)
    inbox.refuse(row, said, decided=True)
    row.decided_by = by
    records = _records(partner, body["member"]["id"]) if body["moves_on"] is not None else ()
    for record in records:
        inbox.refuse(record, said)  # not for ever: home learns of it with the certificate, and may send them again
    session().flush()
    audit.record("exchange.turned_away", TABLE, incoming_id, {"partner": partner.code, "records": len(records)})
    return len(records)


def _records(partner: ExchangePartner, member_id: uuid.UUID) -> Sequence[ExchangeIncoming]:
    """What waits of a member's records, under a lock: what was given its effect meanwhile is not among them."""
    return session().scalars(select(ExchangeIncoming).where(
        ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.partner_id == partner.id, ExchangeIncoming.kind == "record",
        ExchangeIncoming.about_id == member_id, ExchangeIncoming.state == "waiting").order_by(ExchangeIncoming.id).with_for_update()
        .execution_options(populate_existing=True)).all()


def _refusal(body: dict[str, Any], envelope_id: uuid.UUID, reason: str) -> dict[str, Any]:
    """Says by `report_in_id` which envelope came back: a certificate may have been sent twice, and the other be admitted."""
    return {"member_id": body["member"]["id"], "certificate_id": body["certificate"]["id"], "reason": reason, "report_in_id": envelope_id,
            "edition": 0, "community": body["community"], "basis": body["basis"], "number": "", "reported_on": today(), "in_force": False}


def locked(incoming_id: uuid.UUID, version: int) -> ExchangeIncoming:
    """The row under a lock. Raises NotFound, Conflict when it changed since `version` was read."""
    row = session().scalar(select(ExchangeIncoming).where(ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.id == incoming_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.version != version:
        raise _moved_on()
    return row


def _moved_on() -> Conflict:
    return Conflict(_("这份介绍信已经有人处理过，请刷新页面查看最新状态。"))
