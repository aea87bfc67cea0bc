"""What a resident tells of himself: sealed in the request's row, opened for the community and for whoever serves, each look noted."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import dataclass

from sqlalchemy import select

from core.api import Invalid, _, audit, fingerprint, note_look, seal, session, settings, tenant_id, today, unseal
from plugins.menu.models import MenuRequest

TABLE, PHONE, MOST = "menu_request", "menu.phone", 5000
FIELDS = ("name", "phone", "address", "wants", "wished_words")
LENGTHS = {"name": 30, "phone": 30, "address": 100, "wants": 500, "wished_words": 200}


@dataclass(frozen=True, slots=True)
class Contact:
    """A resident's own words and how to reach him, in clear; never in a log, an address or a job."""

    name: str | None = None
    phone: str | None = None
    address: str | None = None
    wants: str | None = None
    wished_words: str | None = None


def put(row: MenuRequest, given: Contact) -> None:
    """Seal what a resident told into a row that has its id already. Raises Invalid for what is too long or no telephone number."""
    wrong = {name: [_("最多 %(count)s 个字", count=most)] for name, most in LENGTHS.items() if len(getattr(given, name) or "") > most}
    phone = (given.phone or "").strip()
    if phone and not 7 <= len(re.sub(r"\D", "", phone)) <= 15:
        wrong["phone"] = [_("请核对号码，如 13800001234")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
    for name in FIELDS:
        setattr(row, name, seal(TABLE, name, row.id, (getattr(given, name) or "").strip() or None))
    row.phone_print = fingerprint(PHONE, phone) if phone else None
    row.has_contact = any(getattr(row, name) is not None for name in FIELDS)


def opened(row: MenuRequest) -> Contact:
    """All of it in clear, for the service room; whoever shows it to a person uses `shown_to`."""
    return Contact(**{name: unseal(TABLE, name, row.id, getattr(row, name)) for name in FIELDS})


def shown_to(row: MenuRequest) -> Contact:
    """All of it for a person who may see it; the look is noted and counts towards the hour's. Raises TooMany."""
    note_look("menu.contact_seen", "menu_request", row.id)
    return opened(row)


def with_phone(text: str) -> list[uuid.UUID]:
    """Requests of a telephone number, the newest first; reach is for the caller to check."""
    query = select(MenuRequest.id).where(MenuRequest.tenant_id == tenant_id(), MenuRequest.phone_print == fingerprint(PHONE, text))
    return list(session().scalars(query.order_by(MenuRequest.id.desc()).limit(50)))


def erase_old() -> int:
    """Forget how to reach residents whose requests ended long enough ago, as each community's settings say; answers how many."""
    gone = 0
    for days, communities in _terms().items():
        rows = session().scalars(select(MenuRequest).where(
            MenuRequest.tenant_id == tenant_id(), MenuRequest.community_id.in_(communities), MenuRequest.has_contact,
            MenuRequest.ended_on < today() - dt.timedelta(days=days)).order_by(MenuRequest.ended_on, MenuRequest.id).limit(MOST)
            .with_for_update(skip_locked=True)).all()
        for row in rows:
            forget(row)
        gone += len(rows)
    return gone


def _terms() -> dict[int, list[uuid.UUID]]:
    """The communities with contacts of ended requests, by the days for which these are kept there."""
    found: dict[int, list[uuid.UUID]] = {}
    for community_id in session().scalars(select(MenuRequest.community_id).distinct().where(
            MenuRequest.tenant_id == tenant_id(), MenuRequest.ended_on.is_not(None), MenuRequest.has_contact)):
        found.setdefault(settings("menu", community_id)["contact_days"], []).append(community_id)
    return found


def forget(row: MenuRequest) -> None:
    """Leave nothing of the resident in a row."""
    for name in FIELDS:
        setattr(row, name, None)
    row.phone_print, row.has_contact = None, False
    audit("menu.contact_erased", "menu_request", row.id)
