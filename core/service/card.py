"""The service record card 服务纪实卡 (D10) of a member for a year: the default paper, which a county may title and stamp (R80)."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, extract, select
from sqlalchemy.orm import aliased

from core import audit
from core.documents.papers import RecordCardPaper, record_cards_pdf
from core.errors import NotFound
from core.extension.settings import effective
from core.members.models import Member
from core.organizations.models import Organization
from core.service.models import Evaluation, ServiceRecord
from core.service.queries import FILED
from core.service.summary import MemberYear, member_year
from core.tenancy import current_tenant, session, today
from core.tenancy.scope import tenant_id

# The paper is the country's, so its words are not translated, whoever prints it.
RECIPIENTS = {"person": "个人", "household": "家庭", "public": "公共区域"}
GROUPS = {"needy": "困难群众", "elderly": "空巢老人", "disabled": "残障人士", "children": "留守儿童", "laid_off": "下岗工人", "migrant": "外来务工"}
SOURCES = {"system": "系统", "reported": "本人", "officer": "经办"}
LEGEND = "时长后的标记：系统＝由系统记录；本人＝本人填写，经社区查验；经办＝由社区经办人录入或核改。“未评价”的尚未计入。"


def card_pdf(member_id: uuid.UUID, year: int, *, printed_by: str) -> bytes:
    """The card of one member for a calendar year as PDF; the caller has authorized it. Raises NotFound.

    It holds verified records and those that count, by the day of the service; no recipient is named and no opinion told.
    """
    paper = card_paper(member_id, year, printed_by=printed_by)
    audit.record("records.card_printed", "member", member_id, {"year": year, "rows": len(paper.rows)})
    return record_cards_pdf([paper])


def card_paper(member_id: uuid.UUID, year: int, *, printed_by: str) -> RecordCardPaper:
    """What stands on it."""
    home, work, unit = aliased(Organization), aliased(Organization), aliased(Organization)
    who = session().execute(
        select(Member.name, unit.name.label("unit"), Member.residence_id, Member.workplace_id, home.name.label("home"), work.name.label("work"))
        .outerjoin(unit, (unit.tenant_id == Member.tenant_id) & (unit.id == Member.unit_id))
        .outerjoin(home, (home.tenant_id == Member.tenant_id) & (home.id == Member.residence_id))
        .outerjoin(work, (work.tenant_id == Member.tenant_id) & (work.id == Member.workplace_id))
        .where(Member.tenant_id == tenant_id(), Member.id == member_id, Member.status != "erased")).one_or_none()
    if who is None:
        raise NotFound
    title = effective("service", who.residence_id or who.workplace_id)["card_title"]
    return RecordCardPaper(title, current_tenant().name, year, who.name, who.unit or "", who.home or who.work or "", [
        _cells(row) for row in _rows(member_id, year)], _summary(member_year(member_id, year)), LEGEND, f"{printed_by}　{today():%Y-%m-%d} 打印")


def _rows(member_id: uuid.UUID, year: int) -> Sequence[Row[Any]]:
    of = ServiceRecord
    query: Any = (
        select(of.happened_on, of.kind, of.title, of.recipient_kind, of.recipient_group, of.minutes, of.hours_source, of.status,
               Organization.name.label("community"), Evaluation.channel)
        .join(Organization, (Organization.tenant_id == of.tenant_id) & (Organization.id == of.community_id))
        .outerjoin(Evaluation, (Evaluation.tenant_id == of.tenant_id) & (Evaluation.record_id == of.id))
        .where(of.tenant_id == tenant_id(), of.member_id == member_id, of.status.in_(FILED), extract("year", of.happened_on) == year)
        .order_by(of.happened_on, of.id))
    found: Sequence[Row[Any]] = session().execute(query).all()
    return found


def _cells(row: Row[Any]) -> list[str]:
    recipients = GROUPS.get(row.recipient_group or "", RECIPIENTS[row.recipient_kind])
    judged = "未评价" if row.status != "counted" else "免评价" if row.channel == "waiver" else "已评价"
    return [f"{row.happened_on.month}-{row.happened_on.day}", f"{row.kind}：{row.title}", recipients,
            f"{_hours(row.minutes)}（{SOURCES[row.hours_source]}）", row.community, judged]


def _summary(year: MemberYear) -> str:
    norm = f"（一般不少于 {year.norm} 次）" if year.norm else ""
    return (f"本年参加活动 {year.activities} 次{norm}；计入服务 {year.records} 条，共 {_hours(year.minutes)} 小时，"
            f"其中系统记录 {_hours(year.system_minutes)} 小时、手工填写 {_hours(year.hand_minutes)} 小时。")


def _hours(minutes: int) -> str:
    return f"{minutes / 60:.1f}".removesuffix(".0")
