"""Making a pledge public is the community's act: it looks whether a resident is named, may correct the words, and may take it down again."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select

from core.api import Conflict, Invalid, NotFound, _, audit, lock_matter, recipient_of, session, tenant_id, today
from plugins.pledges.making import checked_text
from plugins.pledges.models import Pledge
from plugins.pledges.placing import changed, locked


def publish(pledge_id: uuid.UUID, version: int | None) -> None:
    """Publish one that waits. Raises NotFound, Conflict when it is public already or was released."""
    row = locked(pledge_id, version)
    if row.published_on is not None:
        raise Conflict(_("这项承诺已经公开。"))
    if row.state == "released":
        raise Conflict(_("这项承诺已经解除，不再公开。"))
    row.published_on = today()
    changed(row)
    audit("pledges.published", "pledges_pledge", row.id)


def publish_many(chosen: Sequence[tuple[uuid.UUID, int]]) -> int:
    """Publish those that still wait as they were read; answers how many."""
    done = 0
    for pledge_id, version in sorted(chosen):
        try:
            publish(pledge_id, version)
        except Conflict:
            continue
        done += 1
    return done


def take_down(pledge_id: uuid.UUID, version: int | None, reason: str) -> None:
    """Take it off the board, with a reason; it may be published again. Raises Conflict, Invalid, NotFound."""
    row = locked(pledge_id, version)
    if row.published_on is None:
        raise Conflict(_("这项承诺没有公开。"))
    row.reason = needed_reason(reason)
    row.published_on = None
    changed(row)
    audit("pledges.taken_down", "pledges_pledge", row.id)


def correct(pledge_id: uuid.UUID, version: int | None, text: str) -> None:
    """Change the words, such as to leave out a resident's name. Raises Conflict, Invalid, NotFound."""
    matter_id = session().scalar(select(Pledge.matter_id).where(Pledge.tenant_id == tenant_id(), Pledge.id == pledge_id))
    if matter_id is None:
        raise NotFound
    recipient = recipient_of(lock_matter(matter_id))  # the matter first, as where a claim ends
    row = locked(pledge_id, version)
    row.text = checked_text(text, recipient)
    changed(row)
    audit("pledges.corrected", "pledges_pledge", row.id)


def needed_reason(reason: str) -> str:
    """A reason that says something, cut to what the column holds. Raises Invalid."""
    reason = reason.strip()
    if len(reason) < 2:
        raise Invalid(_("请写明原因。"), {"reason": [_("请填写")]})
    return reason[:300]


def day_or_invalid(day: dt.date | None) -> dt.date:
    """A day that is not over. Raises Invalid."""
    if day is None or day < today():
        raise Invalid(_("请选择今天或以后的日期。"), {"deadline": [_("请重新选择")]})
    return day
