"""All that is kept of one member, for the export that the law gives every person, and its erasure."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import delete, select

from core.api import MemberData, _, session, tenant_id
from plugins.feedback.models import COUNTS, OUT, FeedbackLine, FeedbackMessage, FeedbackPack

_LINE = ("name", "sort_key", "report_state", "reported_on", *COUNTS, "parts", "remark")
_MESSAGE = ("side", "kind", "body", "written_on")


def tables(member_id: uuid.UUID) -> list[MemberData]:
    """The member's lines in packs that are out, with the period, and what was written about the member."""
    lines = session().execute(select(FeedbackPack.period, *(getattr(FeedbackLine, name) for name in _LINE)).join(
        FeedbackPack, (FeedbackPack.tenant_id == FeedbackLine.tenant_id) & (FeedbackPack.id == FeedbackLine.pack_id)).where(
        FeedbackLine.tenant_id == tenant_id(), FeedbackLine.member_id == member_id, FeedbackPack.state.in_(OUT)).order_by(FeedbackLine.id)).all()
    messages = session().execute(select(*(getattr(FeedbackMessage, name) for name in _MESSAGE)).where(
        FeedbackMessage.tenant_id == tenant_id(), FeedbackMessage.member_id == member_id).order_by(FeedbackMessage.id)).all()
    found = ((_("社区向单位的反馈"), lines), (_("社区和单位的往来"), messages))
    return [MemberData(title, tuple(_values(row) for row in rows)) for title, rows in found if rows]


def _values(row: Any) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row._mapping.items()}


def erase(member_id: uuid.UUID) -> int:
    """Remove the member's lines and what was written about the member; a pack's sums stay. Answers the number of rows."""
    return sum(len(session().execute(delete(table).where(table.tenant_id == tenant_id(), table.member_id == member_id).returning(table.id)).all())
               for table in (FeedbackLine, FeedbackMessage))
