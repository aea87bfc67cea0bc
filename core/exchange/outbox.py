"""What goes out: written in the transaction of the act it tells of, and settled when the receiver has answered."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select, update

from core import audit
from core.audit import current_actor
from core.errors import Conflict, NotFound
from core.exchange import envelopes
from core.exchange.models import ExchangeOutgoing, ExchangePartner
from core.i18n import _
from core.jobs.queue import enqueue
from core.privacy import keyring
from core.tenancy import Tenant, now, session
from core.tenancy.scope import tenant_id

TABLE, SEND, MOST = "exchange_outgoing", "exchange.send", 100
PAUSES = tuple(dt.timedelta(seconds=s) for s in (10, 60, 300, 1_800, 7_200, 21_600, 86_400))
BUSY = dt.timedelta(minutes=5)  # the pause for a receiver that says that it has had enough for now


class Outcome(NamedTuple):
    """What the receiver said: taken, refused with a reason, busy, or later (it could not be asked)."""

    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """An envelope on its way: to which tenant of this installation, or to which address."""

    id: uuid.UUID
    text: str
    tenant: int | None
    url: str
    partner: str
    keys: Mapping[str, Any]


def post(partner: ExchangePartner, kind: str, body: Mapping[str, Any], *, about_id: uuid.UUID, edition: int = 0,
         member_id: uuid.UUID | None = None, unit_id: uuid.UUID | None = None) -> uuid.UUID:
    """Sign an envelope and lay it out; it is carried after the commit. Answers its id. Raises Invalid."""
    identity, text = envelopes.seal(kind, partner.code, body)
    actor = current_actor()
    session().add(ExchangeOutgoing(
        id=identity, partner_id=partner.id, kind=kind, about_id=about_id, edition=edition, member_id=member_id, unit_id=unit_id,
        envelope=keyring.for_tenant(tenant_id()).encrypt(TABLE, "envelope", identity, text), due_at=now(), created_at=now(),
        created_by=actor.id if actor.kind == "account" else None))
    session().flush()
    _call(partner, f"{identity}")
    audit.record("exchange.posted", TABLE, identity, {"kind": kind, "partner": partner.code, "about": str(about_id), "edition": edition})
    return identity


def _call(partner: ExchangePartner, key: str) -> None:
    """Let a worker carry what waits for a partner's address, once a key."""
    if not partner.local and partner.url:
        enqueue(SEND, effect_key=f"{SEND}:{key}")


def call_later() -> None:
    """Let a worker come back when the next envelope for an address elsewhere is due; without any there is nothing to come back for."""
    when = session().scalar(select(func.min(ExchangeOutgoing.due_at)).join(ExchangePartner, (
        ExchangePartner.tenant_id == ExchangeOutgoing.tenant_id) & (ExchangePartner.id == ExchangeOutgoing.partner_id)).where(
        ExchangeOutgoing.tenant_id == tenant_id(), ExchangeOutgoing.state == "waiting", ExchangeOutgoing.envelope.is_not(None),
        ExchangePartner.local.is_(False), ExchangePartner.url != ""))
    if when is not None:
        when = max(when, now()).replace(microsecond=0) + dt.timedelta(seconds=1)
        enqueue(SEND, run_at=when, effect_key=f"{SEND}:{when:%Y%m%d%H%M%S}")


def due(*, local: bool, most: int = MOST) -> list[Mail]:
    """What waits to be carried, what is longest due first: to tenants of this installation, or to addresses elsewhere."""
    query = _mail().where(ExchangeOutgoing.state == "waiting", ExchangeOutgoing.due_at <= now(), ExchangePartner.local.is_(local))
    if not local:
        query = query.where(ExchangePartner.url != "")
    ring = keyring.for_tenant(tenant_id())
    rows = session().execute(query.order_by(ExchangeOutgoing.due_at, ExchangeOutgoing.id).limit(most)).all()
    return [Mail(row.id, text, row.tenant, row.url, row.code, row.keys) for row in rows
            if (text := ring.decrypt(TABLE, "envelope", row.id, row.envelope)) is not None]


