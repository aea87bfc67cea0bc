"""The matter that a request becomes: what core needs to write the service record without anybody typing it again."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from core.api import (
    MatterInput,
    change_matter,
    close_matter,
    lock_matter,
    matter_rows,
    open_matter,
    reopen_matter,
    session,
    settings,
)
from plugins.menu import contacts
from plugins.menu.models import MenuRequest
from plugins.menu.settings import pairs
from plugins.menu.times import LOCAL

SOURCE = "menu"


def open_for(row: MenuRequest, *, by: uuid.UUID | None, agreed: Any = None) -> uuid.UUID:
    """Put the request up as a matter of the same id, or bring the matter up to date; `agreed` has begins_at, ends_at and place."""
    state = state_of(row.id)
    if state is None:
        return open_matter(SOURCE, _input(row, agreed), by=by, matter_id=row.id)
    if state == "closed":
        reopen_matter(row.id, None)
    change_matter(row.id, lock_matter(row.id).version, _input(row, agreed))
    return row.id


def close_for(row: MenuRequest, reason: str = "") -> None:
    """Close the request's matter, if it has one that is open; claims on it lapse."""
    if state_of(row.id) == "open":
        close_matter(row.id, None, reason)


def state_of(request_id: uuid.UUID) -> str | None:
    """The state of a request's matter, None: it has none yet."""
    rows = matter_rows(SOURCE)
    return session().scalar(select(rows.c.state).where(rows.c.id == request_id))


def kind_of(row: Any) -> str:
    """The kind of service record that a category becomes in the community, the first of all where the setting names none that exists."""
    kinds = settings("service", row.community_id)["kinds"]
    kind = pairs(settings("menu", row.community_id)["categories"]).get(row.category or "", "")
    return kind if kind in kinds else "其他" if "其他" in kinds else kinds[0]


def _input(row: MenuRequest, agreed: Any) -> MatterInput:
    day = None if agreed is None else agreed.begins_at.astimezone(LOCAL).date()
    minutes = None if agreed is None else int((agreed.ends_at - agreed.begins_at).total_seconds()) // 60
    longest = settings("service", row.community_id)["longest_minutes"]
    return MatterInput(community_id=row.community_id, kind=kind_of(row), title=row.title or "", place=None if agreed is None else agreed.place,
                       recipient_kind="person", recipient_group=row.recipient_group, recipient=contacts.opened(row).name, places=1, waits=False,
                       collective=row.unit_id is not None, minutes=None if minutes is None else min(minutes, longest), begins_on=day, due_on=None,
                       origin=row.origin, origin_id=row.origin_id)
