"""Keyset paging of any list: the address carries the last row's id only, the sort key is looked up here."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from core.tenancy import session
from core.tenancy.scope import tenant_id

PAGE = 50


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of rows; `previous` and `next` are the ids from which the neighbouring pages go on, None at an end."""

    rows: Sequence[Any] = ()
    previous: uuid.UUID | None = None
    next: uuid.UUID | None = None


def listing(query: Select, order: Sequence[InstrumentedAttribute[Any]], *, after: uuid.UUID | None = None,
            before: uuid.UUID | None = None, limit: int = PAGE) -> Listing:
    """A page of `query` in ascending `order`, whose last column is the id of the listed model; the rows have it as `id`.

    One query, and one more from the second page on. An id that is gone (or never was) means the first page.
    """
    backwards, start = before is not None, before or after
    model = order[0].class_
    key = None if start is None else session().execute(
        select(*order).where(model.tenant_id == tenant_id(), order[-1] == start)).one_or_none()
    if key is not None:
        place = tuple_(*order)
        query = query.where(place < tuple_(*key) if backwards else place > tuple_(*key))
    found = session().execute(query.order_by(*(c.desc() for c in order) if backwards else order).limit(limit + 1)).all()
    more, rows = len(found) > limit, found[:limit]
    rows = rows[::-1] if backwards else rows
    if not rows:
        return Listing()
    has_previous, has_next = (more, True) if backwards else (key is not None, more)
    return Listing(rows, _id(rows[0]) if has_previous else None, _id(rows[-1]) if has_next else None)


def _id(row: Row) -> uuid.UUID:
    found: uuid.UUID = row.id
    return found
