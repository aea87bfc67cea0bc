"""Reporting in (R27, R46) and the receipt (D2, R19, R29, R51): submitted, confirmed by the community, closed at the unit."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError

from core import audit
from core.db import new_id
from core.errors import Conflict, Invalid, NotFound
from core.extension.settings import effective
from core.i18n import _
from core.members.models import Member
from core.organizations import tree
from core.registration.models import Certificate, Receipt, ReportIn
from core.registration.obligations import CURRENT, meet, owe_again
from core.registration.serials import draw
from core.tenancy import now, session, today
from core.tenancy.scope import tenant_id


def submit(member_id: uuid.UUID, community_id: uuid.UUID, basis: str, channel: str, *, by: uuid.UUID | None,
           certificate_id: uuid.UUID | None = None, on: dt.date | None = None) -> uuid.UUID:
    """Hand a report-in in: by the officer at the desk, by the member on the phone, or from paper.

    Raises Invalid when the community is not the member's residence or workplace, Conflict when the member has reported in
    there, or elsewhere where the tenant's rule is one community.
    """
    if channel == "phone" and not effective("registration")["phone"]:
        raise Invalid(_("本地没有开通手机报到，请带报到证到社区现场办理。"))
    member = _member(member_id)
    _check(member, community_id, basis, on or today())
    row = ReportIn(id=new_id(), member_id=member_id, community_id=community_id, unit_id=member.unit_id, certificate_id=certificate_id,
                   sort_key=member.sort_key, basis=basis, channel=channel, reported_on=on or today(), submitted_by=by, created_at=now())
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError as error:
        raise Conflict(_("这名党员已在本社区报到，不必重复办理。")) from error
    audit.record("report_in.submitted", "report_in", row.id, {"channel": channel, "basis": basis})
    return row.id


def confirm(report_in_id: uuid.UUID, version: int, *, by: uuid.UUID | None, paper_number: str | None = None) -> uuid.UUID:
    """The community confirms: the receipt is made, the unit's register closes by itself, the obligation is met.

    Answers the receipt's id. Raises NotFound, Conflict.
    """
    row = locked(report_in_id, version)
    if row.status != "submitted":
        raise Conflict(_("这条报到已经处理过，请刷新页面查看最新状态。"))
    row.status, row.decided_on, row.decided_by = "confirmed", today(), by
    row.version += 1
    community = tree.get(row.community_id)
    serial = draw(row.community_id, today().year)[0]
    receipt = Receipt(id=new_id(), report_in_id=row.id, number=f"{community.code}-{today().year}-{serial:05d}", issued_on=today(),
                      closed_on=today(), closed_by="paper" if paper_number else "automatic", paper_number=paper_number)
    session().add(receipt)
    session().flush()
    meet(row.member_id, row.basis, row.community_id, row.id, row.reported_on)
    audit.record("report_in.confirmed", "report_in", row.id, {"receipt": receipt.number})
    return receipt.id


def send_back(report_in_id: uuid.UUID, version: int, reason: str, *, by: uuid.UUID | None) -> None:
    """The community returns a report-in with a reason the member can act on. Raises NotFound, Conflict, Invalid."""
    row = locked(report_in_id, version)
    if row.status != "submitted":
        raise Conflict(_("这条报到已经处理过，请刷新页面查看最新状态。"))
    if not reason.strip():
        raise Invalid(_("请写明退回的原因，便于党员改正。"), {"reason": [_("请填写")]})
    row.status, row.decided_on, row.decided_by, row.note = "returned", today(), by, reason.strip()[:300]
    row.version += 1
    audit.record("report_in.returned", "report_in", row.id)


def take_back(report_in_id: uuid.UUID, version: int, reason: str, *, by: uuid.UUID | None) -> None:
    """The community takes a mistaken confirmation back: the receipt is void, the register opens, what was met is owed again.

    The member sees the reason and can hand in anew. The receipt's number stays in the audit log and is not drawn again.
    Raises NotFound, Conflict, Invalid.
    """
    row = locked(report_in_id, version)
    if row.status != "confirmed":
        raise Conflict(_("这条报到已经处理过，请刷新页面查看最新状态。"))
    if not reason.strip():
        raise Invalid(_("请写明撤销的原因，党员会看到。"), {"reason": [_("请填写")]})
    row.status, row.decided_on, row.decided_by, row.note = "returned", today(), by, reason.strip()[:300]
    row.version += 1
    receipt = session().scalar(select(Receipt).where(Receipt.tenant_id == tenant_id(), Receipt.report_in_id == row.id))
    if receipt is not None:
        session().delete(receipt)
    session().flush()
    owe_again(row.id, reason.strip()[:300])
    audit.record("report_in.taken_back", "report_in", row.id, {"receipt": receipt.number if receipt else None})


def withdraw(report_in_id: uuid.UUID, version: int) -> None:
    """The member takes a report-in back that nobody has decided on yet. Raises NotFound, Conflict."""
    row = locked(report_in_id, version)
    if row.status != "submitted":
        raise Conflict(_("这条报到已经处理过，请刷新页面查看最新状态。"))
    row.status, row.ended_on = "ended", today()
    row.version += 1
    session().flush()
    audit.record("report_in.withdrawn", "report_in", row.id)


def accept(member_id: uuid.UUID, community_id: uuid.UUID, basis: str, *, by: uuid.UUID | None,
           certificate_id: uuid.UUID | None = None) -> uuid.UUID:
    """Submit and confirm at the community's desk in one press; answers the report-in's id.

    A report-in that the member has submitted here by phone is the one that is confirmed. Raises as `submit` and `confirm`.
    """
    _member(member_id)
    _check_certificate(member_id, certificate_id)
    known = session().execute(select(ReportIn.id, ReportIn.version).where(
        ReportIn.tenant_id == tenant_id(), ReportIn.member_id == member_id, ReportIn.community_id == community_id,
        ReportIn.status == "submitted")).one_or_none()
    if known is None:
        report_in_id, version = submit(member_id, community_id, basis, "officer", by=by, certificate_id=certificate_id), 1
    else:
        report_in_id, version = known.id, known.version
    confirm(report_in_id, version, by=by)
    return report_in_id


def confirm_many(wanted: Sequence[tuple[uuid.UUID, int]], *, by: uuid.UUID | None) -> tuple[int, int]:
    """Confirm several submitted report-ins, (id, version) each; answers how many were confirmed, and how many had moved on."""
    done = 0
    # All rows are locked first and in one order: with the serial number's lock between them two officers would wait for each other.
    session().execute(select(ReportIn.id).where(ReportIn.tenant_id == tenant_id(), ReportIn.id.in_([i for i, _version in wanted]))
                      .order_by(ReportIn.id).with_for_update()).all()
    for report_in_id, version in sorted(wanted):
        try:
            with session().begin_nested():
                confirm(report_in_id, version, by=by)
            done += 1
        except (Conflict, NotFound):
            continue
    return done, len(wanted) - done


def key_in_paper_receipt(member_id: uuid.UUID, community_id: uuid.UUID, basis: str, on: dt.date, paper_number: str, *,
                         by: uuid.UUID | None) -> uuid.UUID:
    """The unit keys in a paper receipt that its member brought back (R29); the same loop closes.

    Answers the receipt's id. A report-in that the system knows already only gets the paper's number noted.
    Raises Invalid, Conflict.
    """
    if on > today():
        raise Invalid(_("回执上的日期还没有到，请核对。"), {"reported_on": [_("日期还没有到")]})
    number = paper_number.strip()
    if not number:
        raise Invalid(_("请输入回执上的编号；没有编号的请写“无编号”。"), {"paper_number": [_("请填写")]})
    _member(member_id)
    known = session().execute(select(ReportIn.id, ReportIn.status, ReportIn.version, Receipt.id.label("receipt_id")).outerjoin(
        Receipt, (Receipt.tenant_id == ReportIn.tenant_id) & (Receipt.report_in_id == ReportIn.id)).where(
        ReportIn.tenant_id == tenant_id(), ReportIn.member_id == member_id, ReportIn.community_id == community_id,
        ReportIn.status.in_(CURRENT))).one_or_none()
    if known is None:
        report_in_id = submit(member_id, community_id, basis, "paper", by=by, on=on)
        return confirm(report_in_id, 1, by=by, paper_number=number)
    if known.status == "submitted":
        return confirm(known.id, known.version, by=by, paper_number=number)
    receipt = session().scalar(select(Receipt).where(Receipt.tenant_id == tenant_id(), Receipt.id == known.receipt_id).with_for_update())
    if receipt is None:
        raise NotFound
    receipt.paper_number = number
    audit.record("receipt.paper_noted", "receipt", receipt.id)
    return receipt.id


def locked(report_in_id: uuid.UUID, version: int | None = None) -> ReportIn:
    """The report-in under a row lock. Raises NotFound; Conflict when it changed since `version` was read."""
    row = session().scalar(select(ReportIn).where(ReportIn.tenant_id == tenant_id(), ReportIn.id == report_in_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("这条报到刚被别人处理过，您的操作没有保存。请刷新页面，核对后再提交。"))
    return row


def _member(member_id: uuid.UUID) -> Row:
    # The lock keeps two desks from accepting the same member in two places at once where the rule is one community.
    row = session().execute(select(Member.id, Member.unit_id, Member.residence_id, Member.workplace_id, Member.sort_key).where(
        Member.tenant_id == tenant_id(), Member.id == member_id, Member.status == "active").with_for_update(key_share=True)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _check_certificate(member_id: uuid.UUID, certificate_id: uuid.UUID | None) -> None:
    if certificate_id is not None and session().scalar(select(Certificate.id).where(
            Certificate.tenant_id == tenant_id(), Certificate.id == certificate_id, Certificate.member_id == member_id,
            Certificate.status == "valid")) is None:
        raise Conflict(_("这张报到证已经作废，请重新扫描或按姓名查找。"))


def _check(member: Row, community_id: uuid.UUID, basis: str, on: dt.date) -> None:
    place = {"residence": member.residence_id, "workplace": member.workplace_id}.get(basis)
    if place != community_id:
        raise Invalid(_("本社区不是这名党员登记的居住地或工作地。如已搬家，请先在党员资料中更新，再办理报到。"),
                      {"community_id": [_("与登记的居住地、工作地不符")]})
    if on > today():
        raise Invalid(_("报到日期还没有到。"), {"reported_on": [_("日期还没有到")]})
    current = session().execute(select(ReportIn.community_id).where(
        ReportIn.tenant_id == tenant_id(), ReportIn.member_id == member.id, ReportIn.status.in_(CURRENT))).scalars().all()
    if community_id in current:
        raise Conflict(_("这名党员已在本社区报到，不必重复办理。"))
    if current and effective("registration")["report_to"] == "one":
        raise Conflict(_("这名党员已在另一个社区报到。按本地规定只需向一处报到，不必重复办理。"))
