"""Wishes as a dataset for report formats: one row a wish, by the day on which it was received; nobody is named."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, or_, select

from core.api import PRIORITY_GROUPS, DataColumn, DataRequest, Dataset, _l, matter_rows, place_rows, session, tenant_id
from plugins.wishes.models import WishesWish
from plugins.wishes.words import CHANNELS, KINDS, STATES

_BATCH = 1000
COLUMNS = (
    DataColumn("community", _l("社区")), DataColumn("number", _l("编号"), "code"), DataColumn("kind", _l("种类")),
    DataColumn("group", _l("群体")), DataColumn("title", _l("心愿")), DataColumn("channel", _l("来源")), DataColumn("state", _l("进度")),
    DataColumn("received_on", _l("收到日期"), "date"), DataColumn("due_on", _l("完成期限"), "date"), DataColumn("ended_on", _l("办结日期"), "date"),
    DataColumn("wishes", _l("件数"), "integer", total=True))


def _rows(request: DataRequest) -> Select:
    of, places, matters = WishesWish, place_rows("community"), matter_rows("wishes")
    query = (select(places.c.name, of.number, of.kind, of.recipient_group, of.title, of.channel, of.state, of.received_on, matters.c.due_on,
                    of.ended_on)
             .join(places, places.c.id == of.community_id).outerjoin(matters, matters.c.id == of.id)
             .where(of.tenant_id == tenant_id(), of.state != "split", of.received_on.between(request.since, request.until)))
    for reach in (request.reach, (request.place,) if request.place else request.reach):
        query = query.where(or_(*(places.c.path.bool_op("^@")(one.path) for one in reach)) if reach else places.c.id.is_(None))
    return query.order_by(of.received_on, of.id)


def read(request: DataRequest) -> Iterator[list[tuple[Any, ...]]]:
    """The rows, a thousand at a time."""
    for part in session().execute(_rows(request).execution_options(yield_per=_BATCH)).partitions():
        yield [(row.name, row.number, str(KINDS[row.kind]), _group(row.recipient_group), row.title or "", str(CHANNELS[row.channel]),
                str(STATES[row.state]), row.received_on, row.due_on, row.ended_on, 1) for row in part]


def count(request: DataRequest) -> int:
    """How many rows there will be."""
    return session().scalar(select(func.count()).select_from(_rows(request).order_by(None).subquery())) or 0


def _group(key: str | None) -> str:
    return str(PRIORITY_GROUPS.get(key, key)) if key else ""


DATASET = Dataset("wishes.list", _l("微心愿"), COLUMNS, "wishes.read", read, count,
                  description=_l("期内收到的心愿，每个一行，不含居民的姓名和联系方式；拆分的按拆成的小心愿计"))
