"""Looking up how members do in the community (R14): noted for many at one press, due once a period, what was missed for the unit alone."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from core.api import Invalid, NotFound, _, audit, new_id, now, session, tenant_id, today, unit_since
from plugins.unit_desk.desks import Desk, counted, of_desk, people
from plugins.unit_desk.models import Lookup
from plugins.unit_desk.periods import Period, lookup_period, missed_period

LONGEST = 300
TABS = ("due", "looked", "all")


def note(where: Desk, remarks: Mapping[uuid.UUID, str], day: dt.date | None, *, by: uuid.UUID | None) -> int:
    """Note that the unit has looked up these members on a day, each with its remark or ""; answers how many.

    The same day noted again changes the remark only. Raises Invalid for no member, a day to come or a remark that is too long.
    """
    units = of_desk(list(remarks), where)
    if not units:
        raise Invalid(_("请先勾选了解过的党员。"))
    if day is None or day > today():
        raise Invalid(_("了解日期不能晚于今天。"), {"looked_on": [_("请重新选择")]})
    if any(len(text) > LONGEST for text in remarks.values()):
        raise Invalid(_("每条备注不超过 %(count)s 字。", count=LONGEST))
    for member_id in sorted(units):
        _write(member_id, units[member_id], day, " ".join(remarks[member_id].split()) or None, by)
    audit("unit_desk.looked_up", "organization", where.id, {"count": len(units), "on": day.isoformat()})
    return len(units)


def _write(member_id: uuid.UUID, unit_id: uuid.UUID, day: dt.date, remark: str | None, by: uuid.UUID | None) -> None:
    row = insert(Lookup).values(tenant_id=tenant_id(), id=new_id(), member_id=member_id, unit_id=unit_id, looked_on=day, remark=remark,
                                noted_by=by, created_at=now())
    session().execute(row.on_conflict_do_update(index_elements=["tenant_id", "member_id", "looked_on"],
                                                set_={"remark": func.coalesce(row.excluded.remark, Lookup.remark)}))


def unit_of(lookup_id: uuid.UUID) -> uuid.UUID:
    """The unit that noted it. Raises NotFound."""
    found = session().scalar(select(Lookup.unit_id).where(Lookup.tenant_id == tenant_id(), Lookup.id == lookup_id))
    if found is None:
        raise NotFound
    return found


def take_back(lookup_id: uuid.UUID) -> uuid.UUID:
    """Remove one that was noted by mistake; answers whose it was. Raises NotFound."""
    row = session().scalars(select(Lookup).where(Lookup.tenant_id == tenant_id(), Lookup.id == lookup_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    member_id = row.member_id
    session().delete(row)
    session().flush()
    audit("unit_desk.lookup_taken_back", "unit_desk_lookup", lookup_id)
    return member_id


def listed(where: Desk, tab: str) -> tuple[Any, Select]:
    """Members with the day and remark of the latest look-up, of one tab, as `people` gives them."""
    found, query = people(where)
    last = (select(func.max(Lookup.looked_on)).where(Lookup.tenant_id == tenant_id(), Lookup.member_id == found.c.id)
            .correlate(found).scalar_subquery())
    query = query.add_columns(last.label("looked_on"))
    if tab == "due":
        query = query.where(~looked_in(found.c.id, lookup_period()))
    elif tab == "looked":
        query = query.where(looked_in(found.c.id, lookup_period()))
    return found, query


def looked_in(member_id: Any, period: Period) -> ColumnElement[bool]:
    """The condition that a member was looked up in a period."""
    return exists(select(Lookup.id).where(Lookup.tenant_id == tenant_id(), Lookup.member_id == member_id,
                                          Lookup.looked_on.between(period.starts_on, period.ends_on)))


def missed(where: Desk) -> tuple[Period, int] | None:
    """The period before and how many of the present members, who belonged to the unit by then, were not looked up in it.

    None for everybody but the unit itself, and where nothing is reckoned or nobody was missed.
    """
    period = missed_period()
    if period is None or not where.own():
        return None
    since = unit_since()
    found, query = people(where)
    query = query.join(since, since.c.member_id == found.c.id).where(since.c.since <= period.ends_on, ~looked_in(found.c.id, period))
    count = counted(query)
    return (period, count) if count else None


def of_member(member_id: uuid.UUID, where: Desk | None = None) -> list[Any]:
    """The latest look-ups of a member, the newest first; with a desk, those of its units."""
    query = select(Lookup.id, Lookup.looked_on, Lookup.remark, Lookup.unit_id).where(Lookup.tenant_id == tenant_id(), Lookup.member_id == member_id)
    if where is not None:
        query = query.where(where.of(Lookup.unit_id))
    return list(session().execute(query.order_by(Lookup.looked_on.desc(), Lookup.id).limit(12)).all())
