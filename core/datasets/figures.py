"""The datasets of figures 统计: how many should and did report in, how many served, how often and how long; by community, unit, county."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Select, and_, extract, func, or_, select
from sqlalchemy.orm import aliased

from core.datasets.reading import BATCH, count, grants, paths, place
from core.datasets.words import KINDS, UNIT_TYPES
from core.extension.dataset import Batch, DataColumn, DataRequest, Dataset
from core.i18n import _l
from core.members.models import Member
from core.organizations.models import Organization
from core.registration.models import ReportIn
from core.service.models import ServiceRecord
from core.tenancy import session
from core.tenancy.scope import tenant_id

QUARTERS = (1, 2, 3, 4)
COLUMNS = (
    DataColumn("name", _l("名称")), DataColumn("above", _l("上级")), DataColumn("kind", _l("类别")),
    DataColumn("expected", _l("应报到人数"), "integer", unit=_l("人"), total=True),
    DataColumn("reported", _l("已报到人数"), "integer", unit=_l("人"), total=True),
    DataColumn("rate", _l("报到率"), "decimal", unit="%"),
    DataColumn("report_ins", _l("期内报到人次"), "integer", unit=_l("人次"), total=True),
    DataColumn("served", _l("期内参加服务人数"), "integer", unit=_l("人"), total=True),
    DataColumn("served_twice", _l("期内服务两次以上人数"), "integer", unit=_l("人"), total=True),
    DataColumn("activities", _l("期内服务次数"), "integer", unit=_l("次"), total=True),
    DataColumn("hours", _l("期内服务时长"), "decimal", unit=_l("小时"), total=True),
    DataColumn("system_hours", _l("其中系统记录的时长"), "decimal", unit=_l("小时"), total=True),
    *(DataColumn(f"activities_q{q}", _l("第%(q)d季度服务次数", q=q), "integer", unit=_l("次"), total=True) for q in QUARTERS),
    DataColumn("activities_h1", _l("上半年服务次数"), "integer", unit=_l("次"), total=True),
    DataColumn("activities_h2", _l("下半年服务次数"), "integer", unit=_l("次"), total=True),
)


def _places(request: DataRequest, kind: str) -> Select[Any]:
    above: Any = aliased(Organization)
    return (select(Organization.id, Organization.name, above.name, Organization.kind, Organization.unit_type)
            .outerjoin(above, and_(above.tenant_id == Organization.tenant_id, above.id == Organization.parent_id))
            .where(Organization.tenant_id == tenant_id(), Organization.kind == kind, Organization.active,
                   *(or_(*(Organization.path.bool_op("^@")(path) for path in paths(reach))) if reach else Organization.id.is_(None)
                     for reach in (grants(request), place(request))))
            .order_by(Organization.sort_key, Organization.id))


def _level(column: Any, kind: str) -> tuple[Any, Callable[[Select[Any]], Select[Any]]]:
    """What rows with a place in `column` are grouped by at this level, and how their query gets there."""
    if kind != "county":
        return column, lambda query: query
    community: Any = aliased(Organization)
    street: Any = aliased(Organization)
    return street.parent_id, lambda query: (
        query.join(community, (community.tenant_id == tenant_id()) & (community.id == column))
        .join(street, (street.tenant_id == tenant_id()) & (street.id == community.parent_id)))


def _members(kind: str) -> dict[uuid.UUID, Any]:
    by, joined = _level(Member.unit_id if kind == "unit" else Member.residence_id, kind)
    reported = select(ReportIn.id).where(ReportIn.tenant_id == Member.tenant_id, ReportIn.member_id == Member.id,
                                         ReportIn.status == "confirmed").correlate(Member).exists()
    query: Any = select(by, func.count(Member.id), func.count(Member.id).filter(reported)).select_from(Member)
    rows = session().execute(joined(query).where(Member.tenant_id == tenant_id(), Member.status == "active", by.is_not(None)).group_by(by))
    return {row[0]: row[1:] for row in rows}


def _report_ins(request: DataRequest, kind: str) -> dict[uuid.UUID, Any]:
    by, joined = _level(ReportIn.unit_id if kind == "unit" else ReportIn.community_id, kind)
    query: Any = select(by, func.count(ReportIn.id)).select_from(ReportIn)
    rows = session().execute(joined(query).where(
        ReportIn.tenant_id == tenant_id(), ReportIn.status == "confirmed", by.is_not(None),
        ReportIn.reported_on.between(request.since, request.until)).group_by(by))
    return {row[0]: row[1] for row in rows}


def _service(request: DataRequest, kind: str) -> dict[uuid.UUID, Any]:
    by, joined = _level(ServiceRecord.unit_id if kind == "unit" else ServiceRecord.community_id, kind)
    quarter = extract("quarter", ServiceRecord.happened_on)
    query: Any = select(by.label("by"), func.count().label("times"), func.sum(ServiceRecord.minutes).label("minutes"),
                        func.coalesce(func.sum(ServiceRecord.minutes).filter(ServiceRecord.hours_source == "system"), 0).label("measured"),
                        *(func.count().filter(quarter == q).label(f"q{q}") for q in QUARTERS)).select_from(ServiceRecord)
    each = joined(query).where(
        ServiceRecord.tenant_id == tenant_id(), ServiceRecord.status == "counted", by.is_not(None),
        ServiceRecord.happened_on.between(request.since, request.until)).group_by(by, ServiceRecord.member_id).subquery()
    rows = session().execute(select(
        each.c.by, func.count(), func.count().filter(each.c.times >= 2), func.sum(each.c.times), func.sum(each.c.minutes), func.sum(each.c.measured),
        *(func.sum(each.c[f"q{q}"]) for q in QUARTERS)).group_by(each.c.by))
    return {row[0]: row[1:] for row in rows}


def _reader(kind: str) -> Callable[[DataRequest], Iterator[Batch]]:
    """Figures are counted by the database, three statements in all; there are as many rows as places, so all are held."""
    def read(request: DataRequest) -> Iterator[Batch]:
        members, report_ins, service = _members(kind), _report_ins(request, kind), _service(request, kind)
        made = []
        for identity, name, above, what, unit_type in session().execute(_places(request, kind)):
            expected, reported = members.get(identity, (0, 0))
            served, twice, times, minutes, measured, *quarters = map(int, service.get(identity, (0,) * 9))
            made.append((name, above, UNIT_TYPES.get(unit_type or "", KINDS[what]), expected, reported,
                         round(reported * 100 / expected, 1) if expected else None, report_ins.get(identity, 0), served, twice, times,
                         round(minutes / 60, 2), round(measured / 60, 2), *quarters, sum(quarters[:2]), sum(quarters[2:])))
        for start in range(0, len(made), BATCH):
            yield made[start:start + BATCH]
    return read


def _dataset(kind: str, title: Any, description: Any) -> Dataset:
    return Dataset(f"figures_by_{kind}", title, COLUMNS, "coverage.read", _reader(kind), lambda request: count(_places(request, kind)), description)


FIGURES = (
    _dataset("community", _l("按社区统计"), _l("每个社区一行：居住在此的在册党员、报到，和在此社区的服务。")),
    _dataset("unit", _l("按单位统计"), _l("每个单位一行：本单位的在册党员、报到和服务。")),
    _dataset("county", _l("按县（市、区）统计"), _l("每个县（市、区）一行：居住在此的在册党员、报到，和在此的服务。")),
)
