"""What lists and pages of wishes read: columns, page by page in the order of an index, the number of statements the same at any length."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Subquery, func, literal, or_, select, tuple_

from core.api import NotFound, claim_rows, in_reach, matter_rows, place_rows, session, tenant_id, today, unseal
from plugins.wishes.entering import mark
from plugins.wishes.models import STATES, WishesEvent, WishesWish

PAGE = 50
TABS = STATES
_WISH = WishesWish


@dataclass(frozen=True, slots=True)
class Filters:
    """How the officer's list is narrowed. `text`: a number, the beginning of a title, or exactly a resident's name or telephone number."""

    state: str = "submitted"
    community_id: uuid.UUID | None = None
    kind: str = ""
    group: str = ""
    overdue: bool = False
    text: str = ""


def wish(wish_id: uuid.UUID) -> WishesWish:
    """One wish of this tenant, whoever may see it. Raises NotFound."""
    row = session().get(WishesWish, (tenant_id(), wish_id))
    if row is None:
        raise NotFound
    return row


def matter(wish_id: uuid.UUID) -> Row | None:
    """What members know of a wish: kind, place, minutes, due_on ...; None before it was accepted."""
    rows = matter_rows("wishes")
    return session().execute(select(rows).where(rows.c.id == wish_id)).one_or_none()


def listed(filters: Filters, after: uuid.UUID | None, permission: str = "wishes.read") -> Sequence[Row]:
    """A page of the officer's list, the newest first (overdue: the longest overdue first), and one row more when there is another page."""
    return session().execute(_ordered(filters, permission, after).limit(PAGE + 1)).all()


def exported(filters: Filters, permission: str = "wishes.read", most: int = 50_000) -> Any:
    """The same without an end to the page, for a workbook; without anybody's name."""
    return session().execute(_ordered(filters, permission, None).limit(most).execution_options(yield_per=1000))


def wall(community_id: uuid.UUID, after: uuid.UUID | None, *, waiting: bool, most: int = PAGE) -> Sequence[Row]:
    """The public wall of a community, the newest first; `waiting`: only what can be claimed. No column tells who the resident is."""
    query = select(_WISH.id, _WISH.number, _WISH.title, _WISH.kind, _WISH.recipient_group, _WISH.state).where(
        _WISH.tenant_id == tenant_id(), _WISH.community_id == community_id, _before(after))
    query = query.where(_WISH.state == "accepted") if waiting else query.where(_WISH.listed.is_(True))
    return session().execute(query.order_by(_WISH.id.desc()).limit(most + 1)).all()


def claimable(community_id: uuid.UUID, after: uuid.UUID | None, *, harder: bool = False) -> Sequence[Row]:
    """What can be claimed in a community, for members (`harder`: for units), with where, until when and how long."""
    rows = matter_rows("wishes")
    query = (select(_WISH.id, _WISH.title, _WISH.kind, _WISH.recipient_group, _WISH.harder, rows.c.place, rows.c.due_on, rows.c.minutes)
             .join(rows, rows.c.id == _WISH.id)
             .where(_WISH.tenant_id == tenant_id(), _WISH.community_id == community_id, _WISH.state == "accepted", _before(after)))
    if harder:
        query = query.where(_WISH.harder.is_(True))
    return session().execute(query.order_by(_WISH.id.desc()).limit(PAGE + 1)).all()


def claimed_by_member(member_id: uuid.UUID, most: int = 20) -> Sequence[Row]:
    """The wishes that a member has claimed, the latest claim first: what is known on the wall, how far it is, until when."""
    claim = claim_rows("wishes")
    return _claimed(claim, claim.c.member_id == member_id, most)


def claimed_by_unit(unit_id: uuid.UUID, most: int = PAGE) -> Sequence[Row]:
    """The wishes that a unit has claimed with its members (R23), the latest claim first."""
    claim = claim_rows("wishes")
    return _claimed(claim, (claim.c.unit_id == unit_id) & claim.c.member_id.is_(None), most)


