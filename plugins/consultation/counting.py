"""Counts of consultations, for those above who see nothing else: by community, without names, purposes or askers."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Select, func, select, tuple_

from core.api import (
    DataColumn,
    DataReach,
    DataRequest,
    Dataset,
    _l,
    acting,
    column_below,
    grants_for,
    place_rows,
    session,
    tenant_id,
    today,
)
from plugins.consultation.models import ConsultationRequest
from plugins.consultation.rights import COUNTS

PAGE = 50
_BATCH = 1000
FIGURES = ("asked", "persons", "answered", "late", "withdrawn")
COLUMNS = (DataColumn("community", _l("社区")), DataColumn("asked", _l("收到征求意见"), "integer", _l("件"), total=True),
           DataColumn("persons", _l("涉及"), "integer", _l("人次"), total=True), DataColumn("answered", _l("已答复"), "integer", _l("件"), total=True),
           DataColumn("late", _l("逾期未答复"), "integer", _l("件"), total=True), DataColumn("withdrawn", _l("已撤回"), "integer", _l("件"), total=True))


def _counted(reach: Iterable[Any], since: dt.date, until: dt.date) -> Select:
    """A row a community that was asked, by name."""
    of, place = ConsultationRequest, place_rows("community")
    late = func.count().filter(of.state == "open", of.deadline < today())
    return (select(place.c.id, place.c.name, place.c.sort_key, func.count().label("asked"), func.coalesce(func.sum(of.persons), 0).label("persons"),
                   func.count().filter(of.state == "answered").label("answered"), late.label("late"),
                   func.count().filter(of.state == "withdrawn").label("withdrawn"))
            .join(place, place.c.id == of.community_id)
            .where(of.tenant_id == tenant_id(), of.asked_on.between(since, until), column_below(of.community_id, reach))
            .group_by(place.c.id, place.c.name, place.c.sort_key))


def listed(year: int, after: uuid.UUID | None = None) -> list[Any]:
    """A page of the communities within the acting person's reach that were asked in a year."""
    rows = _counted(grants_for(acting(), COUNTS), dt.date(year, 1, 1), dt.date(year, 12, 31)).subquery()
    query = select(rows)
    if after is not None and (there := session().execute(select(rows.c.sort_key, rows.c.id).where(rows.c.id == after)).one_or_none()) is not None:
        query = query.where(tuple_(rows.c.sort_key, rows.c.id) > tuple_(*there))
    return list(session().execute(query.order_by(rows.c.sort_key, rows.c.id).limit(PAGE + 1)).all())


def all_of(year: int) -> Any:
    """The whole list, for a workbook."""
    rows = _counted(grants_for(acting(), COUNTS), dt.date(year, 1, 1), dt.date(year, 12, 31)).subquery()
    return session().execute(select(rows).order_by(rows.c.sort_key, rows.c.id).execution_options(yield_per=_BATCH))


def _asked_for(request: DataRequest) -> Select:
    reach: tuple[DataReach, ...] = request.reach
    query = _counted(reach, request.since, request.until)
    if request.place is not None:
        query = query.where(column_below(ConsultationRequest.community_id, (request.place,)))
    return query


def read(request: DataRequest) -> Iterator[list[tuple[Any, ...]]]:
    """The rows by community."""
    place = _asked_for(request).subquery()
    rows = session().execute(select(place).order_by(place.c.sort_key, place.c.id).execution_options(yield_per=_BATCH))
    for part in rows.partitions():
        yield [(row.name, *(int(row._mapping[name]) for name in FIGURES)) for row in part]


def count(request: DataRequest) -> int:
    """How many rows there will be."""
    return session().scalar(select(func.count()).select_from(_asked_for(request).subquery())) or 0


DATASET = Dataset("consultation.counts", _l("征求意见件数"), COLUMNS, COUNTS, read, count,
                  description=_l("期内收到征求意见的社区，每个社区一行，只有件数，没有姓名、事由和意见"))
