"""What a community says to a unit in another tenant, and the unit's answer: the content is a plugin's, the way is ours (D12, D13)."""
from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, exists, select

from core.errors import Conflict, Invalid
from core.exchange import bodies, guests, inbox, outbox, partners
from core.exchange.inbox import Arrival, handles
from core.exchange.models import ExchangeIncoming, ExchangeMember, ExchangeOutgoing, ExchangePartner, ExchangeUnit
from core.extension.dispatch import tell
from core.extension.facts import FeedbackArrival, set_content_reader
from core.i18n import _
from core.members.models import Member
from core.organizations import tree
from core.tenancy import session
from core.tenancy.scope import tenant_id


@dataclass(frozen=True, slots=True)
class PartnerUnit:
    """Where an external unit is at home: the partner's id, code and name, and whether exchange with it is going on."""

    partner_id: uuid.UUID
    code: str
    name: str
    active: bool


def partner_of_unit(organization_id: uuid.UUID) -> PartnerUnit | None:
    """The tenant in which a unit is at home when it stands here for a partner's; None for a unit of our own."""
    row = session().execute(_unit(organization_id)).one_or_none()
    return None if row is None else PartnerUnit(row.id, row.code, row.name, row.state == "active")


def send_feedback(unit_id: uuid.UUID, content: Mapping[str, Any], *, about: uuid.UUID, community_id: uuid.UUID | None = None,
                  members: Sequence[uuid.UUID] = ()) -> uuid.UUID:
    """Send content to a unit that is at home in another tenant, or a unit's answer back to whoever wrote; answers the envelope's id.

    `about` names the letter here: sent again for the same `about` it is the same envelope. `members` are local ids, of whom the
    content speaks by their place in this list; nobody else's id or name may stand in it. A unit of our own answers with
    `answer_to` in the content, the envelope id of what it answers. `content`: texts, whole numbers, lists, up to 768 KiB, of up to 2,000 members.
    Raises Invalid, Conflict when exchange with the partner has ended.
    """
    plain = dict(content)
    bodies.check_content(plain)
    answer_to = uuid.UUID(plain["answer_to"]) if plain.get("answer_to") else None
    found = session().execute(_unit(unit_id)).one_or_none()
    partner_id, home = (found.id, found.remote_id) if found is not None else (_asker(unit_id, answer_to), unit_id)
    partner = partners.get(partner_id)
    if partner.state != "active":
        raise Conflict(_("与%(name)s的互通已经停止，不再收发函件。", name=partner.name))
    if (known := _sent(partner.id, about)) is not None:
        return known
    place = tree.get(community_id) if community_id else None
    body = {"unit_id": home, "community": {"code": place.code, "name": place.name} if place else None, "about": about, "answer_to": answer_to,
            "member_ids": _home_ids(partner, members, guests_only=found is not None), "content": plain}
    return outbox.post(partner, "feedback", body, about_id=about, unit_id=unit_id)


@handles("feedback", lambda body: body["about"])
def arrive(arrival: Arrival) -> None:
    """Tell the plugins of it, with unit and members as they are known here."""
    body, partner = arrival.body, arrival.partner
    unit_id = guests.local_unit(partner, body["unit_id"]) or _own_unit(partner, body["unit_id"])
    members = _local(partner, body["member_ids"])
    arrival.row.unit_id = unit_id
    session().flush()
    tell("feedback_arrived", arrival=FeedbackArrival(
        envelope_id=arrival.row.envelope_id, sender_name=partner.name, unit_id=unit_id, community_name=body["community"]["name"] if body["community"] else "",
        about=body["about"], answer_to=body["answer_to"], members=members, incoming_id=arrival.row.id))


def feedback_content(incoming_id: uuid.UUID) -> dict[str, Any]:
    """The content of what has arrived, opened for the plugin that keeps it; raises Invalid when it was erased, NotFound."""
    row = session().get(ExchangeIncoming, (tenant_id(), incoming_id))
    if row is None or row.kind != "feedback":
        raise Invalid(_("没有这份反馈。"))
    content: dict[str, Any] = inbox.body_of(row)["content"]
    return content


