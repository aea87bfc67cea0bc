"""The one place where something leaves for a unit, a pack or a word, and where what other tenants send arrives."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.api import audit, new_id, now, place_rows, session, tenant_id, today
from plugins.feedback import content
from plugins.feedback.models import FeedbackLine, FeedbackMessage, FeedbackPack


def leave(row: FeedbackPack | FeedbackMessage) -> None:
    """A pack or a community's word goes to its unit: here it lies on the unit's desk already, since both read the same row.

    For a unit that belongs to another tenant, `content.of(row)` is what goes out.
    """


def arrived(envelope_id: uuid.UUID, sender: str, unit_id: uuid.UUID, given: Mapping[str, Any]) -> uuid.UUID:
    """Store what another tenant's community sent to a unit here; answers its id, the same one when it arrives twice.

    Raises Invalid for a content that is none.
    """
    loaded = content.load(given)
    if loaded["kind"] == "message":
        return _message(envelope_id, sender, unit_id, loaded)
    return _pack(envelope_id, sender, unit_id, loaded)


def _pack(envelope_id: uuid.UUID, sender: str, unit_id: uuid.UUID, given: Mapping[str, Any]) -> uuid.UUID:
    units = place_rows("unit")
    sort_key = session().scalar(select(units.c.sort_key).where(units.c.id == unit_id)) or ""
    values = {name: given[name] for name in content.PACK}
    row = session().execute(insert(FeedbackPack).values(
        tenant_id=tenant_id(), id=new_id(), unit_id=unit_id, sender=sender[:100], envelope_id=envelope_id, sort_key=sort_key, state="sent",
        channel="system", sent_on=today(), made_on=given["signed_on"], version=1, created_at=now(), **values)
        .on_conflict_do_nothing(index_elements=["tenant_id", "envelope_id"]).returning(FeedbackPack.id)).scalar_one_or_none()
    if row is None:
        return session().execute(select(FeedbackPack.id).where(
            FeedbackPack.tenant_id == tenant_id(), FeedbackPack.envelope_id == envelope_id)).scalar_one()
    session().add_all(FeedbackLine(id=new_id(), pack_id=row, sort_key=f"{place:06}", **line) for place, line in enumerate(given["lines"]))
    session().flush()
    audit("feedback.arrived", "feedback_pack", row, {"members": len(given["lines"])})
    return row


def _message(envelope_id: uuid.UUID, sender: str, unit_id: uuid.UUID, given: Mapping[str, Any]) -> uuid.UUID:
    row = session().execute(insert(FeedbackMessage).values(
        tenant_id=tenant_id(), id=new_id(), unit_id=unit_id, sender=sender[:100], envelope_id=envelope_id, side="community", kind="notice",
        body=given["body"], channel="system", written_on=given["written_on"], created_at=now())
        .on_conflict_do_nothing(index_elements=["tenant_id", "envelope_id"]).returning(FeedbackMessage.id)).scalar_one_or_none()
    if row is None:
        return session().execute(select(FeedbackMessage.id).where(
            FeedbackMessage.tenant_id == tenant_id(), FeedbackMessage.envelope_id == envelope_id)).scalar_one()
    audit("feedback.arrived", "feedback_message", row)
    return row
