"""Needs as a dataset for report formats: what came in, by which way, and what became of it; nobody's words and nobody's name."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select

from core.api import PRIORITY_GROUPS, DataColumn, DataRequest, Dataset, _l, organization_names, search_organizations, session, tenant_id
from plugins.needs.models import Need
from plugins.needs.words import CHANNELS, STATES

_BATCH = 1000
_COLUMNS = (DataColumn("community", _l("社区")), DataColumn("received_on", _l("日期"), "date"), DataColumn("channel", _l("渠道")),
            DataColumn("category", _l("类别")), DataColumn("recipient_group", _l("重点群体")), DataColumn("summary", _l("需求概括")),
            DataColumn("state", _l("进度")), DataColumn("answered_on", _l("答复日期"), "date"), DataColumn("closed_on", _l("办结日期"), "date"))
MOST_COMMUNITIES = 10_000


def _paths(request: DataRequest) -> list[str]:
    """The reader's paths, narrowed to the place that is asked for."""
    paths = [one.path for one in request.reach]
    if request.place is None:
        return paths
    place = request.place.path
    return [max(path, place, key=len) for path in paths if path.startswith(place) or place.startswith(path)]


def _rows(request: DataRequest) -> Select:
    communities = [row.id for row in search_organizations(_paths(request), kinds=("community",), limit=MOST_COMMUNITIES)]
    return select(Need.community_id, Need.received_on, Need.channel, Need.channel_note, Need.category, Need.recipient_group, Need.summary,
                  Need.state, Need.answered_on, Need.closed_on).where(
        Need.tenant_id == tenant_id(), Need.community_id.in_(communities), Need.received_on.between(request.since, request.until)
    ).order_by(Need.received_on, Need.id)


def read(request: DataRequest) -> Iterator[list[tuple[Any, ...]]]:
    """The rows by day, a thousand at a time."""
    for part in session().execute(_rows(request).execution_options(yield_per=_BATCH)).partitions():
        names = organization_names({row.community_id for row in part})
        yield [(names.get(row.community_id, ""), row.received_on, row.channel_note or str(CHANNELS[row.channel]), row.category,
                str(PRIORITY_GROUPS.get(row.recipient_group, "")), row.summary, str(STATES[row.state]), row.answered_on, row.closed_on) for row in part]


def count(request: DataRequest) -> int:
    """How many rows there will be."""
    return session().scalar(select(func.count()).select_from(_rows(request).order_by(None).subquery())) or 0


DATASET = Dataset("needs.needs", _l("群众需求"), _COLUMNS, "needs.read", read, count,
                  description=_l("期内收到的意见，一条一行，按日期排列；只有经办人写的概括，没有群众的原话、姓名和联系方式"))
