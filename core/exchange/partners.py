"""Partners: with whom a tenant exchanges. Both sides agree first, and either ends it alone."""
from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert

from core import audit
from core.db import new_id
from core.errors import Conflict, Invalid, NotFound
from core.exchange import keys
from core.exchange.models import ExchangeDirectory, ExchangePartner
from core.i18n import _
from core.organizations.models import Organization
from core.tenancy import Tenant, current_tenant, now, session
from core.tenancy.scope import tenant_id

MOST_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class Notice:
    """What a partner of this installation is to hear: how we stand to them, our public keys, and the communities that we offer."""

    tenant: int
    partner_id: uuid.UUID
    code: str
    name: str
    kind: str
    state: str
    keys: Mapping[str, Any]
    directory: Sequence[Sequence[str]]
    mark: str


def candidates() -> Sequence[Row]:
    """The other tenants of this installation that are no partners yet: code, name, kind."""
    known = select(ExchangePartner.code).where(ExchangePartner.tenant_id == tenant_id(), ExchangePartner.state != "ended")
    return session().execute(select(Tenant.code, Tenant.name, Tenant.kind).where(
        Tenant.status == "active", Tenant.id != tenant_id(), Tenant.code.not_in(known)).order_by(Tenant.code)).all()


def offer(code: str) -> uuid.UUID:
    """Propose exchange to another tenant of this installation; it begins when their administrator accepts. Raises Invalid, Conflict."""
    found = next((row for row in candidates() if row.code == code), None)
    if found is None:
        raise Invalid(_("请从列表中选择一个地方。"), {"code": [_("请重新选择")]})
    row = _find(code)
    if row is None:
        row = ExchangePartner(id=new_id(), code=found.code, name=found.name, kind=found.kind, local=True, state="offered", changed_at=now())
        session().add(row)
        session().flush()
    else:
        _turn(row, "offered")
        row.local, row.told = True, ""
    keys.ensure()
    audit.record("exchange.partner_offered", "exchange_partner", row.id, {"partner": code})
    return row.id


def accept(partner_id: uuid.UUID, version: int) -> None:
    """Agree: to what another tenant here has asked for, or to a partner file whose fingerprint was compared. Raises NotFound, Conflict."""
    row = locked(partner_id, version)
    if row.state != "asked":
        raise Conflict(_("这个伙伴现在不需要确认，请刷新页面。"))
    _turn(row, "active")
    keys.ensure()
    audit.record("exchange.partner_accepted", "exchange_partner", partner_id, {"partner": row.code})


def end(partner_id: uuid.UUID, version: int) -> None:
    """End it, or take an offer back; what was exchanged stays, nothing more is sent or taken. Raises NotFound, Conflict."""
    row = locked(partner_id, version)
    if row.state == "ended":
        raise Conflict(_("与这个伙伴的互通已经停止。"))
    _turn(row, "ended")
    audit.record("exchange.partner_ended", "exchange_partner", partner_id, {"partner": row.code})


def notices() -> list[Notice]:
    """What partners of this installation have not heard yet."""
    rows = session().execute(select(ExchangePartner, Tenant.id).join(Tenant, Tenant.code == ExchangePartner.code).where(
        ExchangePartner.tenant_id == tenant_id(), ExchangePartner.local, Tenant.status == "active")).all()
    if not rows:
        return []
    own, me = keys.public_keys(), current_tenant()
    places = session().execute(select(func.count(), func.sum(Organization.version)).where(
        Organization.tenant_id == tenant_id(), Organization.kind == "community", Organization.active)).one()
    mark = f":{own[0].number}:{len(own)}:{places[0]}.{places[1]}"
    wanting = [(row, number) for row, number in rows if row.told != row.state + mark]
    offered = communities() if wanting else []
    return [Notice(number, row.id, me.code, me.name, me.kind, row.state, keys.as_json(own), offered, row.state + mark) for row, number in wanting]


def heard(partner_id: uuid.UUID, mark: str) -> None:
    """Note that a partner has been told."""
    row = session().get_one(ExchangePartner, (tenant_id(), partner_id))
    row.told = mark


