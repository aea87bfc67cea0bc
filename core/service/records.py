"""A service record's way: written down, verified by the community, returned or withdrawn (R42, R70)."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from core import audit
from core.access.models import Account
from core.db import new_id
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.extension.dispatch import tell
from core.extension.facts import RecordFact
from core.extension.settings import effective
from core.i18n import _
from core.members.models import Member
from core.organizations.models import Organization
from core.privacy import keyring
from core.service import settings as _settings  # registers the section  # noqa: F401
from core.service.claims.models import RECIPIENT_KINDS
from core.service.hours import outside_hours
from core.service.models import HOURS_SOURCES, PRIORITY_GROUPS, EvaluationCode, RecordCorrection, ServiceRecord
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id


@dataclass(frozen=True, slots=True)
class RecordInput:
    """What is written down: kind, what, where, which day, how many minutes, for whom; when it began only where somebody cares to say."""

    kind: str
    title: str
    happened_on: dt.date
    minutes: int
    community_id: uuid.UUID
    place: str | None = None
    recipient_kind: str = "person"
    recipient_group: str | None = None
    recipient: str | None = None
    started_at: dt.time | None = None
    collective: bool = False


def submit(member_id: uuid.UUID, given: RecordInput, *, entered_by: uuid.UUID | None, hours_source: str = "reported",
           record_id: uuid.UUID | None = None, claim_id: uuid.UUID | None = None) -> uuid.UUID:
    """Write a record down for its member; the caller has authorized it. Raises Invalid with the fields that are wrong.

    `hours_source` says where the minutes come from: "reported" by the member, "officer", or "system", where a clock or a roll call gave
    them. `record_id` is the id that the form was given when it was opened: sent again over a weak net it makes no second record.
    `claim_id` names the claim that the service fulfils: kind and recipient were checked when its matter was put up.
    """
    if hours_source not in HOURS_SOURCES:
        raise ValueError(f"no such source of hours: {hours_source}")
    if record_id is not None and _is_there(record_id, member_id):
        return record_id
    _check(given, claimed=claim_id is not None)
    unit_id = session().execute(select(Member.unit_id).where(Member.tenant_id == tenant_id(), Member.id == member_id,
                                                             Member.status == "active")).one_or_none()
    if unit_id is None:
        raise NotFound
    row = ServiceRecord(id=record_id or new_id(), member_id=member_id, unit_id=unit_id[0], entered_by=entered_by, hours_source=hours_source,
                        claim_id=claim_id, created_at=now())
    _fill(row, given)
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError:
        # The same form was sent twice at once; the other one has written it.
        if record_id is not None and _is_there(record_id, member_id):
            return record_id
        raise
    audit.record("record.submitted", "service_record", row.id, {"minutes": given.minutes, "kind": given.kind})
    return row.id


def amend(record_id: uuid.UUID, given: RecordInput, version: int) -> None:
    """Change a record that was not yet verified, or hand in again one that was returned. Raises Conflict, Invalid."""
    row = locked(record_id, version)
    if row.status not in {"submitted", "returned"}:
        raise Conflict(_("这条记录已经查验，不能直接修改；如有错误，请申请更正。"))
    _check(given, claimed=row.claim_id is not None)
    if row.hours_source != "system" or given.minutes != row.minutes:
        row.hours_source = "reported"  # whatever the community had put right, these are the member's hours again
    _fill(row, given)
    row.status, row.returned_reason = "submitted", None
    row.version += 1
    audit.record("record.amended", "service_record", row.id, {"minutes": given.minutes, "kind": given.kind})


def verify(record_id: uuid.UUID, version: int, *, by: uuid.UUID | None, minutes: int | None = None) -> None:
    """The community vouches for a record (R70), with the minutes corrected where need be. Raises Conflict."""
    row = locked(record_id, version)
    if row.status != "submitted":
        raise Conflict(_("这条记录已经处理过，请刷新页面查看最新状态。"))
    if minutes is not None and minutes != row.minutes:
        if problem := check_minutes(minutes, row.community_id):
            raise Invalid(problem, {"minutes": [_("请改正")]})
        row.minutes, row.hours_source = minutes, "officer"
    row.status, row.verified_by, row.verified_on = "verified", by, today()
    row.version += 1
    audit.record("record.verified", "service_record", row.id, {"minutes": row.minutes})


def send_back(record_id: uuid.UUID, version: int, reason: str) -> None:
    """Return a record to its member with a reason. Raises Conflict, Invalid without a reason."""
    row = locked(record_id, version)
    if row.status not in {"submitted", "verified"}:
        raise Conflict(_("这条记录已经处理过，请刷新页面查看最新状态。"))
    if not reason.strip():
        raise Invalid(_("请写明退回的原因，便于党员改正。"), {"reason": [_("请填写")]})
    row.status, row.returned_reason, row.verified_by, row.verified_on = "returned", reason.strip()[:300], None, None
    row.version += 1
    _void_code(record_id)
    _let_lapse(record_id)
    audit.record("record.returned", "service_record", row.id)


def withdraw(record_id: uuid.UUID, version: int, reason: str = "") -> None:
    """Take a record back; one that counted ceases to count and plugins are told. Raises Conflict.

    The member needs no `reason`; the community that takes one back gives it, and the member reads it.
    """
    row = locked(record_id, version)
    if row.status in {"withdrawn", "corrected"}:
        raise Conflict(_("这条记录已经撤回。") if row.status == "withdrawn" else _("这条记录已经更正，请到更正后的记录办理。"))
    counted = row.status == "counted"
    row.status, row.counted_on, row.returned_reason = "withdrawn", None, reason.strip()[:300] or None
    row.version += 1
    _void_code(record_id)
    _let_lapse(record_id)
    audit.record("record.withdrawn", "service_record", row.id, {"counted": counted})
    if counted:
        session().flush()
        tell("record_withdrawn", record=fact(row))


def locked(record_id: uuid.UUID, version: int | None = None) -> ServiceRecord:
    """The record under a row lock. Raises NotFound; Conflict when it changed since `version` was read."""
    row = session().scalar(select(ServiceRecord).where(ServiceRecord.tenant_id == tenant_id(), ServiceRecord.id == record_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("这条记录刚被别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row


def fact(row: ServiceRecord) -> RecordFact:
    """The record as plugins are told of it; it names no recipient."""
    return RecordFact(row.id, row.member_id, row.unit_id, row.community_id, row.kind, row.minutes, row.happened_on, evaluation=row.rating,
                      collective=row.collective, recipient_group=row.recipient_group, hours_source=row.hours_source,
                      recipient_kind=row.recipient_kind, outside_hours=row.outside_hours, counted_on=row.counted_on, replaces=row.replaces_id,
                      waived=row.waived)


def not_ones_own(row: ServiceRecord, account_id: uuid.UUID | None) -> None:
    """Nobody vouches for the own service. Raises Forbidden."""
    if account_id is not None and session().scalar(select(Account.member_id).where(
            Account.tenant_id == tenant_id(), Account.id == account_id)) == row.member_id:
        raise Forbidden(_("这是您本人的服务记录，请由社区的其他经办人查验和登记评价。"))


def _let_lapse(record_id: uuid.UUID) -> None:
    session().execute(update(RecordCorrection).where(
        RecordCorrection.tenant_id == tenant_id(), RecordCorrection.record_id == record_id, RecordCorrection.status == "open")
        .values(status="lapsed", decided_on=today()))


def _is_there(record_id: uuid.UUID, member_id: uuid.UUID) -> bool:
    owner = session().scalar(select(ServiceRecord.member_id).where(ServiceRecord.tenant_id == tenant_id(), ServiceRecord.id == record_id))
    if owner is not None and owner != member_id:
        raise Conflict(_("这张表单已经用过，请重新打开后再填写。"))
    return owner is not None


def _void_code(record_id: uuid.UUID) -> None:
    session().execute(delete(EvaluationCode).where(EvaluationCode.tenant_id == tenant_id(), EvaluationCode.record_id == record_id))


def _fill(row: ServiceRecord, given: RecordInput) -> None:
    row.kind, row.title, row.place = given.kind, given.title.strip(), (given.place or "").strip() or None
    row.happened_on, row.minutes, row.community_id = given.happened_on, given.minutes, given.community_id
    row.recipient_kind, row.recipient_group = given.recipient_kind, given.recipient_group or None
    row.started_at, row.collective = given.started_at, given.collective
    row.outside_hours = outside_hours(given.happened_on, given.started_at, effective("service", given.community_id))
    recipient = None if given.recipient_kind == "public" else (given.recipient or "").strip()[:50] or None
    row.recipient = keyring.for_tenant(tenant_id()).encrypt("service_record", "recipient", row.id, recipient)


def _check(given: RecordInput, *, claimed: bool = False) -> None:
    known = _is_community(given.community_id)
    values = effective("service", given.community_id if known else None)  # a county may have its own
    wrong = {} if claimed else _check_recipient(given)
    if not claimed and given.kind not in values["kinds"]:
        wrong["kind"] = [_("请从列表中选择")]
    if not 2 <= len(given.title.strip()) <= 100:
        wrong["title"] = [_("请用 2 至 100 个字写明做了什么")]
    if given.happened_on > today():
        wrong["happened_on"] = [_("日期还没有到")]
    elif (today() - given.happened_on).days > values["backdate_days"]:
        wrong["happened_on"] = [_("最多补记 {days} 天以前的服务").format(days=values["backdate_days"])]
    if not 1 <= given.minutes <= values["longest_minutes"]:
        wrong["minutes"] = [_longest(values["longest_minutes"])]
    if not known:
        wrong["community_id"] = [_("请选择服务所在的社区")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)


def _is_community(organization_id: uuid.UUID) -> bool:
    return session().scalar(select(Organization.kind).where(Organization.tenant_id == tenant_id(),
                                                            Organization.id == organization_id)) == "community"


def _check_recipient(given: RecordInput) -> dict[str, list[str]]:
    wrong = {}
    if given.recipient_kind not in RECIPIENT_KINDS:
        wrong["recipient_kind"] = [_("请从列表中选择")]
    if given.recipient_group not in (None, "", *PRIORITY_GROUPS):
        wrong["recipient_group"] = [_("请从列表中选择")]
    if given.recipient_kind != "public" and not (given.recipient or "").strip():
        wrong["recipient"] = [_("请写明服务对象；没有具体对象时请选“公共区域”")]
    return wrong


def check_minutes(minutes: int, community_id: uuid.UUID) -> str | None:
    """What is wrong with a length in minutes at this place; None when nothing is."""
    longest = effective("service", community_id)["longest_minutes"]
    return None if 1 <= minutes <= longest else _longest(longest)


def _longest(minutes: int) -> str:
    hours = f"{minutes / 60:.1f}".removesuffix(".0")
    return _("一次服务最长 {hours} 小时，请分成几次记录").format(hours=hours)
