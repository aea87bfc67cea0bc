"""Reads what pages show of exchange: partners, what goes out, what has come in, and what our members do elsewhere."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, func, select

from core.access.actor import GrantFact
from core.errors import NotFound
from core.exchange import canonical
from core.exchange.models import (
    ExchangeIncoming,
    ExchangeMember,
    ExchangeOutgoing,
    ExchangePartner,
    ExchangeReceipt,
    ExchangeRecord,
    ExchangeRequest,
)
from core.members.models import Member
from core.organizations.models import Organization
from core.privacy import keyring
from core.registration.reach import within
from core.tenancy import session
from core.tenancy.scope import tenant_id

PAGE = 50


@dataclass(frozen=True, slots=True)
class ListFilter:
    """What a list can be narrowed by; `name` is the beginning of a member's name."""

    grants: tuple[GrantFact, ...]
    partner_id: uuid.UUID | None = None
    kind: str | None = None
    state: str | None = None
    name: str = ""


class ArrivalView(NamedTuple):
    """A certificate that has come in, as the desk sees it; without content when that is no longer kept."""

    row: Row
    body: dict[str, Any] | None

    @property
    def name(self) -> str:
        """Who comes; of who is refused only a dash is left."""
        return self.row.name or (self.body["member"]["name"] if self.body else "—")


def partners() -> Sequence[Row]:
    """All partners by name. One query."""
    return session().execute(select(ExchangePartner.id, ExchangePartner.code, ExchangePartner.name, ExchangePartner.kind, ExchangePartner.local,
                                    ExchangePartner.url, ExchangePartner.state, ExchangePartner.changed_at, ExchangePartner.version)
                             .where(ExchangePartner.tenant_id == tenant_id()).order_by(ExchangePartner.name, ExchangePartner.id)).all()


def destinations() -> list[tuple[str, str]]:
    """The active partners that have communities, (id, name), for a choice."""
    return [(str(row.id), row.name) for row in partners() if row.state == "active" and row.kind == "city"]


def outgoing(wanted: ListFilter, after: uuid.UUID | None = None, limit: int = PAGE) -> Sequence[Row]:
    """What goes out, the newest first, one more than `limit`. One query."""
    query = _outgoing().where(within(wanted.grants, unit=ExchangeOutgoing.unit_id))
    for column, value in ((ExchangeOutgoing.partner_id, wanted.partner_id), (ExchangeOutgoing.kind, wanted.kind), (ExchangeOutgoing.state, wanted.state)):
        if value is not None:
            query = query.where(column == value)
    return session().execute(_page(_named(query, wanted.name), ExchangeOutgoing, after, limit)).all()