def hear(notice: Notice) -> None:
    """The other side of a notice, in the other tenant's scope: an offer asks, an agreement begins, an end ends. Twice is once."""
    row = _find(notice.code)
    if row is None:
        if notice.state != "offered":
            return
        row = ExchangePartner(id=new_id(), code=notice.code, name=notice.name, kind=notice.kind, local=True, state="asked", changed_at=now())
        session().add(row)
        session().flush()
        audit.record("exchange.partner_asked", "exchange_partner", row.id, {"partner": notice.code})
    elif (state := _NEXT.get((row.state, notice.state))) is not None:
        _turn(row, state)
        audit.record(f"exchange.partner_{_TOLD[state]}", "exchange_partner", row.id, {"partner": notice.code})
    elif (row.state, notice.state) == ("active", "offered"):  # they ended it and thought again before we heard of it, and wait for our word
        row.told = ""
    row.keys, row.name, row.kind, row.local = dict(notice.keys), notice.name, notice.kind, True
    put_directory(row.id, notice.directory)


#: (how we stand, what they say): how we stand then.
_NEXT = {("offered", "offered"): "active", ("offered", "active"): "active", ("offered", "ended"): "ended", ("asked", "ended"): "ended",
         ("active", "ended"): "ended", ("ended", "offered"): "asked"}
_TOLD = {"active": "accepted", "ended": "ended", "asked": "asked"}


def put_directory(partner_id: uuid.UUID, entries: Sequence[Sequence[str]]) -> None:
    """Keep the communities that a partner offers. Raises Invalid beyond 20,000."""
    if len(entries) > MOST_ENTRIES:
        raise Invalid(_("伙伴文件中的社区太多，不能读取。"))
    row = insert(ExchangeDirectory).values(tenant_id=tenant_id(), id=new_id(), partner_id=partner_id, entries=[list(e) for e in entries],
                                           issued_at=now())
    session().execute(row.on_conflict_do_update(index_elements=["tenant_id", "partner_id"], set_={
        "entries": row.excluded.entries, "issued_at": row.excluded.issued_at}))


def communities() -> list[list[str]]:
    """The communities that this tenant offers to others: code, name, and what it stands below; names only."""
    street = select(Organization.id, Organization.name).where(Organization.tenant_id == tenant_id()).subquery()
    rows = session().execute(select(Organization.code, Organization.name, street.c.name.label("street")).outerjoin(
        street, street.c.id == Organization.parent_id).where(
        Organization.tenant_id == tenant_id(), Organization.kind == "community", Organization.active).order_by(Organization.code))
    return [[row.code, row.name, row.street or ""] for row in rows]


def directory(partner_id: uuid.UUID) -> list[list[str]]:
    """The communities that a partner offers."""
    found: list[list[str]] | None = session().scalar(select(ExchangeDirectory.entries).where(
        ExchangeDirectory.tenant_id == tenant_id(), ExchangeDirectory.partner_id == partner_id))
    return found or []


def search(partner_id: uuid.UUID, text: str, limit: int = 30) -> list[list[str]]:
    """Those whose name, street or code contains `text`."""
    wanted = "".join(text.split())
    return [entry for entry in directory(partner_id) if wanted in f"{entry[2]}{entry[1]}" or entry[0] == wanted][:limit] if wanted else []


def active(code: str) -> ExchangePartner:
    """The partner of that code with whom exchange is going on. Raises Invalid with a sentence that says why not."""
    row = _find(code)
    if row is None:
        raise Invalid(_("发件方不是本地的互通伙伴。请先由双方管理员建立互通。"))
    require_active(row)
    return row


def require_active(row: ExchangePartner) -> None:
    """Raise Invalid unless exchange with this partner is going on."""
    if row.state == "ended":
        raise Invalid(_("与%(name)s的互通已经停止，不再收发函件。", name=row.name))
    if row.state != "active":
        raise Invalid(_("与%(name)s的互通还没有经双方确认。", name=row.name))


def get(partner_id: uuid.UUID) -> ExchangePartner:
    """One partner. Raises NotFound."""
    row = session().get(ExchangePartner, (tenant_id(), partner_id))
    if row is None:
        raise NotFound
    return row


def locked(partner_id: uuid.UUID, version: int) -> ExchangePartner:
    """The partner under a row lock. Raises NotFound, Conflict when it changed since `version` was read."""
    row = session().scalar(select(ExchangePartner).where(ExchangePartner.tenant_id == tenant_id(), ExchangePartner.id == partner_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.version != version:
        raise Conflict(_("这份资料刚刚被别人修改过，您的修改没有保存。请核对最新内容后重新填写。"))
    return row


def _find(code: str) -> ExchangePartner | None:
    return session().scalar(select(ExchangePartner).where(ExchangePartner.tenant_id == tenant_id(), ExchangePartner.code == code))


def _turn(row: ExchangePartner, state: str) -> None:
    row.state, row.changed_at, row.version = state, now(), row.version + 1
    session().flush()
