"""Guests: who is certified by a partner becomes an ordinary member here, of an ordinary unit that is marked as external."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select

from core import audit
from core.collation import sort_key
from core.db import new_id
from core.errors import Conflict, Invalid
from core.exchange.models import ExchangeMember, ExchangePartner, ExchangeUnit
from core.i18n import _
from core.members import affiliations, names
from core.members.models import Member
from core.organizations import tree, units
from core.organizations.models import Organization
from core.organizations.units import UnitInput
from core.privacy import keyring
from core.registration import membership, obligations
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id

PLACE = {"residence": "residence_id", "workplace": "workplace_id"}


def local_unit(partner: ExchangePartner, remote_id: uuid.UUID) -> uuid.UUID | None:
    """The external unit that stands here for a partner's."""
    return session().scalar(select(ExchangeUnit.organization_id).where(
        ExchangeUnit.tenant_id == tenant_id(), ExchangeUnit.partner_id == partner.id, ExchangeUnit.remote_id == remote_id))


def local_member(partner: ExchangePartner, remote_id: uuid.UUID) -> uuid.UUID | None:
    """The guest who is here a partner's member."""
    return session().scalar(select(ExchangeMember.member_id).where(
        ExchangeMember.tenant_id == tenant_id(), ExchangeMember.partner_id == partner.id, ExchangeMember.remote_id == remote_id))


def is_guest(member_id: uuid.UUID) -> bool:
    """Whether a member's home is elsewhere."""
    return session().scalar(select(ExchangeMember.id).where(
        ExchangeMember.tenant_id == tenant_id(), ExchangeMember.member_id == member_id, ExchangeMember.moved.is_(False))) is not None


def is_external(unit_id: uuid.UUID) -> bool:
    """Whether a unit stands here for a partner's."""
    return session().scalar(select(ExchangeUnit.id).where(
        ExchangeUnit.tenant_id == tenant_id(), ExchangeUnit.organization_id == unit_id)) is not None


def ensure_unit(partner: ExchangePartner, said: dict[str, Any]) -> uuid.UUID:
    """The external unit for what a certificate says of its unit, made below the committee or renamed as need be."""
    known = local_unit(partner, said["id"])
    if known is None:
        made = units.create(UnitInput(name=said["name"], unit_type=said["type"], parent_id=tree.root().id))
        session().add(ExchangeUnit(organization_id=made, partner_id=partner.id, remote_id=said["id"]))
        session().flush()
        return made
    row = session().get_one(Organization, (tenant_id(), known))
    if row.name != said["name"]:
        row.name, row.sort_key, row.version = said["name"], sort_key(said["name"]), row.version + 1
    return known


def ensure_member(partner: ExchangePartner, body: dict[str, Any], unit_id: uuid.UUID, community_id: uuid.UUID, day: dt.date) -> uuid.UUID:
    """The guest for a certificate: new, known, or come back; lives or works in the community from `day` on, and owes a report-in there."""
    known = local_member(partner, body["member"]["id"])
    member_id = _come(partner, body, unit_id, community_id, day) if known is None else _return(known, body, unit_id, community_id, day)
    if body["moves_on"] is not None:
        session().scalars(select(ExchangeMember).where(ExchangeMember.tenant_id == tenant_id(), ExchangeMember.member_id == member_id)
                          ).one().moved = True
    return member_id


def _come(partner: ExchangePartner, body: dict[str, Any], unit_id: uuid.UUID, community_id: uuid.UUID, day: dt.date) -> uuid.UUID:
    said, identity, ring = body["member"], new_id(), keyring.for_tenant(tenant_id())
    row = Member(id=identity, name=said["name"], pinyin=names.pinyin(said["name"]), initials=names.initials(said["name"]),
                 sort_key=names.sort_key(said["name"]), sex=said["sex"], category=said["category"], unit_id=unit_id,
                 phone=ring.encrypt("member", "phone", identity, said["phone"]), phone_index=ring.blind("member.phone", said["phone"]),
                 created_at=now(), updated_at=now(), **{PLACE[body["basis"]]: community_id})
    session().add(row)
    session().flush()
    session().add(ExchangeMember(member_id=identity, partner_id=partner.id, remote_id=said["id"]))
    obligations.open_for(affiliations.enter(row, day, "move"))
    session().flush()
    audit.record("member.entered", "member", identity, {"partner": partner.code, "unit": unit_id, "day": day})
    return identity


def _return(member_id: uuid.UUID, body: dict[str, Any], unit_id: uuid.UUID, community_id: uuid.UUID, day: dt.date) -> uuid.UUID:
    row = affiliations.locked(member_id)
    if row.status == "active":
        for kind, place in (("unit", unit_id), (body["basis"], community_id)):
            if getattr(row, affiliations.COLUMNS[kind]) != place:
                membership.move(member_id, kind, place, today())
        return member_id
    row.status, row.unit_id, row.residence_id, row.workplace_id = "active", unit_id, None, None
    setattr(row, PLACE[body["basis"]], community_id)
    affiliations.touch(row)
    session().flush()
    obligations.open_for(affiliations.enter(row, max(day, today()), "move"))
    audit.record("member.restored", "member", member_id, {"unit": unit_id, "day": day})
    return member_id


def community(code: str) -> uuid.UUID | None:
    """The open community of that code here; None when there is none."""
    return session().scalar(select(Organization.id).where(
        Organization.tenant_id == tenant_id(), Organization.code == code, Organization.kind == "community", Organization.active))


def require_own(member_id: uuid.UUID) -> Member:
    """The active member, of a unit of our own. Raises NotFound, Conflict, Invalid."""
    row = affiliations.locked(member_id)
    if row.status != "active":
        raise Conflict(_("这名党员已离开名册，不能开具介绍信。"))
    if is_guest(member_id):
        raise Conflict(_("这名党员的组织关系在外地，请由其所在单位办理。"))
    if row.unit_id is None or is_external(row.unit_id):
        raise Invalid(_("请先登记这名党员现在的单位，再开具介绍信。"))
    return row
