"""Needs that are the same: proposed with the reason, merged by an officer only, and taken apart again."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from core.api import Conflict, NotFound, _, session, tenant_id, today, unseal
from plugins.needs.handling import changed, end, locked, require_state
from plugins.needs.models import OPEN, Need
from plugins.needs.similar import alike

NEWEST, DAYS, SHOWN = 300, 90, 5


class Proposal(NamedTuple):
    """A need that may be the same, and the words that both have."""

    id: uuid.UUID
    text: str
    state: str
    received_on: dt.date
    words: tuple[str, ...]


def proposals(need: Need) -> list[Proposal]:
    """Open needs of the same community from the last 90 days that read alike, the most alike first.

    Compared here, since sealed text can be compared nowhere else: the newest 300 at most.
    """
    own = unseal("needs_need", "text", need.id, need.text) or ""
    found = []
    for row in _candidates(need):
        text = unseal("needs_need", "text", row.id, row.text) or ""
        score, words = alike(f"{own} {need.summary}", f"{text} {row.summary}")
        if words:
            found.append((score, Proposal(row.id, text, row.state, row.received_on, words)))
    return [proposal for _score, proposal in sorted(found, key=lambda one: -one[0])[:SHOWN]]


def _candidates(need: Need) -> Sequence[Need]:
    return session().execute(  # type: ignore[return-value]
        select(Need.id, Need.text, Need.summary, Need.state, Need.received_on).where(
            Need.tenant_id == tenant_id(), Need.community_id == need.community_id, Need.state.in_(OPEN), Need.id != need.id,
            Need.received_on >= today() - dt.timedelta(days=DAYS)).order_by(Need.id.desc()).limit(NEWEST)).all()


def merge(need_id: uuid.UUID, version: int | None, into_id: uuid.UUID) -> None:
    """Merge a need into another open one of the same community; its asker is told what the other's is told.

    Raises Conflict; NotFound for another community's need.
    """
    first, second = sorted((need_id, into_id))  # always in one order, so that two merges cannot wait for each other
    rows = {one: locked(one) for one in dict.fromkeys((first, second))}
    row, into = rows[need_id], rows[into_id]
    if into.community_id != row.community_id:
        raise NotFound
    row = locked(need_id, version)
    require_state(row, ("new", "classified"))
    require_state(into, OPEN)
    if need_id == into_id:
        raise Conflict(_("不能归并到自己。"))
    if _has_merged(need_id):
        raise Conflict(_("已有别的意见归并到这一条，请反过来归并。"))
    end(row, "merged")
    row.merged_into = into_id
    changed(row, "needs.merged")


def unmerge(need_id: uuid.UUID, version: int | None) -> None:
    """Take a merged need out again: it is as it was before. Raises Conflict, NotFound."""
    row = locked(need_id, version)
    require_state(row, ("merged",))
    row.state, row.before, row.closed_on, row.merged_into = row.before or "new", None, None, None
    changed(row, "needs.unmerged")


def _has_merged(need_id: uuid.UUID) -> bool:
    return session().scalar(select(Need.id).where(Need.tenant_id == tenant_id(), Need.merged_into == need_id).limit(1)) is not None
