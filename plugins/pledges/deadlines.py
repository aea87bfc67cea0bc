"""Another deadline: the member may ask for one once and says why, the community agrees or does not (R7, R37)."""
from __future__ import annotations

import datetime as dt
import uuid

from core.api import Conflict, Invalid, _, audit, today
from plugins.pledges.placing import changed, locked
from plugins.pledges.publishing import day_or_invalid, needed_reason


def ask(pledge_id: uuid.UUID, version: int | None, deadline: dt.date | None, reason: str) -> None:
    """Ask for a later deadline. Raises Conflict when it was asked before or the pledge has ended, Invalid, NotFound."""
    row = locked(pledge_id, version)
    if row.state != "open":
        raise Conflict(_("这项承诺已经办结，不用延期。"))
    if row.asked_on is not None:
        raise Conflict(_("已经申请过一次延期，不能再次申请。如有困难，请联系社区。"))
    day = day_or_invalid(deadline)
    if day <= row.deadline:
        raise Invalid(_("新的期限要晚于原来的期限。"), {"deadline": [_("请重新选择")]})
    row.asked_on, row.asked_deadline, row.asked_reason = today(), day, needed_reason(reason)
    changed(row)
    audit("pledges.deadline_asked", "pledges_pledge", row.id)


def decide(pledge_id: uuid.UUID, version: int | None, *, agree: bool) -> None:
    """Agree to the deadline that was asked for, or leave it as it was. Raises Conflict, NotFound."""
    row = locked(pledge_id, version)
    if row.asked_deadline is None or row.state != "open":
        raise Conflict(_("没有等待答复的延期申请，请刷新页面。"))
    if agree:
        row.deadline = row.asked_deadline
    row.asked_deadline = None
    changed(row)
    audit("pledges.deadline_moved" if agree else "pledges.deadline_kept", "pledges_pledge", row.id)
