"""What the asker holds in hand: a code of twelve digits, with which anybody without a login reads state and answer."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import NamedTuple

from sqlalchemy import select

from core.api import NotFound, audit, find_code, issue_code, session, settings, tenant_id, unseal
from plugins.needs.handling import locked
from plugins.needs.models import Need

PURPOSE = "needs.receipt"


class Told(NamedTuple):
    """What the asker reads: nothing that another asker said, nobody's name."""

    community_id: uuid.UUID
    category: str
    received_on: dt.date
    state: str
    merged: bool
    answer: str | None
    answered_on: dt.date | None
    matter_id: uuid.UUID | None


def issue(need_id: uuid.UUID) -> str:
    """A fresh receipt code, shown once; an earlier one is void. Raises NotFound."""
    row = locked(need_id)
    code = issue_code(PURPOSE, need_id, days=settings("needs", row.community_id)["code_days"])
    audit("needs.receipt_issued", "needs_need", need_id)
    return code


def look_up(code: str) -> Told:
    """State and answer of the need behind a receipt code; a merged one is told what the need it went into is. Raises NotFound."""
    row = told_of(find_code(PURPOSE, code))
    if row is None:
        raise NotFound
    return row


def told_of(need_id: uuid.UUID) -> Told | None:
    """The same by id, for the officer who tells it by word of mouth or on paper."""
    row = _row(need_id)
    if row is None:
        return None
    ahead = _row(row.merged_into) if row.merged_into else None
    shown = ahead or row
    return Told(row.community_id, row.category, row.received_on, shown.state, ahead is not None,
                unseal("needs_need", "answer", shown.id, shown.answer), shown.answered_on,
                shown.matter_id if shown.state == "turned" else None)


def _row(need_id: uuid.UUID) -> Need | None:
    return session().scalar(select(Need).where(Need.tenant_id == tenant_id(), Need.id == need_id))
