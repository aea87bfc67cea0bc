"""Residents say that a pledge was not kept (R77): what they write is sealed, the community looks into it and answers."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import Row, or_, select, update

from core.api import Conflict, Invalid, JobContext, NotFound, _, audit, note_look, now, seal, session, settings, tenant_id, today, unseal
from plugins.pledges.ending import break_off, catch_up
from plugins.pledges.models import Pledge, PledgeObjection
from plugins.pledges.placing import locked
from plugins.pledges.publishing import needed_reason

TABLE = "pledges_objection"
LONGEST, CONTACT = 500, 100


@dataclass(frozen=True, slots=True)
class Seen:
    """An objection in clear."""

    says: str | None
    contact: str | None


def raise_objection(objection_id: uuid.UUID, pledge_id: uuid.UUID, says: str, contact: str, *, channel: str = "web",
                    by: uuid.UUID | None = None) -> uuid.UUID:
    """Write down an objection to a pledge that is on the board; `objection_id` makes the same form sent twice one objection.

    Raises NotFound for a pledge that is not public, Invalid.
    """
    if session().get(PledgeObjection, (tenant_id(), objection_id)) is not None:
        return objection_id
    community_id = session().scalar(select(Pledge.community_id).where(Pledge.tenant_id == tenant_id(), Pledge.id == pledge_id,
                                                                      Pledge.board.is_not(None)))
    if community_id is None:
        raise NotFound
    says, contact = says.strip(), contact.strip()
    if not 4 <= len(says) <= LONGEST:
        raise Invalid(_("请用 4 至 %(count)s 个字写明情况。", count=LONGEST), {"says": [_("请改正")]})
    if len(contact) > CONTACT:
        raise Invalid(_("联系方式太长，请只写姓氏和电话。"), {"contact": [_("请改正")]})
    session().add(PledgeObjection(
        id=objection_id, pledge_id=pledge_id, community_id=community_id, says=seal(TABLE, "says", objection_id, says),
        contact=seal(TABLE, "contact", objection_id, contact or None), channel=channel, state="open", raised_on=today(), entered_by=by, version=1,
        created_at=now()))
    session().flush()
    audit("pledges.objected", TABLE, objection_id, {"channel": channel})
    return objection_id


def standing(objection_id: uuid.UUID, community_id: uuid.UUID) -> Row:
    """Where an objection stands, for whoever holds its number: day, state, answer and its day. Raises NotFound."""
    row = session().execute(select(PledgeObjection.raised_on, PledgeObjection.state, PledgeObjection.answer, PledgeObjection.decided_on).where(
        PledgeObjection.tenant_id == tenant_id(), PledgeObjection.id == objection_id, PledgeObjection.community_id == community_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def look(objection_id: uuid.UUID) -> Seen:
    """What was said and how to reach whoever said it; each look is noted and counted. Raises NotFound, TooMany."""
    row = session().get(PledgeObjection, (tenant_id(), objection_id))
    if row is None:
        raise NotFound
    note_look("pledges.contact_seen", TABLE, objection_id)
    return Seen(unseal(TABLE, "says", row.id, row.says), unseal(TABLE, "contact", row.id, row.contact))


def answer(objection_id: uuid.UUID, version: int | None, text: str, *, upheld: bool, by: uuid.UUID | None) -> None:
    """Answer: upheld, the pledge is marked as not kept with the answer as its reason; else it stays. Raises Conflict, Invalid, NotFound."""
    pledge_id = session().scalar(select(PledgeObjection.pledge_id).where(PledgeObjection.tenant_id == tenant_id(),
                                                                         PledgeObjection.id == objection_id))
    if pledge_id is None:
        raise NotFound
    pledge = locked(pledge_id)
    row = session().scalars(select(PledgeObjection).where(PledgeObjection.tenant_id == tenant_id(), PledgeObjection.id == objection_id)
                            .with_for_update().execution_options(populate_existing=True)).one()
    if row.state != "open" or (version is not None and row.version != version):
        raise Conflict(_("这条反映已经有人答复，请刷新页面查看。"))
    row.answer = needed_reason(text)
    row.state, row.decided_on, row.decided_by = "upheld" if upheld else "rejected", today(), by
    row.version += 1
    session().flush()
    audit(f"pledges.objection_{row.state}", TABLE, row.id)
    if upheld and pledge.state not in ("released", "not_kept"):
        break_off(pledge, row.answer)


def nightly(_context: JobContext) -> dict[str, int]:
    """Forget what residents wrote some time after the answer, and close pledges whose claims have ended meanwhile."""
    return {"forgotten": forget(), "closed": catch_up()}


def forget() -> int:
    """Erase words and contacts of objections that were answered longer ago than the place sets; answers how many."""
    found = session().execute(select(PledgeObjection.community_id).where(
        PledgeObjection.tenant_id == tenant_id(), PledgeObjection.decided_on.is_not(None),
        or_(PledgeObjection.contact.is_not(None), PledgeObjection.says.is_not(None))).distinct()).scalars().all()
    gone = 0
    for community_id in found:
        before = today() - dt.timedelta(days=settings("pledges", community_id)["contact_days"])
        rows = session().execute(update(PledgeObjection).where(
            PledgeObjection.tenant_id == tenant_id(), PledgeObjection.community_id == community_id, PledgeObjection.decided_on < before,
            or_(PledgeObjection.contact.is_not(None), PledgeObjection.says.is_not(None)))
            .values(contact=None, says=None).returning(PledgeObjection.id)).all()
        gone += len(rows)
    if gone:
        audit("pledges.contacts_erased", TABLE, None, {"count": gone})
    return gone
