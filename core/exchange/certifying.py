"""A unit or its county certifies a member to a community elsewhere, for a stay or for good (R9, R10, R27)."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from core import audit
from core.errors import Conflict, Invalid
from core.exchange import guests, outbox, partners
from core.exchange.bodies import MOST_RECORDS
from core.exchange.models import BASES, ExchangeOutgoing, ExchangePartner
from core.i18n import _
from core.members import consents
from core.members.models import Member
from core.organizations import tree
from core.privacy import keyring
from core.registration import certificates, membership
from core.registration.certificate_queries import certificate, valid_of
from core.service.models import ServiceRecord
from core.tenancy import session, today
from core.tenancy.scope import tenant_id


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a member goes: the partner, its community, by which tie; `moves_on`: for good from that day, not later than today.

    `share_phone` and `carry` (the service records) are the member's own word, asked for this one time.
    """

    partner_id: uuid.UUID
    community_code: str
    basis: str
    moves_on: dt.date | None = None
    share_phone: bool = False
    carry: bool = False


def check(to: Destination) -> tuple[ExchangePartner, str]:
    """The active partner and the community's name. Raises NotFound, Invalid by field."""
    partner = partners.get(to.partner_id)
    partners.require_active(partner)
    name = next((entry[1] for entry in partners.directory(partner.id) if entry[0] == to.community_code), None)
    problems = {}
    if name is None:
        problems["community_code"] = [_("请从对方的社区名单中选择")]
    if to.basis not in BASES:
        problems["basis"] = [_("请选择")]
    if to.moves_on is not None and to.moves_on > today():
        problems["moves_on"] = [_("不能晚于今天；到那一天再办理。")]
    if problems:
        raise Invalid(_("有内容需要改正，请看每一项下面的提示。"), problems)
    return partner, name or ""


def send(member_id: uuid.UUID, to: Destination, *, channel: str, by: uuid.UUID | None) -> uuid.UUID:
    """Sign the certificate and lay it out; answers the envelope's id. For a move, the member leaves the register on the day.

    `channel` is by whom the member's word on the records was taken: self or unit. Raises NotFound, Conflict, Invalid.
    """
    partner, community = check(to)
    member = guests.require_own(member_id)
    if _under_way(member_id):
        raise Conflict(_("这名党员已有一份介绍信在办理中。请等对方答复，或在“发出的函件”中查看。"))
    unit = tree.get(member.unit_id)  # type: ignore[arg-type]  # require_own
    paper = _certificate(member_id, unit, by)
    edition = session().scalar(select(func.count()).select_from(ExchangeOutgoing).where(
        ExchangeOutgoing.tenant_id == tenant_id(), ExchangeOutgoing.partner_id == partner.id, ExchangeOutgoing.kind == "certificate",
        ExchangeOutgoing.about_id == paper["id"])) or 0
    body = {"certificate": paper, "member": _person(member, share_phone=to.share_phone), "community": {"code": to.community_code, "name": community},
            "unit": {"id": unit.id, "name": unit.name, "type": unit.unit_type}, "basis": to.basis, "moves_on": to.moves_on}
    sent = outbox.post(partner, "certificate", body, about_id=paper["id"], edition=edition, member_id=member_id, unit_id=unit.id)
    audit.record("exchange.certified", "member", member_id, {"partner": partner.code, "phone": to.share_phone, "moved": to.moves_on is not None})
    if to.moves_on is not None:
        if to.carry:
            consents.say(member_id, "carry", given=True, channel=channel, by=by)
            _carry(partner, member_id, unit.id)
        membership.leave(member_id, to.moves_on)
    return sent


def _under_way(member_id: uuid.UUID) -> bool:
    return session().scalar(select(ExchangeOutgoing.id).where(
        ExchangeOutgoing.tenant_id == tenant_id(), ExchangeOutgoing.member_id == member_id, ExchangeOutgoing.kind == "certificate",
        ExchangeOutgoing.state == "waiting").limit(1)) is not None


def _certificate(member_id: uuid.UUID, unit: tree.OrganizationFact, by: uuid.UUID | None) -> dict[str, Any]:
    """The member's valid certificate, issued now if there is none."""
    known = valid_of(member_id)
    if known is None:
        certificates.issue(certificates.issuer_for(unit.path), unit.id, by=by, members=[member_id])
        known = valid_of(member_id)
    assert known is not None  # noqa: S101  just issued
    row = certificate(known.id).row
    return {"id": row.id, "number": row.number, "issuer": row.issuer, "issued_on": row.issued_on}


def _person(member: Member, *, share_phone: bool) -> dict[str, Any]:
    phone = keyring.for_tenant(tenant_id()).decrypt("member", "phone", member.id, member.phone) if share_phone else None
    return {"id": member.id, "name": member.name, "sex": member.sex, "category": member.category, "phone": phone}


def _carry(partner: ExchangePartner, member_id: uuid.UUID, unit_id: uuid.UUID) -> None:
    """Send the member's counted records along, in as many envelopes as they need, counted on from those of an earlier move."""
    rows = session().scalars(select(ServiceRecord).where(
        ServiceRecord.tenant_id == tenant_id(), ServiceRecord.member_id == member_id, ServiceRecord.status == "counted")
        .order_by(ServiceRecord.happened_on, ServiceRecord.id)).all()
    names = tree.names({row.community_id for row in rows})
    of = ExchangeOutgoing
    first = session().scalar(select(func.max(of.edition) + 1).where(
        of.tenant_id == tenant_id(), of.partner_id == partner.id, of.kind == "record", of.about_id == member_id)) or 0
    for number, at in enumerate(range(0, len(rows), MOST_RECORDS), first):
        said = [facts(row, names[row.community_id], edition=0, counts=True) for row in rows[at:at + MOST_RECORDS]]
        outbox.post(partner, "record", {"member_id": member_id, "records": said}, about_id=member_id, edition=number, member_id=member_id,
                    unit_id=unit_id)


def facts(row: Any, community: str, *, edition: int, counts: bool) -> dict[str, Any]:
    """What an envelope says of a service record: nothing of whom it was done for, and no grade where nobody has judged."""
    return {"id": row.id, "edition": edition, "community": community, "kind": row.kind, "title": row.title[:300], "happened_on": row.happened_on,
            "minutes": row.minutes, "rating": None if row.waived else row.rating, "counts": counts}
