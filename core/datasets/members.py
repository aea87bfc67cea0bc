"""The dataset of members 党员台账: who they are, where they belong, whether they reported in, how often they served."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select

from core.datasets.reading import batches, count, grants, organization, place, secrets
from core.datasets.words import CATEGORIES, SEXES, UNIT_TYPES
from core.extension.dataset import Batch, DataColumn, DataRequest, Dataset
from core.i18n import _l
from core.members.models import Member
from core.members.reach import within_reach
from core.registration.models import ReportIn
from core.service.models import ServiceRecord
from core.tenancy.scope import tenant_id

COLUMNS = (
    DataColumn("name", _l("姓名")), DataColumn("sex", _l("性别")), DataColumn("ethnicity", _l("民族")),
    DataColumn("id_number", _l("公民身份号码"), "code", masked=True), DataColumn("phone", _l("手机号"), "code", masked=True),
    DataColumn("joined_on", _l("入党时间"), "date"), DataColumn("category", _l("党员类别")), DataColumn("unit", _l("所在单位")),
    DataColumn("unit_type", _l("单位类别")), DataColumn("branch", _l("所在党支部")), DataColumn("position", _l("职务")),
    DataColumn("skills", _l("特长")), DataColumn("preferences", _l("服务意愿")), DataColumn("address", _l("居住地址"), masked=True),
    DataColumn("residence", _l("居住社区")), DataColumn("workplace", _l("工作地社区")), DataColumn("reported", _l("是否报到")),
    DataColumn("reported_on", _l("报到日期"), "date"),
    DataColumn("activities", _l("期内服务次数"), "integer", unit=_l("次"), total=True),
    DataColumn("hours", _l("期内服务时长"), "decimal", unit=_l("小时"), total=True),
    DataColumn("system_hours", _l("其中系统记录的时长"), "decimal", unit=_l("小时"), total=True),
)


def _query(request: DataRequest) -> Select[Any]:
    query: Any = select(Member.id).where(Member.tenant_id == tenant_id(), Member.status == "active", within_reach(grants(request)),
                                         within_reach(place(request)))
    if request.member_id is not None:
        query = query.where(Member.id == request.member_id)
    return query


def _read(request: DataRequest) -> Iterator[Batch]:
    reported = select(func.min(ReportIn.reported_on)).where(
        ReportIn.tenant_id == tenant_id(), ReportIn.member_id == Member.id, ReportIn.status == "confirmed").scalar_subquery()
    served = [select(figure).where(
        ServiceRecord.tenant_id == tenant_id(), ServiceRecord.member_id == Member.id, ServiceRecord.status == "counted",
        ServiceRecord.happened_on.between(request.since, request.until)).scalar_subquery()
        for figure in (func.count(), func.coalesce(func.sum(ServiceRecord.minutes), 0),
                       func.coalesce(func.sum(ServiceRecord.minutes).filter(ServiceRecord.hours_source == "system"), 0))]
    query: Any = _query(request)
    unit, query = organization(Member.unit_id, query)
    home, query = organization(Member.residence_id, query)
    work, query = organization(Member.workplace_id, query)
    query = query.with_only_columns(
        Member.id, Member.name, Member.sex, Member.ethnicity, Member.id_number, Member.phone, Member.joined_party_on, Member.category,
        unit.name, unit.unit_type, Member.branch, Member.position, func.array_to_string(Member.skills, "、"),
        func.array_to_string(Member.preferences, "、"), Member.address, home.name, work.name, reported, *served,
        maintain_column_froms=True).order_by(Member.sort_key, Member.id)
    for batch in batches(query):
        clear = secrets(batch, {"id_number": 4, "phone": 5, "address": 14}, 0, full=request.full)
        yield [_row(row, number, phone, address) for row, number, phone, address in zip(batch, *clear.values(), strict=True)]


def _row(row: Any, number: str, phone: str, address: str) -> tuple[Any, ...]:
    (_id, name, sex, ethnicity, _number, _phone, joined, category, unit, unit_type, branch, position, skills, preferences, _address, home,
     work, reported, activities, minutes, measured) = row
    return (name, SEXES[sex], ethnicity, number, phone, joined, CATEGORIES[category], unit, UNIT_TYPES.get(unit_type or ""), branch, position,
            skills, preferences, address, home, work, "已报到" if reported else "未报到", reported, activities, round(int(minutes) / 60, 2),
            round(int(measured) / 60, 2))


MEMBERS = Dataset(
    "members", _l("党员"), COLUMNS, "members.export", _read, lambda request: count(_query(request)),
    _l("在册的在职党员，按姓名排列；号码和地址遮盖，有权的人说明理由后可取完整的。服务次数和时长只算期内已评价的。"), of_member=True)