def _unit(organization_id: uuid.UUID) -> Any:
    return (select(ExchangePartner.id, ExchangePartner.code, ExchangePartner.name, ExchangePartner.state, ExchangeUnit.remote_id)
            .join(ExchangeUnit, (ExchangeUnit.tenant_id == ExchangePartner.tenant_id) & (ExchangeUnit.partner_id == ExchangePartner.id))
            .where(ExchangePartner.tenant_id == tenant_id(), ExchangeUnit.organization_id == organization_id))


def _asker(unit_id: uuid.UUID, answer_to: uuid.UUID | None) -> uuid.UUID:
    """The partner whose feedback to this unit is answered. Raises Invalid."""
    row: Row | None = session().execute(select(ExchangeIncoming.partner_id).where(
        ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.envelope_id == answer_to, ExchangeIncoming.kind == "feedback",
        ExchangeIncoming.unit_id == unit_id)).first() if answer_to else None
    if row is None:
        raise Invalid(_("这个单位就在本地，反馈不必经过互通；回复外地来函时请注明所回复的函件。"))
    return row.partner_id


def _sent(partner_id: uuid.UUID, about: uuid.UUID) -> uuid.UUID | None:
    return session().scalar(select(ExchangeOutgoing.id).where(
        ExchangeOutgoing.tenant_id == tenant_id(), ExchangeOutgoing.partner_id == partner_id, ExchangeOutgoing.kind == "feedback",
        ExchangeOutgoing.about_id == about, ExchangeOutgoing.edition == 0))


def _home_ids(partner: ExchangePartner, members: Sequence[uuid.UUID], *, guests_only: bool) -> list[uuid.UUID]:
    if not guests_only:
        return list(members)
    known = {row.member_id: row.remote_id for row in session().execute(select(ExchangeMember.member_id, ExchangeMember.remote_id).where(
        ExchangeMember.tenant_id == tenant_id(), ExchangeMember.partner_id == partner.id, ExchangeMember.member_id.in_(members)))}
    if len(known) < len(set(members)):
        raise Invalid(_("反馈中有不属于对方单位的党员，不能发送。"))
    return [known[one] for one in members]


def _own_unit(partner: ExchangePartner, unit_id: uuid.UUID) -> uuid.UUID:
    """A unit of ours from which a member was certified to that partner. Raises Invalid."""
    known = session().scalar(select(ExchangeOutgoing.unit_id).where(
        ExchangeOutgoing.tenant_id == tenant_id(), ExchangeOutgoing.partner_id == partner.id, ExchangeOutgoing.kind == "certificate",
        ExchangeOutgoing.unit_id == unit_id).limit(1))
    if known is None:
        raise Invalid(_("反馈所指的单位没有向该伙伴介绍过党员，不能接收。"))
    return known


def _local(partner: ExchangePartner, home_ids: Sequence[uuid.UUID]) -> tuple[uuid.UUID | None, ...]:
    """The members as known here: guests, or our own whom we have certified to that partner; None for one who is gone. Two queries."""
    own = session().scalars(select(Member.id).where(
        Member.tenant_id == tenant_id(), Member.id.in_(home_ids), exists().where(
            ExchangeOutgoing.tenant_id == Member.tenant_id, ExchangeOutgoing.member_id == Member.id,
            ExchangeOutgoing.partner_id == partner.id, ExchangeOutgoing.kind == "certificate")))
    known = {one: one for one in own} | {row.remote_id: row.member_id for row in session().execute(
        select(ExchangeMember.remote_id, ExchangeMember.member_id).where(
            ExchangeMember.tenant_id == tenant_id(), ExchangeMember.partner_id == partner.id, ExchangeMember.remote_id.in_(home_ids)))}
    return tuple(known.get(one) for one in home_ids)


set_content_reader(feedback_content)