def one_outgoing(outgoing_id: uuid.UUID) -> Row:
    """One envelope that goes out, with the path of its unit. Raises NotFound."""
    unit = select(Organization.path).where(Organization.tenant_id == tenant_id(), Organization.id == ExchangeOutgoing.unit_id).scalar_subquery()
    row = session().execute(_outgoing().add_columns(unit.label("path"), ExchangeOutgoing.tries, ExchangeOutgoing.due_at, ExchangeOutgoing.settled_at,
                                                    ExchangePartner.local, ExchangePartner.url).where(ExchangeOutgoing.id == outgoing_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def arrivals(wanted: ListFilter, after: uuid.UUID | None = None, limit: int = PAGE) -> list[ArrivalView]:
    """Certificates that have come in, the newest first, one more than `limit`. One query."""
    query = _arrivals().where(within(wanted.grants, community=ExchangeIncoming.community_id))
    for column, value in ((ExchangeIncoming.partner_id, wanted.partner_id), (ExchangeIncoming.state, wanted.state)):
        if value is not None:
            query = query.where(column == value)
    return _opened(session().execute(_page(_named(query, wanted.name), ExchangeIncoming, after, limit)).all())


def one_arrival(arrival_id: uuid.UUID) -> ArrivalView:
    """One certificate that has come in, with the path of its community. Raises NotFound."""
    found = session().execute(_arrivals().where(ExchangeIncoming.id == arrival_id)).all()
    if not found:
        raise NotFound
    return _opened(found)[0]


def waiting_count(grants: tuple[GrantFact, ...]) -> int:
    """How many certificates wait at these desks."""
    return session().scalar(select(func.count()).select_from(ExchangeIncoming).where(
        ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.kind == "certificate", ExchangeIncoming.state.in_(("held", "waiting")),
        within(grants, community=ExchangeIncoming.community_id))) or 0


def wishes_count(grants: tuple[GrantFact, ...]) -> int:
    """How many members' wishes wait within the grants."""
    return session().scalar(select(func.count()).select_from(ExchangeRequest).where(
        ExchangeRequest.tenant_id == tenant_id(), ExchangeRequest.state == "open", within(grants, unit=ExchangeRequest.unit_id))) or 0


def open_requests(grants: tuple[GrantFact, ...], limit: int = PAGE) -> Sequence[Row]:
    """Members' open wishes within the grants, the oldest first. One query."""
    return session().execute(_requests().where(ExchangeRequest.state == "open", within(grants, unit=ExchangeRequest.unit_id))
                             .order_by(ExchangeRequest.id).limit(limit)).all()


def requests_of(member_id: uuid.UUID) -> Sequence[Row]:
    """A member's own wishes, the newest first. One query."""
    return session().execute(_requests().where(ExchangeRequest.member_id == member_id).order_by(ExchangeRequest.id.desc()).limit(20)).all()


def one_request(request_id: uuid.UUID) -> Row:
    """One wish, with its unit's path. Raises NotFound."""
    row = session().execute(_requests().where(ExchangeRequest.id == request_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def certificates_of(member_id: uuid.UUID) -> Sequence[Row]:
    """What was certified of a member, the newest first. One query."""
    return session().execute(_outgoing().where(ExchangeOutgoing.member_id == member_id, ExchangeOutgoing.kind == "certificate")
                             .order_by(ExchangeOutgoing.id.desc()).limit(20)).all()


def receipts_of(member_id: uuid.UUID) -> Sequence[Row]:
    """A member's report-ins elsewhere. One query."""
    return session().execute(select(ExchangeReceipt.id, ExchangeReceipt.community, ExchangeReceipt.basis, ExchangeReceipt.number,
                                    ExchangeReceipt.reported_on, ExchangeReceipt.in_force, ExchangePartner.name.label("partner"))
                             .join(ExchangePartner, _partner(ExchangeReceipt)).where(
        ExchangeReceipt.tenant_id == tenant_id(), ExchangeReceipt.member_id == member_id).order_by(ExchangeReceipt.reported_on.desc())).all()


def records_of(member_id: uuid.UUID, limit: int = 100) -> Sequence[Row]:
    """A member's services elsewhere, as the visited communities have certified them, the newest first. One query."""
    return session().execute(_records().where(ExchangeRecord.member_id == member_id).limit(limit)).all()


def records_of_unit(unit_id: uuid.UUID, limit: int = 200) -> Sequence[Row]:
    """Those of a unit's members. One query."""
    return session().execute(_records().where(Member.unit_id == unit_id).limit(limit)).all()


def receipts_of_unit(unit_id: uuid.UUID, limit: int = 200) -> Sequence[Row]:
    """Report-ins elsewhere of a unit's members. One query."""
    return session().execute(select(ExchangeReceipt.id, Member.name, ExchangeReceipt.community, ExchangeReceipt.number, ExchangeReceipt.reported_on,
                                    ExchangeReceipt.in_force, ExchangePartner.name.label("partner"))
                             .join(ExchangePartner, _partner(ExchangeReceipt))
                             .join(Member, and_(Member.tenant_id == ExchangeReceipt.tenant_id, Member.id == ExchangeReceipt.member_id))
                             .where(ExchangeReceipt.tenant_id == tenant_id(), Member.unit_id == unit_id)
                             .order_by(ExchangeReceipt.reported_on.desc(), ExchangeReceipt.id).limit(limit)).all()


def unit_path(member_id: uuid.UUID) -> str:
    """Where the member's unit stands, for the question of reach: no other tie counts here. Raises NotFound."""
    path = session().scalar(select(Organization.path).join(Member, and_(Member.tenant_id == Organization.tenant_id, Member.unit_id == Organization.id))
                            .where(Organization.tenant_id == tenant_id(), Member.id == member_id, Member.status != "erased"))
    if path is None:
        raise NotFound
    return path


def home_of(member_id: uuid.UUID) -> Row | None:
    """Where a guest is at home: partner and whether the guest has moved here; None for our own."""
    return session().execute(select(ExchangePartner.name, ExchangeMember.moved).join(ExchangeMember, _partner(ExchangeMember)).where(
        ExchangeMember.tenant_id == tenant_id(), ExchangeMember.member_id == member_id)).one_or_none()


def years(rows: Sequence[Row]) -> list[tuple[int, int, int]]:
    """(year, times, minutes) of records that count, the newest year first."""
    sums: dict[int, list[int]] = {}
    for row in rows:
        if row.counts:
            found = sums.setdefault(row.happened_on.year, [0, 0])
            found[0] += 1
            found[1] += row.minutes
    return [(year, sums[year][0], sums[year][1]) for year in sorted(sums, reverse=True)]


def _records() -> Select:
    return (select(ExchangeRecord.id, Member.name, ExchangeRecord.community, ExchangeRecord.kind, ExchangeRecord.title, ExchangeRecord.happened_on,
                   ExchangeRecord.minutes, ExchangeRecord.rating, ExchangeRecord.counts, ExchangePartner.name.label("partner"))
            .join(ExchangePartner, _partner(ExchangeRecord))
            .join(Member, and_(Member.tenant_id == ExchangeRecord.tenant_id, Member.id == ExchangeRecord.member_id))
            .where(ExchangeRecord.tenant_id == tenant_id()).order_by(ExchangeRecord.happened_on.desc(), ExchangeRecord.id))


def _requests() -> Select:
    return (select(ExchangeRequest.id, ExchangeRequest.member_id, Member.name, Organization.name.label("unit"), Organization.path,
                   ExchangePartner.name.label("partner"), ExchangeRequest.community, ExchangeRequest.basis, ExchangeRequest.moves_on,
                   ExchangeRequest.share_phone, ExchangeRequest.carry, ExchangeRequest.state, ExchangeRequest.reason, ExchangeRequest.asked_at,
                   ExchangeRequest.version)
            .join(ExchangePartner, _partner(ExchangeRequest))
            .join(Member, and_(Member.tenant_id == ExchangeRequest.tenant_id, Member.id == ExchangeRequest.member_id))
            .join(Organization, and_(Organization.tenant_id == ExchangeRequest.tenant_id, Organization.id == ExchangeRequest.unit_id))
            .where(ExchangeRequest.tenant_id == tenant_id()))


def _outgoing() -> Select:
    return (select(ExchangeOutgoing.id, ExchangeOutgoing.kind, ExchangeOutgoing.state, ExchangeOutgoing.reason, ExchangeOutgoing.created_at,
                   ExchangeOutgoing.member_id, ExchangeOutgoing.edition, Member.name, ExchangePartner.name.label("partner"))
            .join(ExchangePartner, _partner(ExchangeOutgoing))
            .outerjoin(Member, and_(Member.tenant_id == ExchangeOutgoing.tenant_id, Member.id == ExchangeOutgoing.member_id))
            .where(ExchangeOutgoing.tenant_id == tenant_id()))


def _arrivals() -> Select:
    return (select(ExchangeIncoming.id, ExchangeIncoming.envelope, ExchangeIncoming.state, ExchangeIncoming.reason, ExchangeIncoming.received_at,
                   ExchangeIncoming.member_id, ExchangeIncoming.community_id, ExchangeIncoming.version, Member.name,
                   ExchangePartner.name.label("partner"), Organization.name.label("community"), Organization.path)
            .join(ExchangePartner, _partner(ExchangeIncoming))
            .outerjoin(Member, and_(Member.tenant_id == ExchangeIncoming.tenant_id, Member.id == ExchangeIncoming.member_id))
            .outerjoin(Organization, and_(Organization.tenant_id == ExchangeIncoming.tenant_id, Organization.id == ExchangeIncoming.community_id))
            .where(ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.kind == "certificate"))


def _opened(rows: Sequence[Row]) -> list[ArrivalView]:
    texts = keyring.for_tenant(tenant_id()).decrypt_many("exchange_incoming", "envelope", [(row.id, row.envelope) for row in rows])
    return [ArrivalView(row, _dated(canonical.parse(text.encode())["body"]) if text else None) for row, text in zip(rows, texts, strict=True)]


def _dated(body: dict[str, Any]) -> dict[str, Any]:
    certificate = body["certificate"]
    moves_on = body["moves_on"]
    return {**body, "certificate": {**certificate, "issued_on": dt.date.fromisoformat(certificate["issued_on"])},
            "moves_on": dt.date.fromisoformat(moves_on) if moves_on else None}


def _named(query: Select, name: str) -> Select:
    return query.where(func.starts_with(Member.name, name)) if name else query


def _page(query: Select, model: Any, after: uuid.UUID | None, limit: int) -> Select:
    if after is not None:
        query = query.where(model.id < after)
    return query.order_by(model.id.desc()).limit(limit + 1)


def _partner(model: Any) -> Any:
    return and_(ExchangePartner.tenant_id == model.tenant_id, ExchangePartner.id == model.partner_id)
