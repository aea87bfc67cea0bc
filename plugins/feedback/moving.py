"""The way of a pack: draft, reviewed, signed, sent, read, answered, archived; each step by whoever it belongs to, and back while it can."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence

from sqlalchemy.dialects.postgresql import insert

from core.api import Conflict, Invalid, _, audit, new_id, session, settings, tenant_id, today
from plugins.feedback import placing, sending
from plugins.feedback.models import FeedbackPack, FeedbackSeries
from plugins.feedback.placing import changed, locked, stale

SIGNER = 30


def review(pack_id: uuid.UUID, version: int | None, *, by: uuid.UUID | None) -> None:
    """Note that somebody has gone through it. Raises NotFound, Conflict."""
    row = _at(pack_id, version, "draft", _("这份反馈已经审核过，请刷新页面。"))
    row.state, row.reviewed_by, row.reviewed_on = "reviewed", by, today()
    _done(row, "feedback.reviewed")


def sign(pack_id: uuid.UUID, version: int | None, signer: str, *, by: uuid.UUID | None) -> None:
    """Sign it: `signer` is the name that stands on the letter, which gets its number now. Raises NotFound, Conflict, Invalid."""
    row = _at(pack_id, version, "reviewed", _("请先审核，再签发。"))
    name = " ".join(signer.split())[:SIGNER]
    if len(name) < 2:
        raise Invalid(_("请填写签发人的姓名。"), {"signer": [_("请填写")]})
    if row.community_id is not None and settings("feedback", row.community_id)["signer"] == "second" and row.reviewed_by == by:
        raise Conflict(_("按本地的规定，要由另一位经办人签发，不能是审核的人。"))
    if row.number is None:
        row.number = _number(row)
    row.state, row.signed_by, row.signer, row.signed_on = "signed", by, name, today()
    _done(row, "feedback.signed")


def take_back(pack_id: uuid.UUID, version: int | None) -> None:
    """Make a draft of one that was reviewed or signed and is not sent; it keeps its number. Raises NotFound, Conflict."""
    row = locked(pack_id, version)
    if row.state not in ("reviewed", "signed"):
        raise Conflict(_("只有还没有送出的反馈可以退回修改。"))
    row.state = "draft"
    row.reviewed_by = row.signed_by = row.reviewed_on = row.signed_on = row.signer = None
    _done(row, "feedback.taken_back")


def send(pack_id: uuid.UUID, version: int | None, *, handed_on: dt.date | None = None) -> None:
    """Send it to the unit, or note that it was handed over on paper on a day. Raises NotFound, Conflict, Invalid for a day to come."""
    row = _at(pack_id, version, "signed", _("请先签发，再送出。"))
    if handed_on is not None and (handed_on > today() or (row.signed_on is not None and handed_on < row.signed_on)):
        raise Invalid(_("送交日期应在签发以后，不能晚于今天。"), {"handed_on": [_("请改正")]})
    row.state, row.channel, row.sent_on = "sent", "system" if handed_on is None else "paper", handed_on or today()
    _retire(row)
    _done(row, "feedback.sent")
    sending.leave(row)


def _retire(row: FeedbackPack) -> None:
    """What a correction stands for is archived with its sending; it stays in the thread."""
    if row.replaces_id is None:
        return
    old = locked(row.replaces_id)
    if old.state != "archived":
        old.state, old.archived_on = "archived", today()
        _done(old, "feedback.archived")


def take_note(pack_id: uuid.UUID, version: int | None) -> None:
    """The unit says that it has read it; said twice it is once. Raises NotFound, Conflict."""
    row = locked(pack_id)
    if row.read_on is not None:
        return
    stale(row, version)
    if row.state != "sent":
        raise Conflict(_("这份反馈还没有送到，请刷新页面。"))
    row.state, row.read_on = "read", today()
    _done(row, "feedback.read")


def answered(row: FeedbackPack, on: dt.date) -> None:
    """The unit's answer to a locked pack is there. Raises Conflict when it has one already, or is not out."""
    if row.state not in ("sent", "read"):
        raise Conflict(_("这份反馈已经答复或归档，请刷新页面。"))
    placing.answered(row, on)


def archive(pack_id: uuid.UUID, version: int | None) -> None:
    """Put it to the files, answered or not. Raises NotFound, Conflict."""
    row = locked(pack_id, version)
    if row.state not in ("sent", "read", "answered"):
        raise Conflict(_("只有送出以后的反馈可以归档。"))
    row.state, row.archived_on = "archived", today()
    _done(row, "feedback.archived")


def many(chosen: Sequence[tuple[uuid.UUID, int]], step: Callable[[uuid.UUID, int], None]) -> int:
    """Do a step with those that stand where it begins, in one order for everybody; answers how many."""
    done = 0
    for pack_id, version in sorted(chosen):
        try:
            with session().begin_nested():
                step(pack_id, version)
        except Conflict:
            continue
        done += 1
    return done


def _at(pack_id: uuid.UUID, version: int | None, state: str, otherwise: str) -> FeedbackPack:
    row = locked(pack_id, version)
    if row.state != state or row.community_id is None:
        raise Conflict(otherwise)
    return row


def _done(row: FeedbackPack, action: str) -> None:
    changed(row)
    audit(action, "feedback_pack", row.id)


def _number(row: FeedbackPack) -> str:
    """The next number of the community's letters of this year, as 社区反馈〔2026〕3号."""
    year = today().year
    given = insert(FeedbackSeries).values(tenant_id=tenant_id(), id=new_id(), community_id=row.community_id, year=year, last=1)
    last = session().execute(given.on_conflict_do_update(
        index_elements=["tenant_id", "community_id", "year"], set_={"last": FeedbackSeries.last + 1}).returning(FeedbackSeries.last)).scalar_one()
    return f"{settings('feedback', row.community_id)['number_word']}〔{year}〕{last}号"
