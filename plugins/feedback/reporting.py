"""Packs as a dataset for report formats: one row a pack whose period ends within the days asked for."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, or_, select

from core.api import DataColumn, DataReach, DataRequest, Dataset, _l, column_below, organization_names, session, tenant_id
from plugins.feedback.models import COUNTS, FeedbackPack
from plugins.feedback.periods import written
from plugins.feedback.words import STATES

_BATCH = 1000
_COLUMNS = (DataColumn("community", _l("社区")), DataColumn("unit", _l("单位")), DataColumn("period", _l("时段")), DataColumn("state", _l("状态")),
            DataColumn("number", _l("发文字号")), DataColumn("members", _l("党员"), "integer", total=True),
            DataColumn("reported", _l("已报到"), "integer", total=True), DataColumn("claims", _l("认领"), "integer", total=True),
            DataColumn("claims_done", _l("办结"), "integer", total=True), DataColumn("records", _l("服务纪实"), "integer", total=True),
            DataColumn("activities", _l("参加活动"), "integer", total=True),
            DataColumn("hours", _l("服务时长"), "decimal", unit=_l("小时"), total=True), DataColumn("satisfied", _l("满意"), "integer", total=True),
            DataColumn("fair", _l("基本满意"), "integer", total=True), DataColumn("dissatisfied", _l("不满意"), "integer", total=True),
            DataColumn("sent_on", _l("送出日期"), "date"), DataColumn("answered_on", _l("答复日期"), "date"))


def _rows(request: DataRequest) -> Select:
    of = FeedbackPack
    query = select(of.community_id, of.unit_id, of.period, of.state, of.number, of.members, of.reported, *(getattr(of, name) for name in COUNTS),
                   of.sent_on, of.answered_on).where(of.tenant_id == tenant_id(), of.ends_on.between(request.since, request.until),
                                                     of.community_id.is_not(None), _within(request.reach))
    if request.place is not None:
        query = query.where(_within((request.place,)))
    return query.order_by(of.ends_on, of.sort_key, of.id)


def _within(reach: tuple[DataReach, ...]) -> Any:
    """A community's own; a unit has what was sent to it."""
    return or_(column_below(FeedbackPack.community_id, reach), column_below(FeedbackPack.unit_id, reach) & FeedbackPack.sent_on.is_not(None))


def read(request: DataRequest) -> Iterator[list[tuple[Any, ...]]]:
    """The rows by period and unit, a thousand at a time."""
    for part in session().execute(_rows(request).execution_options(yield_per=_BATCH)).partitions():
        names = organization_names({one for row in part for one in (row.community_id, row.unit_id)})
        yield [(names.get(row.community_id, ""), names.get(row.unit_id, ""), written(row.period), str(STATES[row.state]), row.number, row.members,
                row.reported, row.claims, row.claims_done, row.records, row.activities, round(row.minutes / 60, 2), row.satisfied, row.fair,
                row.dissatisfied, row.sent_on, row.answered_on) for row in part]


def count(request: DataRequest) -> int:
    """How many rows there will be."""
    return session().scalar(select(func.count()).select_from(_rows(request).order_by(None).subquery())) or 0


DATASET = Dataset("feedback.packs", _l("双向反馈"), _COLUMNS, "feedback.read", read, count,
                  description=_l("期末在所选日期内的反馈，每个社区和单位一行；单位只有已送出的"))
