"""Reads needs for pages: one community at a time, columns only, keyset paging, a fixed number of queries."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, func, select

from core.api import NotFound, session, tenant_id, unseal
from plugins.needs.models import OPEN, STATES, Need

PAGE, SEARCHED, EXPORTED = 50, 500, 5000
_COLUMNS = (Need.id, Need.category, Need.recipient_group, Need.channel, Need.channel_note, Need.state, Need.summary, Need.text,
            Need.received_on, Need.due_on, Need.answered_on, Need.has_contact, Need.version)


class Wanted(NamedTuple):
    """Which needs of a community: those of a state, narrowed by category and channel."""

    community_id: uuid.UUID
    state: str
    category: str = ""
    channel: str = ""


def page(wanted: Wanted, after: uuid.UUID | None = None, limit: int = PAGE + 1) -> Sequence[Row]:
    """A page with one row more where there is a next one: what is open by age, the oldest first; what has ended, the newest first."""
    query = select(*_COLUMNS).where(Need.tenant_id == tenant_id(), Need.community_id == wanted.community_id, Need.state == wanted.state)
    if wanted.category:
        query = query.where(Need.category == wanted.category)
    if wanted.channel:
        query = query.where(Need.channel == wanted.channel)
    rising = wanted.state in OPEN
    if after is not None:
        query = query.where(Need.id > after if rising else Need.id < after)
    return session().execute(query.order_by(Need.id if rising else Need.id.desc()).limit(limit)).all()


def search(wanted: Wanted, text: str) -> list[Row]:
    """The newest of a state in whose words or summary the text occurs; sealed words are opened here, 500 at most."""
    needle = text.casefold()
    return [row for row in page(wanted, limit=SEARCHED) if needle in f"{said(row)} {row.summary}".casefold()][:PAGE]


def said(row: Any) -> str:
    """The asker's own words."""
    return unseal("needs_need", "text", row.id, row.text) or ""


def counts(community_id: uuid.UUID) -> dict[str, int]:
    """How many are open, by state; what has ended is not counted, since it only grows."""
    return dict(session().execute(select(Need.state, func.count()).where(
        Need.tenant_id == tenant_id(), Need.community_id == community_id, Need.state.in_(OPEN)).group_by(Need.state)).all())


def get(need_id: uuid.UUID) -> Need:
    """One need. Raises NotFound."""
    row = session().scalar(select(Need).where(Need.tenant_id == tenant_id(), Need.id == need_id))
    if row is None:
        raise NotFound
    return row


def merged_into(need_id: uuid.UUID) -> Sequence[Row]:
    """The needs that were merged into one, fifty at most."""
    return session().execute(select(Need.id, Need.text, Need.received_on).where(
        Need.tenant_id == tenant_id(), Need.merged_into == need_id).order_by(Need.id).limit(PAGE)).all()


def of_member(member_id: uuid.UUID, after: uuid.UUID | None = None) -> Sequence[Row]:
    """What a member has reported, the newest first, with one row more than a page where there is a next one."""
    query = select(*_COLUMNS, Need.answer, Need.community_id).where(Need.tenant_id == tenant_id(), Need.member_id == member_id)
    if after is not None:
        query = query.where(Need.id < after)
    return session().execute(query.order_by(Need.id.desc()).limit(PAGE + 1)).all()


def export_rows(community_id: uuid.UUID) -> Sequence[Row]:
    """The newest 5000 of a community, whatever their state; contacts are not among the columns."""
    return session().execute(select(*_COLUMNS, Need.answer).where(Need.tenant_id == tenant_id(), Need.community_id == community_id)
                             .order_by(Need.received_on.desc(), Need.id.desc()).limit(EXPORTED)).all()


def known_state(text: str) -> str:
    """A state by its key, else the first."""
    return text if text in STATES else STATES[0]
