"""What comes in, by whatever way: verified against the pinned key, kept once, and given its effect in the same transaction."""
from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core import audit
from core.db import new_id
from core.errors import BaodaoError, Invalid
from core.exchange import envelopes, partners
from core.exchange.envelopes import Envelope
from core.exchange.models import ExchangeIncoming, ExchangePartner
from core.exchange.outbox import Outcome
from core.i18n import _
from core.privacy import keyring
from core.tenancy import current_tenant, now, session
from core.tenancy.scope import tenant_id

TABLE = "exchange_incoming"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An envelope that is verified and kept: its row, whose it is, and its body."""

    row: ExchangeIncoming
    partner: ExchangePartner
    body: dict[str, Any]


Handle = Callable[[Arrival], None]
_handlers: dict[str, tuple[Handle, Callable[[dict[str, Any]], uuid.UUID]]] = {}


def handles(kind: str, about: Callable[[dict[str, Any]], uuid.UUID]) -> Callable[[Handle], Handle]:
    """Register what gives a kind its effect; `about` is the id under which its rows are found. It may set state, member, unit, community."""
    def register(handle: Handle) -> Handle:
        _handlers[kind] = (handle, about)
        return handle
    return register


def take(text: str) -> Outcome:
    """Take an envelope in the scope's tenant; sent twice, it has its effect once and the same answer.

    "refused" with a sentence is for the sender; raises Invalid when it is no envelope at all, so that there is nobody to answer.
    """
    found = envelopes.read(text)
    try:
        partner = check(found)
        body = found.body
    except Invalid as error:
        return Outcome("refused", error.message)
    _handle, about = _handlers[found.kind]
    row_id = _keep(found, partner, about(body))
    row = session().scalars(select(ExchangeIncoming).where(
        ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.partner_id == partner.id, ExchangeIncoming.envelope_id == found.id)
        .with_for_update()).one()
    if row_id is None:
        if row.state != "refused" or row.version > 1:  # a decision, an officer's or that of the tenant's days, stands
            return _answer(row)
        # What could not be taken is looked at again when it is sent again: it has had no effect.
        row.envelope = keyring.for_tenant(tenant_id()).encrypt(TABLE, "envelope", row.id, found.text)
        row.reason = row.decided_at = None
    return _effect(Arrival(row, partner, body))


def check(found: Envelope) -> ExchangePartner:
    """Whether an envelope is for this tenant, from an active partner, and signed by its key. Raises Invalid with a sentence."""
    if found.receiver != current_tenant().code:
        raise Invalid(_("这份函件不是发给%(name)s的，不能在这里接收。", name=current_tenant().name))
    partner = partners.active(found.sender)
    envelopes.check(found, partner.keys)
    return partner


def reapply(partner: ExchangePartner, kind: str, about_id: uuid.UUID) -> None:
    """Give what waited its effect, now that what it is about is known here."""
    rows = session().scalars(select(ExchangeIncoming).where(
        ExchangeIncoming.tenant_id == tenant_id(), ExchangeIncoming.partner_id == partner.id, ExchangeIncoming.kind == kind,
        ExchangeIncoming.about_id == about_id, ExchangeIncoming.state == "waiting").order_by(ExchangeIncoming.id).with_for_update()).all()
    for row in rows:
        _effect(Arrival(row, partner, body_of(row)))


def body_of(row: ExchangeIncoming) -> dict[str, Any]:
    """The body of an envelope that was kept. Raises Invalid when it was erased."""
    text = keyring.for_tenant(tenant_id()).decrypt(TABLE, "envelope", row.id, row.envelope)
    if not text:
        raise Invalid(_("这份函件的内容已经删除。"))
    return envelopes.read(text).body


def refuse(row: ExchangeIncoming, reason: str, *, decided: bool = False) -> None:
    """Refuse what came in: its content is not kept. What is `decided` keeps its answer; all else is looked at again when it comes again."""
    row.version += decided
    row.state, row.reason, row.envelope, row.decided_at = "refused", reason[:300], None, now()


def _keep(found: Envelope, partner: ExchangePartner, about_id: uuid.UUID) -> uuid.UUID | None:
    """Keep an envelope; None when it is kept already: the unique constraint is what makes the effect happen once."""
    identity = new_id()
    row = insert(ExchangeIncoming).values(
        tenant_id=tenant_id(), id=identity, partner_id=partner.id, envelope_id=found.id, kind=found.kind, about_id=about_id,
        envelope=keyring.for_tenant(tenant_id()).encrypt(TABLE, "envelope", identity, found.text), state="waiting", received_at=now(), version=1)
    return session().execute(row.on_conflict_do_nothing(index_elements=["tenant_id", "partner_id", "envelope_id"])
                             .returning(ExchangeIncoming.id)).scalar_one_or_none()


def _effect(arrival: Arrival) -> Outcome:
    row = arrival.row
    row.state = "done"
    try:
        with session().begin_nested():
            _handlers[row.kind][0](arrival)
            session().flush()
    except BaodaoError as error:
        session().refresh(row)
        refuse(row, error.message)
    session().flush()
    audit.record(f"exchange.{'refused_here' if row.state == 'refused' else 'taken'}", TABLE, row.id,
                 {"kind": row.kind, "partner": arrival.partner.code, "state": row.state})
    return _answer(row)


def _answer(row: ExchangeIncoming) -> Outcome:
    return Outcome("refused", row.reason or "") if row.state == "refused" else Outcome("taken")
