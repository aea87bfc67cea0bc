"""The one place where something leaves for a unit, a pack or a word, and where what other tenants send arrives."""
from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.api import (
    FeedbackArrival,
    Invalid,
    _,
    audit,
    member_places,
    new_id,
    now,
    partner_of_unit,
    place_rows,
    send_feedback,
    session,
    tenant_id,
    today,
)
from plugins.feedback import content, placing
from plugins.feedback.models import FeedbackLine, FeedbackMessage, FeedbackPack

Members = Sequence[uuid.UUID | None]
GONE = "（已离开）"


def leave(row: FeedbackPack | FeedbackMessage) -> None:
    """A pack or a community's word goes to its unit. Here it lies on the unit's desk already, since both read the same row; to a unit that is at
    home in another tenant it goes by an envelope (R29, R72). What was handed over on paper does not go twice. Raises Conflict, Invalid.
    """
    if row.channel == "paper" or partner_of_unit(row.unit_id) is None:
        return
    said, members = content.of(row)
    row.envelope_id = send_feedback(row.unit_id, said, about=row.id, community_id=row.community_id, members=members)
    session().flush()


def answer(row: FeedbackMessage, to: FeedbackPack) -> None:
    """A unit's answer to a pack that came from another tenant goes back there. Raises Conflict, Invalid."""
    if to.community_id is not None or to.envelope_id is None:
        return
    said, _members = content.of(row)
    row.envelope_id = send_feedback(row.unit_id, said | {"answer_to": str(to.envelope_id)}, about=row.id)
    session().flush()


def arrived(arrival: FeedbackArrival) -> uuid.UUID | None:
    """Store what has come from another tenant; answers its id, the same one when it arrives twice, None for an answer to what is not here.

    Raises Invalid for a content that is none.
    """
    loaded = content.load(arrival.content)
    sender = f"{arrival.sender_name}{arrival.community_name}"[:100]
    if loaded["kind"] == "pack":
        return _pack(arrival, sender, loaded)
    if loaded["kind"] == "message":
        return _word(arrival, {**loaded, "kind": "notice"}, sender=sender, side="community", member_id=next(iter(arrival.members), None))
    pack = session().scalars(select(FeedbackPack).where(FeedbackPack.tenant_id == tenant_id(), FeedbackPack.envelope_id == arrival.answer_to)
                             .with_for_update().execution_options(populate_existing=True)).one_or_none()
    if pack is None:
        return None
    if pack.state in ("sent", "read"):
        placing.answered(pack, loaded["written_on"])
    return _word(arrival, loaded, community_id=pack.community_id, pack_id=pack.id, side="unit", unit_id=pack.unit_id)


def _pack(arrival: FeedbackArrival, sender: str, given: Mapping[str, Any]) -> uuid.UUID:
    if len(arrival.members) != len(given["lines"]):
        raise Invalid(_("收到的反馈内容不完整，没有保存。"))
    units = place_rows("unit")
    sort_key = session().scalar(select(units.c.sort_key).where(units.c.id == arrival.unit_id)) or ""
    row = session().execute(insert(FeedbackPack).values(
        tenant_id=tenant_id(), id=new_id(), unit_id=arrival.unit_id, sender=sender, envelope_id=arrival.envelope_id, sort_key=sort_key, state="sent",
        channel="system", sent_on=today(), made_on=given["signed_on"], version=1, created_at=now(), **{name: given[name] for name in content.PACK})
        .on_conflict_do_nothing(index_elements=["tenant_id", "envelope_id"]).returning(FeedbackPack.id)).scalar_one_or_none()
    if row is None:
        return session().execute(select(FeedbackPack.id).where(
            FeedbackPack.tenant_id == tenant_id(), FeedbackPack.envelope_id == arrival.envelope_id)).scalar_one()
    names = _names(arrival.members)
    session().add_all(FeedbackLine(id=new_id(), pack_id=row, member_id=member_id, name=names.get(member_id, GONE), sort_key=f"{place:06}", **line)
                      for place, (member_id, line) in enumerate(zip(arrival.members, given["lines"], strict=True)))
    session().flush()
    audit("feedback.arrived", "feedback_pack", row, {"members": len(given["lines"])})
    return row


def _names(members: Members) -> dict[uuid.UUID | None, str]:
    """As they are called here: a letter between tenants names nobody."""
    people = member_places()
    return {row.id: row.name for row in session().execute(select(people.c.id, people.c.name).where(
        people.c.id.in_([one for one in members if one]), people.c.status != "erased"))}


def _word(arrival: FeedbackArrival, given: Mapping[str, Any], **values: Any) -> uuid.UUID:
    row = session().execute(insert(FeedbackMessage).values(
        **{"tenant_id": tenant_id(), "id": new_id(), "unit_id": arrival.unit_id, "envelope_id": arrival.envelope_id, "kind": given["kind"],
           "body": given["body"], "channel": "system", "written_on": given["written_on"], "created_at": now(), **values})
        .on_conflict_do_nothing(index_elements=["tenant_id", "envelope_id"]).returning(FeedbackMessage.id)).scalar_one_or_none()
    if row is None:
        return session().execute(select(FeedbackMessage.id).where(
            FeedbackMessage.tenant_id == tenant_id(), FeedbackMessage.envelope_id == arrival.envelope_id)).scalar_one()
    audit("feedback.arrived", "feedback_message", row)
    return row
