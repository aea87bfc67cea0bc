"""The secret address by which a telephone's calendar reads what a member or a unit has agreed on; only its keyed hash is kept."""
from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence

from sqlalchemy import Row, select

from core.api import NotFound, audit, fingerprint, now, organization_names, session, tenant_id, today
from plugins.menu import feed
from plugins.menu.holding import calendar_locked
from plugins.menu.models import MenuAgreement, MenuBooking, MenuCalendar, MenuRequest
from plugins.menu.offers import Owner

PURPOSE = "menu.calendar"
BACK, MOST = dt.timedelta(days=90), 500
_EVENT = (MenuAgreement.id, MenuAgreement.begins_at, MenuAgreement.ends_at, MenuAgreement.place, MenuAgreement.state, MenuAgreement.sequence,
          MenuAgreement.changed_at, MenuAgreement.community_id, MenuRequest.title)


def renew(owner: Owner) -> str:
    """A new secret for the owner's feed, shown once; the former address is dead at once."""
    row, token = calendar_locked(owner.member_id, owner.unit_id), secrets.token_hex(32)
    row.token_hash, row.issued_on = fingerprint(PURPOSE, token), today()
    audit("menu.calendar_issued", "menu_calendar", row.id)
    return token


def revoke(owner: Owner) -> None:
    """Let the feed's address lead nowhere."""
    row = calendar_locked(owner.member_id, owner.unit_id)
    row.token_hash, row.issued_on = None, None
    audit("menu.calendar_revoked", "menu_calendar", row.id)


def issued_on(owner: Owner) -> dt.date | None:
    """Since when there is an address, None: there is none."""
    mine = MenuCalendar.unit_id == owner.unit_id if owner.member_id is None else MenuCalendar.member_id == owner.member_id
    return session().scalar(select(MenuCalendar.issued_on).where(MenuCalendar.tenant_id == tenant_id(), mine))


def read(token: str) -> bytes:
    """The feed of a secret. Raises NotFound for one that is not ours, was renewed or revoked, or is another tenant's."""
    row = session().execute(select(MenuCalendar.member_id, MenuCalendar.unit_id).where(
        MenuCalendar.tenant_id == tenant_id(), MenuCalendar.token_hash == fingerprint(PURPOSE, token[:128]))).one_or_none()
    if row is None:
        raise NotFound
    return feed.written(_facts(_events(Owner(row.member_id, row.unit_id))))


def single(request_id: uuid.UUID) -> bytes:
    """What is agreed for one request, as a file for the resident's calendar. Raises NotFound before anything is."""
    query = select(*_EVENT).join(MenuRequest, (MenuRequest.tenant_id == MenuAgreement.tenant_id) & (MenuRequest.id == MenuAgreement.request_id))
    rows = session().execute(query.where(MenuAgreement.tenant_id == tenant_id(), MenuAgreement.request_id == request_id,
                                         MenuAgreement.state != "cancelled")).all()
    if not rows:
        raise NotFound
    return feed.written(_facts(rows))


def _events(owner: Owner) -> Sequence[Row]:
    query = (select(*_EVENT).join(MenuRequest, (MenuRequest.tenant_id == MenuAgreement.tenant_id) & (MenuRequest.id == MenuAgreement.request_id))
             .where(MenuAgreement.tenant_id == tenant_id(), MenuAgreement.begins_at >= now() - BACK))
    if owner.member_id is None:
        query = query.where(MenuAgreement.unit_id == owner.unit_id)
    else:
        query = query.join(MenuBooking, (MenuBooking.tenant_id == MenuAgreement.tenant_id) & (MenuBooking.agreement_id == MenuAgreement.id)
                           ).where(MenuBooking.member_id == owner.member_id)
    return session().execute(query.order_by(MenuAgreement.begins_at, MenuAgreement.id).limit(MOST)).all()


def _facts(rows: Sequence[Row]) -> list[feed.Event]:
    names = organization_names(row.community_id for row in rows)
    return [feed.Event(row.id, row.title or "", row.begins_at, row.ends_at, row.place, names.get(row.community_id, ""), row.state == "cancelled",
                       row.sequence, row.changed_at) for row in rows]
