"""The dataset of the work register 工作台账: who took on what for whom, until when, and what came of it."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, or_, select

from core.datasets.reading import batches, count, grants, organization, place
from core.datasets.words import CLAIM_STATES, GROUPS, RECIPIENTS
from core.extension.dataset import Batch, DataColumn, DataRequest, Dataset
from core.i18n import _l
from core.members.models import Member
from core.service.claims.models import Claim, Matter
from core.service.claims.queries import Served, names_under, served
from core.service.claims.register import source_title
from core.service.queries import below_places, below_units
from core.tenancy.scope import tenant_id

COLUMNS = (
    DataColumn("member", _l("党员")), DataColumn("unit", _l("所在单位")), DataColumn("community", _l("服务社区")),
    DataColumn("source", _l("来源")), DataColumn("kind", _l("类别")), DataColumn("title", _l("服务事项")), DataColumn("place", _l("地点")),
    DataColumn("recipient_group", _l("服务对象类别")), DataColumn("claimed_on", _l("认领日期"), "date"),
    DataColumn("due_on", _l("完成期限"), "date"), DataColumn("ended_on", _l("结束日期"), "date"), DataColumn("status", _l("状态")),
    DataColumn("services", _l("服务次数"), "integer", unit=_l("次"), total=True),
    DataColumn("hours", _l("已计入时长"), "decimal", unit=_l("小时"), total=True),
)


def _query(request: DataRequest) -> Select[Any]:
    """One row a claim, as in the register; for one member also a service under the unit's claim, which has no member."""
    query: Any = select(Claim.id).where(
        Claim.tenant_id == tenant_id(), Claim.claimed_on.between(request.since, request.until),
        *(or_(below_places(Claim.community_id, reach), below_units(Claim.unit_id, reach)) for reach in (grants(request), place(request))))
    return query.where(Claim.parent_id.is_(None) if request.member_id is None else Claim.member_id == request.member_id)


def _read(request: DataRequest) -> Iterator[Batch]:
    query: Any = _query(request)
    unit, query = organization(Claim.unit_id, query)
    community, query = organization(Claim.community_id, query)
    query = (query.join(Matter, (Matter.tenant_id == Claim.tenant_id) & (Matter.id == Claim.matter_id))
             .outerjoin(Member, (Member.tenant_id == Claim.tenant_id) & (Member.id == Claim.member_id))
             .with_only_columns(
                 Claim.id, Member.name, unit.name, community.name, Claim.source, Matter.kind, Matter.title, Matter.place, Matter.recipient_kind,
                 Matter.recipient_group, Claim.claimed_on, Claim.due_on, Claim.ended_on, Claim.state, maintain_column_froms=True)
             .order_by(Claim.claimed_on, Claim.id))
    for batch in batches(query):
        rows: list[Any] = list(batch)
        ids = [row.id for row in rows]
        came, under = served(ids), names_under(ids)
        yield [(row[1] or "、".join(under.get(row.id, ())), row[2], row[3], source_title(row.source), row.kind, row.title, row.place,
                GROUPS.get(row.recipient_group or "") or RECIPIENTS[row.recipient_kind], row.claimed_on, row.due_on, row.ended_on,
                CLAIM_STATES[row.state], *_figures(came.get(row.id))) for row in rows]


def _figures(came: Served | None) -> tuple[int, float]:
    return (came.records, round(came.counted_minutes / 60, 2)) if came else (0, 0.0)


CLAIMS = Dataset(
    "claims", _l("工作台账"), COLUMNS, "claims.read", _read, lambda request: count(_query(request)),
    _l("期内认领的岗位、微心愿、承诺和服务，按认领日期排列，一次认领一行；单位集体认领的，党员栏列出参加的党员。不含服务对象的姓名。"), of_member=True)
