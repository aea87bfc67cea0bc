"""Who may see how the resident is reached, each look noted; and forgetting it some time after the end (R75)."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, NamedTuple

from sqlalchemy import select

from core.api import JobContext, NotFound, audit, note_look, session, settings, tenant_id, today
from plugins.wishes.claims import serves
from plugins.wishes.holding import TABLE, forget, words
from plugins.wishes.models import WishesWish

SOONEST = 30  # days; the setting's least


class Contact(NamedTuple):
    """The resident in clear."""

    text: str | None
    name: str | None
    phone: str | None
    address: str | None


def seen_by_officer(wish_id: uuid.UUID) -> Contact:
    """The resident's words and contact, for an officer whom the caller has authorized; the look is noted and counted.

    Raises NotFound, TooMany.
    """
    return _seen(_read(wish_id), "officer")


def seen_by_member(wish_id: uuid.UUID, member_id: uuid.UUID) -> Contact:
    """The same for a member who holds the wish, until it is written off; the look is noted and counted. Raises NotFound, TooMany."""
    row, claim = _read(wish_id), serves(wish_id, member_id)
    if claim is None or not shown_to_claimer(row.state):
        raise NotFound
    return _seen(row, "member")


def shown_to_claimer(state: str) -> bool:
    """Whether whoever has claimed a wish of this state still sees the contact."""
    return state in {"claimed", "done"}


def nightly(_context: JobContext) -> dict[str, Any]:
    """Forget the residents of wishes that ended long enough ago; answers how many."""
    done = 0
    for row in session().scalars(select(WishesWish).where(
            WishesWish.tenant_id == tenant_id(), WishesWish.ended_on.is_not(None), WishesWish.erased.is_(False),
            WishesWish.ended_on < today() - dt.timedelta(days=SOONEST)).order_by(WishesWish.ended_on, WishesWish.id)).all():
        if row.ended_on is not None and row.ended_on + dt.timedelta(days=settings("wishes", row.community_id)["contact_days"]) < today():
            forget(row)
            audit("wishes.contact_erased", TABLE, row.id)
            done += 1
    return {"erased": done}


def _read(wish_id: uuid.UUID) -> WishesWish:
    row = session().get(WishesWish, (tenant_id(), wish_id))
    if row is None:
        raise NotFound
    return row


def _seen(row: WishesWish, whom: str) -> Contact:
    note_look("wishes.contact_seen", TABLE, row.id, {"by": whom})
    return Contact(*(words(row, column) for column in Contact._fields))