def _mail() -> Select:
    return (select(ExchangeOutgoing.id, ExchangeOutgoing.envelope, ExchangePartner.code, ExchangePartner.url, ExchangePartner.keys,
                   Tenant.id.label("tenant"))
            .join(ExchangePartner, (ExchangePartner.tenant_id == ExchangeOutgoing.tenant_id) & (ExchangePartner.id == ExchangeOutgoing.partner_id))
            .outerjoin(Tenant, (Tenant.code == ExchangePartner.code) & (Tenant.status == "active"))
            .where(ExchangeOutgoing.tenant_id == tenant_id()))


def settle(identity: uuid.UUID, outcome: Outcome) -> None:
    """Note what came of it. What was refused stays in sight; what could not be asked is tried again after a pause that grows."""
    row = locked(identity)
    if row.state not in {"waiting", "filed"}:
        return
    if outcome.state in {"later", "busy"}:
        row.tries += outcome.state == "later"
        row.due_at = now() + (PAUSES[min(row.tries, len(PAUSES)) - 1] if outcome.state == "later" else BUSY)
        row.reason = outcome.reason[:300] or None
        return
    row.state, row.reason, row.settled_at = ("delivered" if outcome.state == "taken" else "refused"), outcome.reason[:300] or None, now()
    session().flush()
    audit.record(f"exchange.{row.state}", TABLE, identity, {"kind": row.kind})


def put_off(identity: uuid.UUID, *, failed: bool) -> None:
    """Let all that is due for a letter's partner wait as long as that letter, which comes last then: it may be the only one in trouble."""
    session().flush()
    row = locked(identity)
    of = ExchangeOutgoing
    session().execute(update(of).where(
        of.tenant_id == tenant_id(), of.partner_id == row.partner_id, of.state == "waiting", of.id != identity, of.due_at <= now())
        .values(due_at=row.due_at, tries=func.greatest(of.tries, row.tries) if failed else of.tries, reason=row.reason))
    row.due_at += dt.timedelta(seconds=1)
    session().flush()


def again(identity: uuid.UUID) -> None:
    """Send once more what was refused or still waits. Raises NotFound, Conflict when it is delivered or its text is gone."""
    row = locked(identity)
    if row.state == "delivered" or row.envelope is None:
        raise Conflict(_("这份函件已经送达，不必重发。") if row.state == "delivered" else _("这份函件的内容已经删除，不能重发。"))
    row.state, row.reason, row.due_at, row.tries, row.settled_at = "waiting", None, now(), 0, None
    session().flush()
    _call(session().get_one(ExchangePartner, (tenant_id(), row.partner_id)), f"{identity}:{now():%Y%m%d%H%M%S}")
    audit.record("exchange.sent_again", TABLE, identity, {"kind": row.kind})


def text_of(identity: uuid.UUID) -> str:
    """The signed envelope as text, to be carried as a file or a code. Raises NotFound, Conflict when it was erased."""
    row = session().execute(select(ExchangeOutgoing.id, ExchangeOutgoing.envelope).where(
        ExchangeOutgoing.tenant_id == tenant_id(), ExchangeOutgoing.id == identity)).one_or_none()
    if row is None:
        raise NotFound
    text = keyring.for_tenant(tenant_id()).decrypt(TABLE, "envelope", row.id, row.envelope)
    if not text:
        raise Conflict(_("这份函件的内容已经删除，不能导出。"))
    return text


def body_of(row: ExchangeOutgoing) -> dict[str, Any] | None:
    """What an envelope of ours says; None when it was erased."""
    text = keyring.for_tenant(tenant_id()).decrypt(TABLE, "envelope", row.id, row.envelope)
    return envelopes.read(text).body if text else None


def filed(identity: uuid.UUID) -> str:
    """The same, noting that it was handed over as a file; where nothing else carries it, that is how it stands."""
    text, row = text_of(identity), locked(identity)
    partner = session().get_one(ExchangePartner, (tenant_id(), row.partner_id))
    if row.state == "waiting" and not partner.local and not partner.url:
        row.state, row.settled_at = "filed", now()
    audit.record("exchange.filed", TABLE, identity, {"kind": row.kind})
    return text


def locked(identity: uuid.UUID) -> ExchangeOutgoing:
    """The row under a lock. Raises NotFound."""
    row = session().scalar(select(ExchangeOutgoing).where(ExchangeOutgoing.tenant_id == tenant_id(), ExchangeOutgoing.id == identity)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row