def events(wish_id: uuid.UUID) -> list[dict[str, Any]]:
    """The wish's way, the first step first: kind, when, the note in clear."""
    rows = session().execute(select(WishesEvent.id, WishesEvent.kind, WishesEvent.at, WishesEvent.note).where(
        WishesEvent.tenant_id == tenant_id(), WishesEvent.wish_id == wish_id).order_by(WishesEvent.id)).all()
    return [{"kind": row.kind, "at": row.at, "note": unseal("wishes_event", "note", row.id, row.note)} for row in rows]


def parts(wish_id: uuid.UUID) -> Sequence[Row]:
    """The smaller wishes into which one was split."""
    return session().execute(select(_WISH.id, _WISH.number, _WISH.title, _WISH.state).where(
        _WISH.tenant_id == tenant_id(), _WISH.parent_id == wish_id).order_by(_WISH.id)).all()


def others_of(row: WishesWish) -> int:
    """How many other wishes of the same telephone number are still open or ended lately; so that nothing is entered twice unseen."""
    if row.phone_mark is None:
        return 0
    same = select(_WISH.id).where(_WISH.tenant_id == tenant_id(), _WISH.phone_mark == row.phone_mark, _WISH.community_id == row.community_id,
                                  _WISH.id != row.id).limit(10)
    return session().scalar(select(func.count()).select_from(same.subquery())) or 0


def of_number(number: str) -> Sequence[WishesWish]:
    """The wishes of a number, of which there may be two; the caller knows which are meant."""
    return session().scalars(select(WishesWish).where(WishesWish.tenant_id == tenant_id(), WishesWish.number == number).order_by(WishesWish.id)).all()


def _ordered(filters: Filters, permission: str, after: uuid.UUID | None) -> Select:
    """In the order of an index: by the day from which it is overdue, else by id."""
    query = _narrowed(filters, permission)
    if not filters.overdue:
        return query.where(_before(after)).order_by(_WISH.id.desc())
    if after is not None:
        day = select(_WISH.alarm_on).where(_WISH.tenant_id == tenant_id(), _WISH.id == after).scalar_subquery()
        query = query.where(tuple_(_WISH.alarm_on, _WISH.id) > tuple_(day, literal(after)))
    return query.order_by(_WISH.alarm_on, _WISH.id)


def _narrowed(filters: Filters, permission: str) -> Select:
    places, rows = place_rows("community"), matter_rows("wishes")
    query = (select(_WISH.id, _WISH.number, _WISH.title, _WISH.kind, _WISH.recipient_group, _WISH.state, _WISH.received_on, _WISH.alarm_on,
                    _WISH.verdict, _WISH.rating.is_not(None).label("rated"), _WISH.harder, _WISH.channel, _WISH.ended_on, places.c.name.label("community"),
                    rows.c.due_on)
             .join(places, places.c.id == _WISH.community_id).outerjoin(rows, rows.c.id == _WISH.id)
             .where(_WISH.tenant_id == tenant_id(), in_reach(WishesWish, permission)))
    if filters.community_id is not None:
        query = query.where(_WISH.community_id == filters.community_id)
    if filters.overdue:
        query = query.where(_WISH.alarm_on < today())
    elif not filters.text:
        query = query.where(_WISH.state == filters.state)
    for column, wanted in ((_WISH.kind, filters.kind), (_WISH.recipient_group, filters.group)):
        if wanted:
            query = query.where(column == wanted)
    return query.where(_found(filters.text)) if filters.text else query


def _found(text: str) -> ColumnElement[bool]:
    text = text.strip()
    return or_(_WISH.number == text, _WISH.title.bool_op("^@")(text), _WISH.name_mark == mark("name", text),
               _WISH.phone_mark == mark("phone", text))


def _before(after: uuid.UUID | None) -> ColumnElement[bool]:
    return _WISH.id < after if after is not None else _WISH.id.is_not(None)


def _claimed(claim: Subquery, which: ColumnElement[bool], most: int) -> Sequence[Row]:
    return session().execute(
        select(_WISH.id, _WISH.title, _WISH.kind, _WISH.state, claim.c.state.label("claim_state"), claim.c.due_on, claim.c.claimed_on)
        .join(claim, claim.c.matter_id == _WISH.id)
        .where(_WISH.tenant_id == tenant_id(), which, claim.c.state.in_(("held", "done"))).order_by(claim.c.id.desc()).limit(most)).all()
