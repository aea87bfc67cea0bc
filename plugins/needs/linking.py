"""A need that is put up as a matter (R68): what the form of the new matter is filled with, and how the need follows the matter."""
from __future__ import annotations

import uuid

from flask import flash, has_request_context
from sqlalchemy import select

from core.api import MatterDraft, MatterFact, TooMany, acting, allowed, place_target, session, settings, tenant_id, unseal
from plugins.needs.contacts import see
from plugins.needs.handling import changed, end, locked
from plugins.needs.models import OPEN, Need
from plugins.needs.writing import Contact

ORIGIN = "needs"
TITLE = 100


def drafts(origin: str, origin_id: uuid.UUID) -> list[MatterDraft]:
    """What is known of a need, in clear, for whoever manages the community's needs; handing the contact over is noted as a look at it.

    Who has looked at too many within the hour gets the rest of it.
    """
    if origin != ORIGIN:
        return []
    row = session().scalar(select(Need).where(Need.tenant_id == tenant_id(), Need.id == origin_id, Need.state.in_(OPEN)))
    if row is None or not allowed(acting(), "needs.manage", place_target(row.community_id)):
        return []
    contact, kinds = _seen(row), settings("service", row.community_id)["kinds"]
    return [MatterDraft(title=row.summary[:TITLE], community_id=row.community_id,
                        description=unseal("needs_need", "text", row.id, row.text) or "", kind=row.category if row.category in kinds else None,
                        recipient_kind="person" if row.has_contact else "public", recipient_group=row.recipient_group,
                        recipient=contact.name or None, phone=contact.phone or None, address=contact.address or None)]


def _seen(row: Need) -> Contact:
    try:
        return see(row)
    except TooMany as error:  # raised on, it would count as a failure of this plugin, and the need's words would be lost with it
        if has_request_context():
            flash(error.message, "warning")
        return Contact()


def opened(matter: MatterFact) -> None:
    """The need is being seen to. Told twice it changes nothing."""
    row = _need_of(matter)
    if row is None or (row.state == "turned" and row.matter_id == matter.matter_id):
        return
    again = row.state == "done" and row.matter_id == matter.matter_id
    if row.state not in OPEN and not again:
        return
    row.state, row.matter_id, row.before, row.closed_on = "turned", matter.matter_id, None, None
    changed(row, "needs.turned", source=matter.source)


def closed(matter: MatterFact) -> None:
    """Somebody served: the need is done. Nobody did: it waits as before."""
    row = _need_of(matter)
    if row is None or row.state != "turned" or row.matter_id != matter.matter_id:
        return
    if matter.served > 0:
        end(row, "done")
        row.before = "classified" if row.classified_on else "new"  # its matter is closed: undone, it waits for another
        changed(row, "needs.done", source=matter.source)
    else:
        row.state = "classified" if row.classified_on else "new"
        changed(row, "needs.returned", source=matter.source)


def _need_of(matter: MatterFact) -> Need | None:
    if matter.origin != ORIGIN or matter.origin_id is None:
        return None
    known = session().scalar(select(Need.id).where(Need.tenant_id == tenant_id(), Need.id == matter.origin_id,
                                                   Need.community_id == matter.community_id))
    return None if known is None else locked(known)
