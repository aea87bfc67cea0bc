"""The thread between a community and a unit: important matters at any time (D13), the unit's own words (R25), answers to packs."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select, update

from core.api import Invalid, NotFound, _, audit, member_places, new_id, now, organization, session, tenant_id, today
from plugins.feedback import moving, sending
from plugins.feedback.models import FeedbackMessage
from plugins.feedback.placing import locked

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody writes. `written_on` is a day in the past for what came on paper and is keyed in; `about` a member of the unit."""

    body: str
    written_on: dt.date | None = None
    about: uuid.UUID | None = None


def write(community_id: uuid.UUID, unit_id: uuid.UUID, side: str, word: Word, *, by: uuid.UUID | None, ticket: uuid.UUID | None = None) -> uuid.UUID:
    """A word from one side to the other; sent twice under one ticket it is one. Raises NotFound, Invalid."""
    if organization(community_id).kind != "community" or organization(unit_id).kind != "unit":
        raise NotFound
    if ticket is not None and session().scalar(select(FeedbackMessage.id).where(
            FeedbackMessage.tenant_id == tenant_id(), FeedbackMessage.id == ticket)):
        return ticket
    row = FeedbackMessage(id=ticket or new_id(), community_id=community_id, unit_id=unit_id, side=side, body=_body(word.body),
                          kind="notice" if side == "community" else "message", member_id=_about(unit_id, word.about), written_by=by,
                          channel="paper" if word.written_on else "system", written_on=_day(word.written_on), created_at=now())
    session().add(row)
    session().flush()
    audit("feedback.written", "feedback_message", row.id, {"side": side})
    if side == "community":
        sending.leave(row)
    return row.id


def answer(pack_id: uuid.UUID, version: int | None, word: Word, *, by: uuid.UUID | None) -> uuid.UUID:
    """The unit's answer to a pack, its own or keyed in from paper. Raises NotFound, Conflict, Invalid."""
    pack = locked(pack_id, version)
    day = _day(word.written_on)
    if pack.sent_on is not None and day < pack.sent_on:
        raise Invalid(_("答复日期不能早于送出的日期。"), {"written_on": [_("请改正")]})
    moving.answered(pack, day)
    row = FeedbackMessage(id=new_id(), community_id=pack.community_id, unit_id=pack.unit_id, sender=pack.sender, pack_id=pack.id, side="unit",
                          kind="answer", body=_body(word.body), written_by=by, channel="paper" if word.written_on else "system",
                          written_on=day, created_at=now())
    session().add(row)
    session().flush()
    sending.answer(row, pack)
    return row.id


def take_note(community_id: uuid.UUID | None, unit_id: uuid.UUID, side: str) -> int:
    """Note that a side has read what the other wrote; answers how many words. Without a community: what came from other tenants."""
    read = session().scalars(update(FeedbackMessage).where(
        FeedbackMessage.tenant_id == tenant_id(), FeedbackMessage.community_id == community_id, FeedbackMessage.unit_id == unit_id,
        FeedbackMessage.side != side, FeedbackMessage.read_on.is_(None)).values(read_on=today())
        .returning(FeedbackMessage.id).execution_options(synchronize_session=False)).all()
    for message_id in read:
        audit("feedback.message_read", "feedback_message", message_id)
    return len(read)


def _body(text: str) -> str:
    text = text.strip()
    if not 2 <= len(text) <= LONGEST:
        raise Invalid(_("请用 2 至 %(count)s 个字写明内容。", count=LONGEST), {"body": [_("请改正")]})
    return text


def _day(day: dt.date | None) -> dt.date:
    if day is not None and day > today():
        raise Invalid(_("日期不能晚于今天。"), {"written_on": [_("请改正")]})
    return day or today()


def _about(unit_id: uuid.UUID, member_id: uuid.UUID | None) -> uuid.UUID | None:
    if member_id is None:
        return None
    people = member_places(member_id)
    if session().scalar(select(people.c.unit_id)) != unit_id:
        raise Invalid(_("请选择这个单位的党员。"), {"about": [_("请重新选择")]})
    return member_id
