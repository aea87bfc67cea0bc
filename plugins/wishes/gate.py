"""The gate "具体、实在、易于解决" (R58): an officer accepts a wish, splits it, refuses it with an answer, or takes the acceptance back."""
from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from core.api import (
    Conflict,
    Invalid,
    MatterInput,
    NotFound,
    _,
    change_matter,
    close_matter,
    lock_matter,
    open_matter,
    reopen_matter,
    session,
    settings,
    today,
)
from plugins.wishes.entering import contact, made
from plugins.wishes.holding import locked, put, require, step, words
from plugins.wishes.models import ENDED, LIVE, WishesWish

MOST_PARTS = 5


@dataclass(frozen=True, slots=True)
class AcceptInput:
    """The three answers, and what members will read. `harder`: not easily solved, a unit may take it on together (R23).

    `minutes` is the usual length of the service; `place` roughly where, no door number.
    """

    title: str
    concrete: bool
    real: bool
    easy: bool
    harder: bool = False
    kind: str | None = None
    due_on: dt.date | None = None
    minutes: int | None = None
    place: str | None = None


def accept(wish_id: uuid.UUID, version: int | None, given: AcceptInput, *, by: uuid.UUID | None) -> None:
    """Put a wish on the wall: it becomes a matter of the same id. Raises Invalid, Conflict, NotFound."""
    row = locked(wish_id, version)
    require(row, "submitted")
    _check(row, given)
    values = settings("wishes", row.community_id)
    matter = MatterInput(
        community_id=row.community_id, kind=given.kind or service_kind(row.community_id), title=given.title, place=given.place,
        recipient_kind="person", recipient_group=row.recipient_group, recipient=words(row, "name"),
        collective=given.harder, minutes=given.minutes or values["usual_minutes"],
        due_on=given.due_on or today() + dt.timedelta(days=values["due_days"]), origin=row.origin, origin_id=row.origin_id)
    row.title, row.harder = given.title.strip(), given.harder
    row.concrete, row.real, row.easy = given.concrete, given.real, given.easy
    row.state, row.listed, row.alarm_on = "accepted", True, unclaimed_alarm(row.community_id)
    _put_up(wish_id, matter, by)
    step(row, "accepted", by=by)


def undo_accept(wish_id: uuid.UUID, version: int | None, *, by: uuid.UUID | None) -> None:
    """Take a wish off the wall again, as long as nobody has claimed it. Raises Conflict, NotFound."""
    row = locked(wish_id, version)
    if row.state != "accepted":
        raise Conflict(_("已经有人认领，不能再撤回审核。"))
    row.state, row.listed, row.alarm_on = "submitted", False, None
    session().flush()
    close_matter(wish_id, None, _("社区撤回了审核"))
    step(row, "accept_undone", by=by)


def refuse(wish_id: uuid.UUID, version: int | None, answer: str, *, by: uuid.UUID | None) -> None:
    """Refuse a wish with an answer, which the resident reads by the receipt's code or on paper. Raises Invalid, Conflict, NotFound."""
    row = locked(wish_id, version)
    require(row, "submitted")
    if not 5 <= len(answer.strip()) <= 500:
        raise Invalid(_("请写明答复，居民会看到。"), {"answer": [_("请用 5 至 500 个字答复")]})
    put(row, "answer", answer)
    row.state, row.ended_on = "refused", today()
    step(row, "refused", by=by)


def split(wish_id: uuid.UUID, version: int | None, texts: Sequence[str], *, by: uuid.UUID | None) -> list[uuid.UUID]:
    """Make several smaller wishes of one; the contact is copied, nobody types it again. Raises Invalid, Conflict, NotFound."""
    row = locked(wish_id, version)
    require(row, "submitted")
    parts = [text.strip() for text in texts if text.strip()]
    if not 2 <= len(parts) <= MOST_PARTS or not all(2 <= len(part) <= 500 for part in parts):
        raise Invalid(_("请写出要拆成的 2 至 5 个小心愿，一格一个。"), {"part": [_("每个 2 至 500 个字")]})
    made_ids = [_part(row, part, by) for part in parts]
    row.state, row.ended_on = "split", today()
    step(row, "split", by=by)
    return made_ids


def withdraw(wish_id: uuid.UUID, version: int | None, reason: str, *, by: uuid.UUID | None) -> None:
    """End a wish that the resident no longer has; whoever holds it reads the reason. Raises Invalid, Conflict, NotFound."""
    row = locked(wish_id, version)
    require(row, "submitted", *LIVE)
    if len(reason.strip()) < 2:
        raise Invalid(_("请写明撤回的原因。"), {"reason": [_("请填写")]})
    was_live = row.state in LIVE
    row.state, row.ended_on, row.listed, row.alarm_on = "withdrawn", today(), False, None
    session().flush()
    if was_live:
        close_matter(wish_id, None, reason)
    step(row, "withdrawn", by=by, note=reason)


def service_kind(community_id: uuid.UUID) -> str:
    """The kind of service that a wish's record has: the setting's, if the place has it, else the place's first."""
    kinds: list[str] = settings("service", community_id)["kinds"]
    wanted: str = settings("wishes", community_id)["service_kind"]
    return wanted if wanted in kinds else kinds[0]


def unclaimed_alarm(community_id: uuid.UUID) -> dt.date:
    """The last day on which nobody need ask why a wish that goes up today is not claimed."""
    return today() + dt.timedelta(days=settings("wishes", community_id)["unclaimed_days"])


def is_open(row: WishesWish) -> bool:
    """Whether anything can still be done about it."""
    return row.state not in ENDED


def _check(row: WishesWish, given: AcceptInput) -> None:
    wrong: dict[str, list[str]] = {}
    if not (given.concrete and given.real):
        wrong["gate"] = [_("不具体或者不实在的心愿先不上墙：请拆分，或答复居民。")]
    elif not given.easy and not given.harder:
        wrong["gate"] = [_("不易解决的，请拆分、答复，或勾选“较难，可由单位集体认领”。")]
    for column in ("title", "place"):
        if _names(row, getattr(given, column) or ""):
            wrong[column] = [_("这里会公开，不要写居民的姓名、电话或门牌号。")]
    if given.due_on is not None and given.due_on < today():
        wrong["due_on"] = [_("早于今天")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)


def _names(row: WishesWish, text: str) -> bool:
    """Whether a text gives the resident away: by name, telephone number or address."""
    name, phone, address = (words(row, column) or "" for column in ("name", "phone", "address"))
    digits = re.sub(r"\D", "", phone)
    return bool((len(name) > 1 and name in text) or (len(digits) > 4 and digits in re.sub(r"\D", "", text)) or (len(address) > 3 and address in text))


def _put_up(wish_id: uuid.UUID, matter: MatterInput, by: uuid.UUID | None) -> None:
    """Open the matter; one whose acceptance was taken back is there already and is opened again, as it is wanted now."""
    try:
        lock_matter(wish_id)
    except NotFound:
        open_matter("wishes", matter, by=by, matter_id=wish_id)
        return
    reopen_matter(wish_id, None)
    change_matter(wish_id, lock_matter(wish_id).version, matter)


def _part(row: WishesWish, text: str, by: uuid.UUID | None) -> uuid.UUID:
    part = made(row.community_id, row.kind, row.recipient_group, "split", by=by, parent_id=row.id, received_on=row.received_on)
    part.origin, part.origin_id = row.origin, row.origin_id
    contact(part, *(words(row, column) for column in ("name", "phone", "address")))
    put(part, "text", text)
    session().add(part)
    step(part, "received", by=by)
    return part.id
