"""The dataset of service records 服务纪实: who did what for whom, where, when and how long."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, or_, select

from core.datasets.reading import batches, count, grants, organization, place
from core.datasets.words import GROUPS, HOURS_SOURCES, RECORD_STATES, WAIVED
from core.extension.dataset import Batch, DataColumn, DataRequest, Dataset
from core.i18n import _l
from core.members.models import Member
from core.service.models import Evaluation, ServiceRecord
from core.service.queries import FILED, within_communities, within_units
from core.tenancy.scope import tenant_id

COLUMNS = (
    DataColumn("member", _l("党员")), DataColumn("unit", _l("所在单位")), DataColumn("community", _l("服务社区")),
    DataColumn("kind", _l("类别")), DataColumn("title", _l("服务内容")), DataColumn("place", _l("地点")),
    DataColumn("happened_on", _l("日期"), "date"), DataColumn("hours", _l("时长"), "decimal", unit=_l("小时"), total=True),
    DataColumn("hours_source", _l("时长来源")), DataColumn("recipient_group", _l("服务对象类别")),
    DataColumn("status", _l("服务对象评价")), DataColumn("verified_on", _l("社区查验日期"), "date"),
)


def _query(request: DataRequest) -> Select[Any]:
    query: Any = (select(ServiceRecord.id)
                  .join(Member, (Member.tenant_id == ServiceRecord.tenant_id) & (Member.id == ServiceRecord.member_id))
                  .where(ServiceRecord.tenant_id == tenant_id(), ServiceRecord.status.in_(FILED),
                         ServiceRecord.happened_on.between(request.since, request.until),
                         *(or_(within_communities(reach), within_units(reach)) for reach in (grants(request), place(request)))))
    if request.member_id is not None:
        query = query.where(ServiceRecord.member_id == request.member_id)
    return query


def _read(request: DataRequest) -> Iterator[Batch]:
    query: Any = _query(request)
    unit, query = organization(ServiceRecord.unit_id, query)
    community, query = organization(ServiceRecord.community_id, query)
    query = query.with_only_columns(
        Member.name, unit.name, community.name, ServiceRecord.kind, ServiceRecord.title, ServiceRecord.place, ServiceRecord.happened_on,
        ServiceRecord.minutes, ServiceRecord.hours_source, ServiceRecord.recipient_group, ServiceRecord.status, ServiceRecord.verified_on,
        Evaluation.channel, maintain_column_froms=True,
    ).outerjoin(Evaluation, (Evaluation.tenant_id == ServiceRecord.tenant_id) & (Evaluation.record_id == ServiceRecord.id))
    query = query.order_by(ServiceRecord.happened_on, ServiceRecord.id)
    for batch in batches(query):
        rows: list[Any] = list(batch)
        yield [(member, unit_name, where, kind, title, spot, day, round(minutes / 60, 2), HOURS_SOURCES[source], GROUPS.get(group or ""),
                WAIVED if channel == "waiver" else RECORD_STATES[status], verified)
               for member, unit_name, where, kind, title, spot, day, minutes, source, group, status, verified, channel in rows]


RECORDS = Dataset(
    "records", _l("服务纪实"), COLUMNS, "records.read", _read, lambda request: count(_query(request)),
    _l("期内经社区查验的服务，按日期排列。不含服务对象的姓名和意见；评价过的标“已评价”，公共区域不用评价的标“免评价”。"), of_member=True)
