"""A member's pledges of this year as numbers, for other plugins and reports."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

from sqlalchemy import Select, func, select

from core.api import Measure, _l, session, tenant_id, today
from plugins.pledges.models import Pledge

KEPT = ("kept", "kept_late")


def _of_year(*states: str) -> Select:
    year = today().year
    query = select(Pledge.member_id, func.count().label("value")).where(
        Pledge.tenant_id == tenant_id(), Pledge.member_id.is_not(None), Pledge.made_on.between(dt.date(year, 1, 1), dt.date(year, 12, 31)))
    return (query.where(Pledge.state.in_(states)) if states else query).group_by(Pledge.member_id)


def _reader(*states: str) -> Callable[[uuid.UUID], int]:
    def read(member_id: uuid.UUID) -> int:
        return session().scalar(_of_year(*states).where(Pledge.member_id == member_id).with_only_columns(func.count())) or 0
    return read


MEASURES = (
    Measure("pledges.made", _l("本年承诺"), _reader(), _of_year),
    Measure("pledges.kept", _l("本年承诺已兑现"), _reader(*KEPT), lambda: _of_year(*KEPT)),
    Measure("pledges.not_kept", _l("本年承诺未兑现"), _reader("not_kept"), lambda: _of_year("not_kept")),
)
