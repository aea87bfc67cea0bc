"""The dataset of report-ins 报到: who reported in where and when, with certificate and receipt."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from core.datasets.reading import batches, count, grants, organization, place, secrets
from core.datasets.words import BASES, CATEGORIES, CHANNELS, REPORT_STATES, SEXES
from core.extension.dataset import Batch, DataColumn, DataRequest, Dataset
from core.i18n import _l
from core.members.models import Member
from core.organizations.models import Organization
from core.registration.models import Certificate, Receipt, ReportIn
from core.registration.obligations import CURRENT
from core.registration.reach import within
from core.tenancy.scope import tenant_id

COLUMNS = (
    DataColumn("name", _l("姓名")), DataColumn("sex", _l("性别")), DataColumn("category", _l("党员类别")), DataColumn("unit", _l("所在单位")),
    DataColumn("branch", _l("所在党支部")), DataColumn("position", _l("职务")), DataColumn("phone", _l("手机号"), "code", masked=True),
    DataColumn("skills", _l("特长")), DataColumn("preferences", _l("服务意愿")), DataColumn("community", _l("报到社区")),
    DataColumn("street", _l("所在街道（乡镇）")), DataColumn("basis", _l("报到依据")), DataColumn("channel", _l("报到方式")),
    DataColumn("status", _l("状态")), DataColumn("reported_on", _l("报到日期"), "date"), DataColumn("confirmed_on", _l("确认日期"), "date"),
    DataColumn("certificate", _l("报到证编号"), "code"), DataColumn("receipt", _l("回执编号"), "code"),
    DataColumn("receipt_on", _l("回执日期"), "date"),
)


def _query(request: DataRequest) -> Select[Any]:
    query: Any = select(ReportIn.id).join(Member, (Member.tenant_id == ReportIn.tenant_id) & (Member.id == ReportIn.member_id)).where(
        ReportIn.tenant_id == tenant_id(), ReportIn.status.in_(CURRENT), ReportIn.reported_on.between(request.since, request.until),
        *(within(reach, unit=ReportIn.unit_id, community=ReportIn.community_id) for reach in (grants(request), place(request))))
    if request.member_id is not None:
        query = query.where(ReportIn.member_id == request.member_id)
    return query


def _read(request: DataRequest) -> Iterator[Batch]:
    street: Any = aliased(Organization)
    query = _query(request)
    unit, query = organization(ReportIn.unit_id, query)
    community, query = organization(ReportIn.community_id, query)
    query = (query.outerjoin(street, (street.tenant_id == tenant_id()) & (street.id == community.parent_id))
             .outerjoin(Certificate, (Certificate.tenant_id == ReportIn.tenant_id) & (Certificate.id == ReportIn.certificate_id))
             .outerjoin(Receipt, (Receipt.tenant_id == ReportIn.tenant_id) & (Receipt.report_in_id == ReportIn.id)))
    query = query.with_only_columns(
        Member.id, Member.name, Member.sex, Member.category, unit.name, Member.branch, Member.position, Member.phone, Member.skills,
        Member.preferences, community.name, street.name, ReportIn.basis, ReportIn.channel, ReportIn.status, ReportIn.reported_on,
        ReportIn.decided_on, Certificate.number, Receipt.number, Receipt.issued_on, maintain_column_froms=True,
    ).order_by(ReportIn.sort_key, ReportIn.id)
    for batch in batches(query):
        phones = secrets(batch, {"phone": 7}, 0, full=request.full)["phone"]
        yield [_row(row, phone) for row, phone in zip(batch, phones, strict=True)]


def _row(row: Any, phone: str) -> tuple[Any, ...]:
    (_id, name, sex, category, unit, branch, position, _phone, skills, preferences, community, street, basis, channel, status, reported,
     decided, certificate, receipt, receipt_on) = row
    return (name, SEXES[sex], CATEGORIES[category], unit, branch, position, phone, "、".join(skills), "、".join(preferences), community, street,
            BASES[basis], CHANNELS[channel], REPORT_STATES[status], reported, decided if status == "confirmed" else None, certificate,
            receipt, receipt_on)


REPORT_INS = Dataset(
    "report_ins", _l("报到"), COLUMNS, "registration.read", _read, lambda request: count(_query(request)),
    _l("期内的报到，含待确认的，按姓名排列；手机号遮盖，有权的人说明理由后可取完整的。"), of_member=True)
