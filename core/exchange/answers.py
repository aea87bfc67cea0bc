"""What comes home: receipts and records of our members who serve elsewhere, marked as such; and records that somebody brings along."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.db import new_id
from core.errors import Invalid
from core.exchange import guests, outbox
from core.exchange.inbox import Arrival, handles
from core.exchange.models import ExchangeMember, ExchangeOutgoing, ExchangePartner, ExchangeReceipt, ExchangeRecord
from core.i18n import _
from core.registration import elsewhere
from core.tenancy import now, session
from core.tenancy.scope import tenant_id


@handles("receipt", lambda body: body["report_in_id"])
def take_receipt(arrival: Arrival) -> None:
    """Close the unit's register: the member has reported in elsewhere. A later edition takes that back; an earlier one comes too late."""
    body = arrival.body
    arrival.row.member_id = certified(arrival.partner, body["member_id"])
    if body["reason"] is not None:
        _turned_away(arrival.partner, body)
        return
    values = {"edition": body["edition"], "community": body["community"]["name"], "basis": body["basis"], "number": body["number"],
              "reported_on": body["reported_on"], "in_force": body["in_force"]}
    row = insert(ExchangeReceipt).values(tenant_id=tenant_id(), id=new_id(), member_id=body["member_id"], partner_id=arrival.partner.id,
                                         remote_id=body["report_in_id"], **values)
    written = session().execute(row.on_conflict_do_update(
        index_elements=["tenant_id", "partner_id", "remote_id"], set_=values,
        where=ExchangeReceipt.edition < row.excluded.edition).returning(ExchangeReceipt.id)).scalar_one_or_none()
    if written is None:
        return
    if body["in_force"]:
        elsewhere.meet(body["member_id"], body["basis"], body["reported_on"])
    elif body["edition"]:
        elsewhere.owe_again(body["member_id"], body["reported_on"])


@handles("record", lambda body: body["member_id"])
def take_records(arrival: Arrival) -> None:
    """Keep services done elsewhere. Of somebody who moves here they wait until the certificate is accepted."""
    body, partner = arrival.body, arrival.partner
    member_id = session().scalar(select(ExchangeMember.member_id).where(
        ExchangeMember.tenant_id == tenant_id(), ExchangeMember.partner_id == partner.id, ExchangeMember.remote_id == body["member_id"],
        ExchangeMember.moved))
    if member_id is None:
        if guests.local_member(partner, body["member_id"]) is None and not is_certified(partner, body["member_id"]):
            arrival.row.state = "waiting"
            return
        member_id = certified(partner, body["member_id"])
    arrival.row.member_id = member_id
    for said in body["records"]:
        _keep_record(partner, member_id, said)


def _keep_record(partner: ExchangePartner, member_id: uuid.UUID, said: dict[str, Any]) -> None:
    values = {name: said[name] for name in ("edition", "community", "kind", "title", "happened_on", "minutes", "rating", "counts")}
    row = insert(ExchangeRecord).values(tenant_id=tenant_id(), id=new_id(), member_id=member_id, partner_id=partner.id, remote_id=said["id"],
                                        **values)
    session().execute(row.on_conflict_do_update(index_elements=["tenant_id", "partner_id", "remote_id"], set_=values,
                                                where=(ExchangeRecord.edition < row.excluded.edition) & (ExchangeRecord.member_id == member_id)))


def is_certified(partner: ExchangePartner, member_id: uuid.UUID) -> bool:
    """Whether we have ever certified that member to that partner."""
    return session().scalar(select(ExchangeOutgoing.id).where(
        ExchangeOutgoing.tenant_id == tenant_id(), ExchangeOutgoing.partner_id == partner.id, ExchangeOutgoing.kind == "certificate",
        ExchangeOutgoing.member_id == member_id).limit(1)) is not None


def certified(partner: ExchangePartner, member_id: uuid.UUID) -> uuid.UUID:
    """The member, whom we have certified to that partner; of nobody else does a partner tell us anything. Raises Invalid."""
    if not is_certified(partner, member_id):
        raise Invalid(_("本地没有向该伙伴介绍过这名党员，不能接收。"))
    return member_id


def _turned_away(partner: ExchangePartner, body: dict[str, Any]) -> None:
    """Note what came back: the envelope that is named, or every one of the certificate; a move's records came back with it."""
    of = ExchangeOutgoing
    sent = session().scalars(select(of).where(
        of.tenant_id == tenant_id(), of.partner_id == partner.id, of.kind == "certificate", of.about_id == body["certificate_id"],
        of.member_id == body["member_id"]).order_by(of.id).with_for_update().execution_options(populate_existing=True)).all()
    back = [row for row in sent if row.id == body["report_in_id"]] or sent
    for row in back:
        if row.state != "refused":
            _came_back(row, body["reason"])
            for record in _sent_along(row):
                _came_back(record, body["reason"])


def _came_back(row: ExchangeOutgoing, reason: str) -> None:
    row.state, row.reason, row.settled_at = "refused", reason, now()


def _sent_along(row: ExchangeOutgoing) -> Sequence[ExchangeOutgoing]:
    """The envelopes of records that were laid out with this certificate, when it was a move's."""
    said = outbox.body_of(row)
    if said is None or said["moves_on"] is None:
        return ()
    of = ExchangeOutgoing
    return session().scalars(select(of).where(
        of.tenant_id == tenant_id(), of.partner_id == row.partner_id, of.kind == "record", of.about_id == row.member_id, of.id > row.id,
        of.state != "refused").order_by(of.id).with_for_update().execution_options(populate_existing=True)).all()
