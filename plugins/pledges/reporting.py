"""Pledges as a dataset for report formats: one row a public pledge of the days asked for."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, or_, select

from core.api import (
    DataColumn,
    DataReach,
    DataRequest,
    Dataset,
    _l,
    column_below,
    matter_rows,
    member_places,
    organization_names,
    session,
    tenant_id,
    today,
)
from plugins.pledges.models import Pledge
from plugins.pledges.words import state_word

_BATCH = 1000
_COLUMNS = (DataColumn("name", _l("姓名")), DataColumn("unit", _l("所在单位")), DataColumn("community", _l("社区")), DataColumn("title", _l("服务事项")),
            DataColumn("text", _l("承诺")), DataColumn("deadline", _l("完成期限"), "date"), DataColumn("published_on", _l("公开日期"), "date"),
            DataColumn("state", _l("状态")), DataColumn("ended_on", _l("办结日期"), "date"), DataColumn("filed_on", _l("备案日期"), "date"))


def _rows(request: DataRequest) -> Select:
    people, matters = member_places(), matter_rows()
    query = (select(people.c.name, people.c.unit_name, Pledge.community_id, matters.c.title, Pledge.text, Pledge.deadline, Pledge.published_on,
                    Pledge.state, Pledge.ended_on, Pledge.filed_on, Pledge.member_id, Pledge.unit_id)
             .join(matters, matters.c.id == Pledge.matter_id).outerjoin(people, people.c.id == Pledge.member_id)
             .where(Pledge.tenant_id == tenant_id(), Pledge.published_on.between(request.since, request.until), _within(request.reach)))
    if request.place is not None:
        query = query.where(_within((request.place,)))
    if request.member_id is not None:
        query = query.where(Pledge.member_id == request.member_id)
    return query.order_by(Pledge.published_on, Pledge.id)


def _within(reach: tuple[DataReach, ...]) -> Any:
    return or_(column_below(Pledge.community_id, reach), column_below(Pledge.unit_id, reach))


def read(request: DataRequest) -> Iterator[list[tuple[Any, ...]]]:
    """The rows by the day of publication, a thousand at a time."""
    for part in session().execute(_rows(request).execution_options(yield_per=_BATCH)).partitions():
        names = organization_names({one for row in part for one in (row.community_id, row.unit_id)})
        yield [(row.name or names.get(row.unit_id, ""), row.unit_name or names.get(row.unit_id, ""), names.get(row.community_id, ""), row.title,
                row.text, row.deadline, row.published_on, state_word(row.state, row.deadline, today()), row.ended_on, row.filed_on) for row in part]


def count(request: DataRequest) -> int:
    """How many rows there will be."""
    return session().scalar(select(func.count()).select_from(_rows(request).order_by(None).subquery())) or 0


DATASET = Dataset("pledges.pledges", _l("公开承诺"), _COLUMNS, "pledges.read", read, count,
                  description=_l("期内公开的承诺，每项一行，按公开日期排列；不含群众反映"), of_member=True)
