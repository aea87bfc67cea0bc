"""The liaison register 联系点名册 (D17) and the issues to coordinate as datasets for report formats."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, or_, select

from core.api import DataColumn, DataReach, DataRequest, Dataset, _l, column_below, organization_names, session, tenant_id
from plugins.liaison.models import LiaisonCadre, LiaisonIssue, LiaisonPoint, LiaisonVisit
from plugins.liaison.queries import described
from plugins.liaison.words import STATES

_BATCH = 1000
_POINTS = (DataColumn("name", _l("领导干部")), DataColumn("post", _l("职务")), DataColumn("office", _l("所在单位")), DataColumn("community", _l("联系社区")),
           DataColumn("since", _l("开始日期"), "date"), DataColumn("until", _l("结束日期"), "date"), DataColumn("reasons", _l("选择理由")),
           DataColumn("visits", _l("期内到联系点次数"), "integer", unit=_l("次"), total=True), DataColumn("visited_on", _l("最近一次"), "date"))
_ISSUES = (DataColumn("community", _l("社区")), DataColumn("title", _l("需要协调的问题")), DataColumn("raised_on", _l("提出日期"), "date"),
           DataColumn("responsible", _l("责任单位")), DataColumn("deadline", _l("期限"), "date"), DataColumn("state", _l("状态")),
           DataColumn("ended_on", _l("办结日期"), "date"))


def _places(request: DataRequest, *columns: Any) -> list[Any]:
    def below(reach: tuple[DataReach, ...]) -> Any:
        return or_(*(column_below(column, reach) for column in columns))
    return [below(reach) for reach in (request.reach, *(((request.place,),) if request.place is not None else ()))]


def _points(request: DataRequest) -> Select:
    visits = (select(func.count()).select_from(LiaisonVisit).where(
        LiaisonVisit.tenant_id == tenant_id(), LiaisonVisit.point_id == LiaisonPoint.id,
        LiaisonVisit.visited_on.between(request.since, request.until)).correlate(LiaisonPoint).scalar_subquery())
    query = described().add_columns(visits.label("visits")).where(
        LiaisonPoint.since <= request.until, or_(LiaisonPoint.until.is_(None), LiaisonPoint.until >= request.since),
        *_places(request, LiaisonPoint.community_id))
    if request.member_id is not None:
        query = query.where(LiaisonCadre.member_id == request.member_id)
    return query.order_by(LiaisonPoint.since, LiaisonPoint.id)


def _issues(request: DataRequest) -> Select:
    return (select(LiaisonIssue.community_id, LiaisonIssue.title, LiaisonIssue.raised_on, LiaisonIssue.unit_id, LiaisonIssue.office,
                   LiaisonIssue.deadline, LiaisonIssue.state, LiaisonIssue.ended_on)
            .where(LiaisonIssue.tenant_id == tenant_id(), LiaisonIssue.raised_on.between(request.since, request.until),
                   *_places(request, LiaisonIssue.community_id, LiaisonIssue.unit_id))
            .order_by(LiaisonIssue.raised_on, LiaisonIssue.id))


def read_points(request: DataRequest) -> Iterator[list[tuple[Any, ...]]]:
    """The points of the days asked for, one row each, a thousand at a time."""
    for part in session().execute(_points(request).execution_options(yield_per=_BATCH)).partitions():
        names = organization_names({row.community_id for row in part})
        yield [(row.name or "", row.post or "", row.office or "", names.get(row.community_id, ""), row.since, row.until, "；".join(row.reasons),
                row.visits, row.visited_on) for row in part]


def read_issues(request: DataRequest) -> Iterator[list[tuple[Any, ...]]]:
    """The issues raised in the days asked for, a thousand at a time."""
    for part in session().execute(_issues(request).execution_options(yield_per=_BATCH)).partitions():
        names = organization_names({one for row in part for one in (row.community_id, row.unit_id)})
        yield [(names.get(row.community_id, ""), row.title, row.raised_on, names.get(row.unit_id, "") or row.office or "", row.deadline,
                str(STATES[row.state]), row.ended_on) for row in part]


def _count(query: Select) -> int:
    return session().scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


POINTS = Dataset("liaison.points", _l("联系点名册"), _POINTS, "liaison.read", read_points, lambda request: _count(_points(request)),
                 description=_l("期内有效的联系点，一名领导干部的一个联系点一行，按开始日期排列"), of_member=True)
ISSUES = Dataset("liaison.issues", _l("联系点协调问题"), _ISSUES, "liaison.read", read_issues, lambda request: _count(_issues(request)),
                 description=_l("期内提出的问题，一个一行，按提出日期排列"))
