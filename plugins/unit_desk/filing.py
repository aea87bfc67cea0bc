"""Filing record cards with the unit (R22): all members at one press whose records of the period are verified, and who is missing."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from core.api import Invalid, _, audit, new_id, now, record_rows, session, tenant_id, today
from plugins.unit_desk.desks import Desk, people
from plugins.unit_desk.models import Filing
from plugins.unit_desk.periods import Period

TABS = ("ready", "waiting", "filed", "none")
VERIFIED = ("verified", "counted")
MOST = 2000


def listed(where: Desk, period: Period, tab: str) -> tuple[Any, Select]:
    """Members of one tab, as `people` gives them, with the number of verified records and their minutes, and when the card was filed."""
    found, query = people(where)
    filed = select(Filing.filed_on).where(*_filing(found, period)).correlate(found).scalar_subquery()
    query = query.add_columns(_number(found, period).label("records"), _minutes(found, period).label("minutes"), filed.label("filed_on"))
    return found, query.where(_which(found, period, tab))


def counts(where: Desk, period: Period) -> dict[str, int]:
    """How many members stand in each tab; one query."""
    found, query = people(where)
    query = query.with_only_columns(*(func.count().filter(_which(found, period, tab)).label(tab) for tab in TABS))
    return dict(session().execute(query).one()._mapping)


def file(where: Desk, period: Period, member_ids: list[uuid.UUID] | None, *, by: uuid.UUID | None) -> int:
    """Take the cards that are ready to the files, all or those of some members; 2000 at one press. Raises Invalid where none is ready.

    A card that was filed and has grown since is filed again with what stands on it now.
    """
    found, query = listed(where, period, "ready")
    if member_ids is not None:
        query = query.where(found.c.id.in_(member_ids))
    rows = session().execute(query.order_by(found.c.id).limit(MOST)).all()
    if not rows:
        raise Invalid(_("没有可以备案的纪实卡：服务记录要先由社区查验。"))
    values = [{"tenant_id": tenant_id(), "id": new_id(), "member_id": row.id, "unit_id": row.unit_id, "starts_on": period.starts_on,
               "ends_on": period.ends_on, "records": row.records, "minutes": row.minutes, "filed_on": today(), "filed_by": by, "created_at": now()}
              for row in rows]
    new = insert(Filing).values(values)
    session().execute(new.on_conflict_do_update(index_elements=["tenant_id", "member_id", "starts_on", "ends_on"], set_={
        name: getattr(new.excluded, name) for name in ("unit_id", "records", "minutes", "filed_on", "filed_by")}))
    audit("unit_desk.filed", "organization", where.id, {"count": len(rows), "from": period.starts_on.isoformat(), "to": period.ends_on.isoformat()})
    return len(rows)


def of_member(member_id: uuid.UUID) -> list[Any]:
    """The filings of a member, the newest period first."""
    return list(session().execute(select(Filing.starts_on, Filing.ends_on, Filing.records, Filing.minutes, Filing.filed_on).where(
        Filing.tenant_id == tenant_id(), Filing.member_id == member_id).order_by(Filing.starts_on.desc()).limit(12)).all())


def _which(found: Any, period: Period, tab: str) -> ColumnElement[bool]:
    waiting, some = _any(found, period, ("submitted",)), _any(found, period, VERIFIED)
    filed = exists(select(Filing.id).where(*_filing(found, period), Filing.records == _number(found, period)))
    return {"filed": filed, "waiting": and_(~filed, waiting), "ready": and_(~filed, ~waiting, some), "none": and_(~filed, ~waiting, ~some)}[tab]


def _filing(found: Any, period: Period) -> tuple[ColumnElement[bool], ...]:
    return (Filing.tenant_id == tenant_id(), Filing.member_id == found.c.id, Filing.starts_on == period.starts_on, Filing.ends_on == period.ends_on)


def _any(found: Any, period: Period, states: tuple[str, ...]) -> ColumnElement[bool]:
    rows = record_rows()
    return exists(select(rows.c.record_id).where(*_records(rows, found, period, states)))


def _number(found: Any, period: Period) -> Any:
    rows = record_rows()
    return select(func.count()).select_from(rows).where(*_records(rows, found, period, VERIFIED)).correlate(found).scalar_subquery()


def _minutes(found: Any, period: Period) -> Any:
    rows = record_rows()
    return select(func.coalesce(func.sum(rows.c.minutes), 0)).where(*_records(rows, found, period, VERIFIED)).correlate(found).scalar_subquery()


def _records(rows: Any, found: Any, period: Period, states: tuple[str, ...]) -> tuple[ColumnElement[bool], ...]:
    return (rows.c.member_id == found.c.id, rows.c.happened_on.between(period.starts_on, period.ends_on), rows.c.status.in_(states))
