"""Points as a dataset for report formats: who has earned how much in the days asked for, and what is left."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select

from core.api import DataColumn, DataRequest, Dataset, _l, session, tenant_id, visible_members
from plugins.points.fields import number
from plugins.points.models import PointsAccount, PointsEntry

_BATCH = 1000
_COLUMNS = (DataColumn("name", _l("姓名")), DataColumn("unit", _l("所在单位")), DataColumn("earned", _l("期间积分"), "decimal", _l("分"), total=True),
            DataColumn("balance", _l("积分余额"), "decimal", _l("分"), total=True))


def _paths(request: DataRequest) -> list[str]:
    """The reader's paths, narrowed to the place that is asked for."""
    paths = [one.path for one in request.reach]
    if request.place is None:
        return paths
    place = request.place.path
    return [max(path, place, key=len) for path in paths if path.startswith(place) or place.startswith(path)]


def _rows(request: DataRequest) -> Select:
    people = visible_members(_paths(request))
    earned = (select(PointsEntry.member_id, func.sum(PointsEntry.points).label("points")).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.member_id.is_not(None), PointsEntry.happened_on.between(request.since, request.until),
        PointsEntry.contra.in_(("earned", "base", "corrected"))).group_by(PointsEntry.member_id).subquery("earned"))
    return (select(people.c.name, people.c.unit_name, func.coalesce(earned.c.points, 0).label("earned"), PointsAccount.balance)
            .join(PointsAccount, PointsAccount.member_id == people.c.id).outerjoin(earned, earned.c.member_id == people.c.id)
            .where(PointsAccount.tenant_id == tenant_id()).order_by(people.c.sort_key, people.c.id))


def read(request: DataRequest) -> Iterator[list[tuple[Any, ...]]]:
    """The rows by name, a thousand at a time."""
    if not _paths(request):
        return
    for part in session().execute(_rows(request).execution_options(yield_per=_BATCH)).partitions():
        yield [(row.name, row.unit_name, number(int(row.earned)), number(row.balance)) for row in part]


def count(request: DataRequest) -> int:
    """How many rows there will be."""
    if not _paths(request):
        return 0
    return session().scalar(select(func.count()).select_from(_rows(request).order_by(None).subquery())) or 0


DATASET = Dataset("points.members", _l("党员积分"), _COLUMNS, "points.read", read, count, description=_l("每名有积分的党员一行：期间所得和余额，按姓名排列"))
