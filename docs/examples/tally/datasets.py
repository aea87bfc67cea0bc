"""The numbers as a dataset, for papers of any form."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select

from core.api import DataColumn, DataRequest, Dataset, _l, session, visible_members
from tally.models import TallyEntry

BATCH = 1_000


def _query(request: DataRequest) -> Select[Any]:
    """By member and kind; nobody beyond the reader's reach, or the place that was chosen within it."""
    places = (request.place,) if request.place else request.reach
    shown = visible_members([place.path for place in places]).c
    return (select(shown.name, shown.unit_name, TallyEntry.kind, func.count().label("times"))
            .join(TallyEntry, TallyEntry.member_id == shown.id)
            .where(TallyEntry.counts, TallyEntry.day.between(request.since, request.until))
            .group_by(shown.id, shown.name, shown.unit_name, shown.sort_key, TallyEntry.kind)
            .order_by(shown.sort_key, shown.id, TallyEntry.kind))


def read(request: DataRequest) -> Iterator[Sequence[Row[Any]]]:
    """The rows, in batches: memory does not grow with them."""
    return iter(session().execute(_query(request).execution_options(yield_per=BATCH)).partitions(BATCH))


def count(request: DataRequest) -> int:
    """How many rows there will be."""
    return session().scalar(select(func.count()).select_from(_query(request).order_by(None).subquery())) or 0


BY_KIND = Dataset(
    "tally.by_kind", _l("分类统计"),
    (DataColumn("name", _l("党员")), DataColumn("unit", _l("单位")), DataColumn("kind", _l("类别")),
     DataColumn("times", _l("次数"), "integer", total=True)),
    permission="tally.read", read=read, count=count, description=_l("期内每名党员各类服务和事项的次数。"))
