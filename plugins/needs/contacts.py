"""The asker's name, phone and address: seen by the community's officer only, each look noted, and forgotten some time after the end."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select, update

from core.api import JobContext, audit, note_erasure, note_look, session, settings, tenant_id, today, unseal
from plugins.needs import inbox
from plugins.needs.handling import changed, locked
from plugins.needs.models import Need, NeedSheet
from plugins.needs.writing import CONTACT, Contact

JOB = "needs.forget"
BATCH = 500


def see(row: Need) -> Contact:
    """The contact in clear; noted, and counted with the hour's. The caller has authorized it for the community's officer. Raises TooMany."""
    note_look("needs.contact_seen", "needs_need", row.id)
    return read(row)


def read(row: Need) -> Contact:
    """The same for papers and matters, whose making is noted by itself."""
    return Contact(**{name: unseal("needs_need", name, row.id, getattr(row, name)) or "" for name in CONTACT})


def forget(need_id: uuid.UUID, version: int | None) -> None:
    """Remove the contact at once, as the asker wishes it. Raises Conflict, NotFound."""
    row = locked(need_id, version)
    row.name = row.phone = row.address = None
    row.has_contact = False
    changed(row, "needs.contact_erased")
    note_erasure("needs_need", row.id, tuple(CONTACT))


def nightly(_context: JobContext) -> dict[str, Any]:
    """Forget the contacts of needs that ended long enough ago, by the county's setting, tables that nobody took over, and old deliveries' names."""
    done, after = 0, (dt.date.min, uuid.UUID(int=0))
    while found := _due(after):
        gone = [row.id for row in found if row.closed_on <= today() - dt.timedelta(days=settings("needs", row.community_id)["contact_days"])]
        session().execute(update(Need).where(Need.tenant_id == tenant_id(), Need.id.in_(gone)).values(
            name=None, phone=None, address=None, has_contact=False))
        for need_id in gone:
            audit("needs.contact_erased", "needs_need", need_id)
        done, after = done + len(gone), (found[-1].closed_on, found[-1].id)
    return {"contacts": done, "sheets": _old_sheets(), "deliveries": inbox.clean()}


def _due(after: tuple[dt.date, uuid.UUID]) -> list[Any]:
    return list(session().execute(
        select(Need.id, Need.community_id, Need.closed_on).where(
            Need.tenant_id == tenant_id(), Need.has_contact, Need.closed_on.is_not(None),
            (Need.closed_on > after[0]) | ((Need.closed_on == after[0]) & (Need.id > after[1])))
        .order_by(Need.closed_on, Need.id).limit(BATCH)))


def _old_sheets() -> int:
    from core.api import now
    found = session().scalars(select(NeedSheet.id).where(NeedSheet.tenant_id == tenant_id(), NeedSheet.created_at < now() - dt.timedelta(days=1)))
    ids = list(found)
    for identity in ids:
        session().delete(session().get_one(NeedSheet, (tenant_id(), identity)))
    return len(ids)
