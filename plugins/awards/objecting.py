"""Objections to what is published (R84): sealed, for whoever decides alone, answered with a reason before the decision."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import Row, or_, select, update

from core.api import (
    Conflict,
    Invalid,
    JobContext,
    NotFound,
    _,
    acting,
    audit,
    note_erasure,
    note_look,
    now,
    seal,
    session,
    settings,
    tenant_id,
    today,
    unseal,
)
from plugins.awards.finding import locked_nomination, moved, needed
from plugins.awards.models import AwardNomination, AwardObjection, AwardSelection

TABLE = "awards_objection"
LONGEST, CONTACT = 500, 100


@dataclass(frozen=True, slots=True)
class Seen:
    """An objection in clear."""

    says: str | None
    contact: str | None


def raise_objection(objection_id: uuid.UUID, nomination_id: uuid.UUID, says: str, contact: str, *, channel: str = "web",
                    by: uuid.UUID | None = None) -> uuid.UUID:
    """Write down an objection to somebody on a list that is published; `objection_id` makes the same form sent twice one.

    Raises NotFound for somebody who is on no such list, Conflict after its last day, Invalid.
    """
    if session().get(AwardObjection, (tenant_id(), objection_id)) is not None:
        return objection_id
    selection, row = locked_nomination(nomination_id)
    if selection.state != "published" or row.state != "listed" or selection.objections_until is None:
        raise NotFound
    if selection.objections_until < today():
        raise Conflict(_("公示已经期满。如仍有情况要反映，请直接联系组织评选的单位。"))
    says, contact = says.strip(), contact.strip()
    if not 4 <= len(says) <= LONGEST:
        raise Invalid(_("请用 4 至 %(count)s 个字写明情况。", count=LONGEST), {"says": [_("请改正")]})
    if len(contact) > CONTACT:
        raise Invalid(_("联系方式太长，请只写姓氏和电话。"), {"contact": [_("请改正")]})
    session().add(AwardObjection(
        id=objection_id, nomination_id=nomination_id, selection_id=selection.id, says=seal(TABLE, "says", objection_id, says),
        contact=seal(TABLE, "contact", objection_id, contact or None), channel=channel, state="open", raised_on=today(), entered_by=by, version=1,
        created_at=now()))
    session().flush()
    audit("awards.objected", TABLE, objection_id, {"channel": channel})
    return objection_id


def standing(objection_id: uuid.UUID) -> Row:
    """Where an objection stands, for whoever holds its number: day, state, answer and its day. Raises NotFound."""
    row = session().execute(select(AwardObjection.raised_on, AwardObjection.state, AwardObjection.answer, AwardObjection.decided_on).where(
        AwardObjection.tenant_id == tenant_id(), AwardObjection.id == objection_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def look(objection_id: uuid.UUID) -> Seen:
    """What was said and how to reach whoever said it; each look is noted and counted. Raises NotFound, TooMany."""
    row = session().get(AwardObjection, (tenant_id(), objection_id))
    if row is None:
        raise NotFound
    note_look("awards.contact_seen", TABLE, objection_id)
    return Seen(unseal(TABLE, "says", row.id, row.says), unseal(TABLE, "contact", row.id, row.contact))


def answer(objection_id: uuid.UUID, version: int | None, text: str, *, upheld: bool) -> None:
    """Answer: upheld, the nominee leaves the list, or what is made ready for the next one, with the answer as the reason. Raises Conflict, Invalid, NotFound."""
    nomination_id = session().scalar(select(AwardObjection.nomination_id).where(AwardObjection.tenant_id == tenant_id(),
                                                                                AwardObjection.id == objection_id))
    if nomination_id is None:
        raise NotFound
    _selection, nomination = locked_nomination(nomination_id)
    row = session().scalars(select(AwardObjection).where(AwardObjection.tenant_id == tenant_id(), AwardObjection.id == objection_id)
                            .with_for_update().execution_options(populate_existing=True)).one()
    if row.state != "open" or (version is not None and row.version != version):
        raise Conflict(_("这条异议已经有人办理，请刷新页面查看。"))
    row.answer = needed(text, "answer")
    row.state, row.decided_on, row.decided_by = "upheld" if upheld else "rejected", today(), acting().account_id
    row.version += 1
    session().flush()
    audit(f"awards.objection_{row.state}", TABLE, row.id)
    if upheld and nomination.state in ("recommended", "listed"):  # the former where the publication was ended meanwhile
        nomination.ended_on, nomination.ended_reason = today(), row.answer
        moved(nomination, "refused", "upheld", note=row.answer)


def forget_one(objection_id: uuid.UUID) -> None:
    """Erase words and contact at the wish of whoever wrote them; day, state and answer stay. Raises NotFound."""
    gone = session().execute(update(AwardObjection).where(AwardObjection.tenant_id == tenant_id(), AwardObjection.id == objection_id)
                             .values(says=None, contact=None).returning(AwardObjection.id)).all()
    if not gone:
        raise NotFound
    audit("awards.contacts_erased", TABLE, objection_id, {"count": 1})
    note_erasure(TABLE, objection_id, ("says", "contact"))


def nightly(_context: JobContext) -> dict[str, int]:
    """Erase words and contacts of objections that were answered longer ago than the place sets; answers how many."""
    held = or_(AwardObjection.contact.is_not(None), AwardObjection.says.is_not(None))
    places = session().execute(select(AwardSelection.organization_id).join(
        AwardObjection, (AwardObjection.tenant_id == AwardSelection.tenant_id) & (AwardObjection.selection_id == AwardSelection.id))
        .where(AwardSelection.tenant_id == tenant_id(), AwardObjection.decided_on.is_not(None), held).distinct()).scalars().all()
    gone = 0
    for place in places:
        before = today() - dt.timedelta(days=settings("awards", place)["contact_days"])
        of_place = select(AwardSelection.id).where(AwardSelection.tenant_id == tenant_id(), AwardSelection.organization_id == place)
        gone += len(session().execute(update(AwardObjection).where(
            AwardObjection.tenant_id == tenant_id(), AwardObjection.selection_id.in_(of_place), AwardObjection.decided_on < before, held)
            .values(contact=None, says=None).returning(AwardObjection.id)).all())
    if gone:
        audit("awards.contacts_erased", TABLE, None, {"count": gone})
    return {"forgotten": gone}


def about(objection_id: uuid.UUID) -> AwardNomination:
    """The nomination that is objected to. Raises NotFound."""
    row = session().scalar(select(AwardNomination).join(
        AwardObjection, (AwardObjection.tenant_id == AwardNomination.tenant_id) & (AwardObjection.nomination_id == AwardNomination.id))
        .where(AwardNomination.tenant_id == tenant_id(), AwardObjection.id == objection_id))
    if row is None:
        raise NotFound
    return row
