"""What happens to a request besides its answer: another deadline, withdrawal, reopening, and what came of it; all under its lock."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select

from core.api import Conflict, NotFound, _, audit, session, tenant_id, today
from plugins.consultation.asking import checked_deadline
from plugins.consultation.models import ConsultationRequest
from plugins.consultation.sealed import needed, put


def locked(request_id: uuid.UUID, version: int | None) -> ConsultationRequest:
    """A request under a row lock. Raises NotFound; Conflict when it changed since `version`."""
    row = session().scalars(select(ConsultationRequest).where(ConsultationRequest.tenant_id == tenant_id(), ConsultationRequest.id == request_id)
                            .with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("刚有别人办过，您的内容没有保存。请刷新页面，核对后再提交。"))
    return row


def _changed(row: ConsultationRequest, action: str) -> None:
    row.version += 1
    session().flush()
    audit(f"consultation.{action}", "consultation_request", row.id)


def extend(request_id: uuid.UUID, version: int | None, deadline: dt.date | None, reason: str) -> None:
    """The community moves the deadline once a round, and says why. Raises Conflict, Invalid."""
    row = locked(request_id, version)
    if row.state != "open":
        raise Conflict(_("这件征求意见已经答复或撤回，不用延期。"))
    if row.extended_on is not None:
        raise Conflict(_("已经延期过一次，不能再延。如有困难，请与征求意见的单位联系。"))
    why = needed(reason, "reason", _("请写明为什么延期。"))
    row.deadline, row.extended_on = checked_deadline(deadline, row.deadline), today()
    put(row, "extension_reason", why)
    _changed(row, "extended")


def withdraw(request_id: uuid.UUID, version: int | None, reason: str) -> None:
    """The asker needs no answer any longer, and says why. Raises Conflict when it is answered already, Invalid."""
    row = locked(request_id, version)
    if row.state != "open":
        raise Conflict(_("社区已经答复，或已经撤回，不能再撤回。请刷新页面查看。"))
    put(row, "withdraw_reason", needed(reason, "reason", _("请写明撤回的原因。")))
    row.state, row.closed_on = "withdrawn", today()
    _changed(row, "withdrawn")


def reopen(request_id: uuid.UUID, version: int | None, deadline: dt.date | None, reason: str) -> None:
    """The asker asks for an addition: the next round begins, the answer that there is stays. Raises Conflict, Invalid."""
    row = locked(request_id, version)
    if row.state != "answered" or row.removed_on is not None:
        raise Conflict(_("还没有答复，或内容已经到期删除，不能请社区补充。"))
    why = needed(reason, "reason", _("请写明请社区补充什么。"))
    row.deadline = checked_deadline(deadline)
    put(row, "reopen_reason", why)
    row.state, row.round, row.closed_on, row.reopened_on = "open", row.round + 1, None, today()
    row.extended_on = row.extension_reason = None
    _changed(row, "reopened")


def note_outcome(request_id: uuid.UUID, version: int | None, text: str) -> None:
    """The asker notes what came of it. Raises Conflict while it is open, Invalid."""
    row = locked(request_id, version)
    if row.state == "open" or row.removed_on is not None:
        raise Conflict(_("答复以后才能登记结果；内容到期删除的不再登记。"))
    put(row, "outcome", needed(text, "outcome", _("请写明结果。")))
    row.outcome_on = today()
    _changed(row, "outcome_noted")
