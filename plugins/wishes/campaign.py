"""The campaign "聚力圆梦、爱暖民心" (R59): how many wishes of each kind and group came in and came true in a period; nobody is ranked."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from core.api import in_reach, session, tenant_id
from plugins.wishes.models import LIVE, WishesWish

STEPS = ("received", "accepted", "claimed", "written_off")
_ACCEPTED = (*LIVE, "written_off")
_CLAIMED = ("claimed", "done", "written_off")


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the wishes received in a period: how many there are, how many went up, were claimed, came true. By kind and by group."""

    all: Mapping[str, int]
    by_kind: Mapping[str, Mapping[str, int]]
    by_group: Mapping[str, Mapping[str, int]]


def totals(since: dt.date, until: dt.date, community_id: uuid.UUID | None = None, permission: str = "wishes.read") -> Totals:
    """The totals of the wishes within the acting person's reach that were received from `since` to `until`, both included.

    A wish that was split counts by its parts.
    """
    of = WishesWish
    query: Any = (select(of.kind, of.recipient_group, of.state, func.count()).where(
        of.tenant_id == tenant_id(), in_reach(of, permission), of.received_on.between(since, until), of.state != "split")
        .group_by(of.kind, of.recipient_group, of.state))
    if community_id is not None:
        query = query.where(of.community_id == community_id)
    everything, kinds, groups = _none(), dict[str, dict[str, int]](), dict[str, dict[str, int]]()
    for kind, group, state, count in session().execute(query):
        for counts in (everything, kinds.setdefault(kind, _none()), groups.setdefault(group or "", _none())):
            counts["received"] += count
            counts["accepted"] += count if state in _ACCEPTED else 0
            counts["claimed"] += count if state in _CLAIMED else 0
            counts["written_off"] += count if state == "written_off" else 0
    return Totals(everything, kinds, groups)


def _none() -> dict[str, int]:
    return dict.fromkeys(STEPS, 0)
