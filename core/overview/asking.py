"""What plugins use to answer `overview_figures`: one statement that counts by place and month, within what was asked for."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import func, select

from core.extension.figures import FigureRequest
from core.members.reaching import column_below
from core.overview.counting import month_of
from core.tenancy import session
from core.tenancy.scope import tenant_id


def figure_counts(request: FigureRequest, place: Any, day: Any | None, *conditions: Any, number: Any | None = None,
                  ) -> dict[tuple[uuid.UUID, dt.date | None], int]:
    """Rows by `place`, a column with a community's or unit's id, and by the month of `day`, a date column; with `day` None how many there
    are now. `number` is what is summed instead. Nothing is asked of the database when only titles are wanted.
    """
    if not request.reach:
        return {}
    owner = getattr(place, "class_", None)
    what = func.count() if number is None else func.coalesce(func.sum(number), 0)
    month = month_of(day) if day is not None else None
    query: Any = select(place, what) if month is None else select(place, what, month)
    query = query.where(column_below(place, request.reach), *conditions)
    if owner is not None:
        query = query.where(owner.tenant_id == tenant_id())
    if day is not None:
        query = query.where(day.between(request.since, request.until))
    rows = session().execute(query.group_by(place) if month is None else query.group_by(place, month))
    return {(row[0], row[2] if month is not None else None): int(row[1]) for row in rows}
