"""Remarks of the community on a member or on the unit as a whole: optional, only while the pack is a draft, never on oneself."""
from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import select

from core.api import Conflict, Forbidden, Invalid, _, audit, session, tenant_id
from plugins.feedback.models import FeedbackLine
from plugins.feedback.placing import changed, locked

LONGEST, WHOLE = 200, 500


def keep(pack_id: uuid.UUID, version: int | None, whole: str, lines: Mapping[uuid.UUID, str], *, own: uuid.UUID | None) -> None:
    """Keep the remarks of a draft; lines that are not in it are left out. `own` is the member who acts, if it is one.

    Raises NotFound, Conflict, Invalid; Forbidden for a remark on oneself.
    """
    pack = locked(pack_id, version)
    if pack.state != "draft" or pack.community_id is None:
        raise Conflict(_("这份反馈已经审核。要改评语，请先退回修改。"))
    new_whole = _checked(whole, WHOLE, "remark")
    rows = session().scalars(select(FeedbackLine).where(
        FeedbackLine.tenant_id == tenant_id(), FeedbackLine.pack_id == pack.id, FeedbackLine.id.in_(list(lines))).order_by(FeedbackLine.id)).all()
    for row in rows:
        new = _checked(lines[row.id], LONGEST, f"line-{row.id}")
        if new == row.remark:
            continue
        if own is not None and row.member_id == own:
            raise Forbidden
        row.remark = new
    pack.remark = new_whole
    changed(pack)
    audit("feedback.remarked", "feedback_pack", pack.id)


def _checked(text: str, longest: int, field: str) -> str | None:
    text = " ".join(text.split())
    if len(text) > longest:
        raise Invalid(_("评语请不超过 %(count)s 个字。", count=longest), {field: [_("太长了")]})
    return text or None
