"""The yearly list of co-building as a dataset for report formats: one row an agreement that held in the days asked for."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select

from core.api import DataColumn, DataRequest, Dataset, _l, organization_names, session
from plugins.cobuilding.queries import below, yearly
from plugins.cobuilding.words import STATES, kind_word

_BATCH = 1000
_COLUMNS = (DataColumn("unit", _l("单位")), DataColumn("community", _l("社区")), DataColumn("kind", _l("资源种类")), DataColumn("title", _l("共建内容")),
            DataColumn("since", _l("开始日期"), "date"), DataColumn("until", _l("结束日期"), "date"),
            DataColumn("amount", _l("约定金额"), "integer", unit=_l("元"), total=True), DataColumn("hours", _l("约定时数"), "integer", unit=_l("小时"), total=True),
            DataColumn("times", _l("期内履行次数"), "integer", unit=_l("次"), total=True),
            DataColumn("done_amount", _l("期内到位金额"), "integer", unit=_l("元"), total=True),
            DataColumn("done_hours", _l("期内履行时数"), "integer", unit=_l("小时"), total=True), DataColumn("state", _l("状态")))


def _query(request: DataRequest) -> Select:
    places = [below(request.reach), *([below((request.place,))] if request.place is not None else [])]
    return yearly(request.since, request.until, places)


def read(request: DataRequest) -> Iterator[list[tuple[Any, ...]]]:
    """The rows, a thousand at a time."""
    for part in session().execute(_query(request).execution_options(yield_per=_BATCH)).partitions():
        names = organization_names({one for row in part for one in (row.unit_id, row.community_id)})
        yield [(names.get(row.unit_id, ""), names.get(row.community_id, ""), kind_word(row.kind), row.title, row.since, row.until, row.amount, row.hours,
                row.times, row.done_amount, row.done_hours, str(STATES[row.state])) for row in part]


def count(request: DataRequest) -> int:
    """How many rows there will be."""
    return session().scalar(select(func.count()).select_from(_query(request).order_by(None).subquery())) or 0


DATASET = Dataset("cobuilding.agreements", _l("共驻共建"), _COLUMNS, "cobuilding.read", read, count,
                  description=_l("期内有效的共建协议，一份一行；到位金额和履行时数只算社区确认过的"))
