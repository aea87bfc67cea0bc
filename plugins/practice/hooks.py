"""What core asks of the practice plugin."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import delete, select

from core.api import MemberData, Panel, _, acting, allowed, hookimpl, member_target, session, tenant_id
from plugins.practice import queries
from plugins.practice.models import PracticeEntry
from plugins.practice.words import STATES, TONES


@hookimpl
def member_panels(member_id: uuid.UUID) -> Iterable[Panel]:
    """The stories about a member, and the way to write one."""
    writes = allowed(acting(), "practice.write", member_target(member_id))
    rows = queries.of_member(member_id)[:5]
    return [Panel(_("先进典型"), "practice/panel.html", {"rows": rows, "writes": writes, "member_id": member_id, "words": STATES, "tones": TONES})] \
        if rows or writes else []


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """Every story about the member."""
    names = ("title", "body", "state", "consent_on", "published_on", "media", "outlet", "media_on", "link")
    rows = session().execute(select(*(getattr(PracticeEntry, name) for name in names)).where(
        PracticeEntry.tenant_id == tenant_id(), PracticeEntry.member_id == member_id).order_by(PracticeEntry.id)).all()
    return [MemberData(_("先进典型"), tuple({name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row._mapping.items()}
                                        for row in rows))] if rows else []


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """The stories go."""
    return len(session().execute(delete(PracticeEntry).where(PracticeEntry.tenant_id == tenant_id(), PracticeEntry.member_id == member_id)
                                 .returning(PracticeEntry.id)).all())
