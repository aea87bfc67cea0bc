"""Awards as a dataset for report formats: one row an award that was decided in the days asked for (D15)."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from core.api import DataColumn, DataRequest, Dataset, _l, column_below, member_places, organization_names, session, tenant_id
from plugins.awards.models import AwardNomination, AwardSelection
from plugins.awards.words import NOMINATIONS

_BATCH = 1000
_COLUMNS = (DataColumn("name", _l("姓名或名称")), DataColumn("unit", _l("所在单位")), DataColumn("kind", _l("评选项目")), DataColumn("title", _l("评选名称")),
            DataColumn("caller", _l("表彰单位")), DataColumn("place", _l("提名单位")), DataColumn("decided_on", _l("决定日期"), "date"),
            DataColumn("document_number", _l("文号")), DataColumn("number", _l("证书编号"), "code"), DataColumn("state", _l("状态")))


def _rows(request: DataRequest) -> Select:
    people = member_places()
    query = (select(people.c.name, people.c.unit_name, AwardNomination.organization_id, AwardSelection.kind, AwardSelection.title,
                    AwardSelection.organization_id.label("caller_id"), AwardNomination.place_id, AwardNomination.granted_on,
                    AwardSelection.document_number, AwardNomination.number, AwardNomination.state)
             .join(AwardSelection, and_(AwardSelection.tenant_id == AwardNomination.tenant_id, AwardSelection.id == AwardNomination.selection_id))
             .outerjoin(people, people.c.id == AwardNomination.member_id)
             .where(AwardNomination.tenant_id == tenant_id(), AwardNomination.state.in_(("granted", "revoked")),
                    AwardNomination.granted_on.between(request.since, request.until), _within(request.reach, people)))
    if request.place is not None:
        query = query.where(_within((request.place,), people))
    if request.member_id is not None:
        query = query.where(AwardNomination.member_id == request.member_id)
    return query.order_by(AwardNomination.granted_on, AwardNomination.id)


def _within(reach: Any, people: Any) -> Any:
    ties = [tie.bool_op("^@")(one.path) for one in reach for tie in (people.c.unit_path, people.c.residence_path, people.c.workplace_path)]
    return or_(*ties, column_below(AwardNomination.organization_id, reach), column_below(AwardSelection.organization_id, reach))


def read(request: DataRequest) -> Iterator[list[tuple[Any, ...]]]:
    """The rows by the day of the decision, a thousand at a time."""
    for part in session().execute(_rows(request).execution_options(yield_per=_BATCH)).partitions():
        names = organization_names({one for row in part for one in (row.organization_id, row.caller_id, row.place_id)})
        yield [(row.name or names.get(row.organization_id, ""), row.unit_name or "", row.kind, row.title, names.get(row.caller_id, ""),
                names.get(row.place_id, ""), row.granted_on, row.document_number, row.number, str(NOMINATIONS[row.state])) for row in part]


def count(request: DataRequest) -> int:
    """How many rows there will be."""
    return session().scalar(select(func.count()).select_from(_rows(request).order_by(None).subquery())) or 0


DATASET = Dataset("awards.awards", _l("表彰名单"), _COLUMNS, "awards.read", read, count,
                  description=_l("期内作出决定的表彰，每名（个）一行，含已撤销的；不含异议"), of_member=True)
