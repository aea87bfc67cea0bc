"""Issues to coordinate until they are solved (R92): raised, entrusted, moved up a level, reported, and confirmed by the community alone."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select

from core.api import (
    Conflict,
    Invalid,
    NotFound,
    _,
    audit,
    new_id,
    now,
    organization,
    organizations_above,
    session,
    settings,
    tenant_id,
    today,
)
from plugins.liaison import pointing
from plugins.liaison.models import LiaisonIssue, LiaisonStep


@dataclass(frozen=True, slots=True)
class IssueInput:
    """What is to be solved, who is responsible (a unit of the tenant, or an office in words), and by when (None: the usual days)."""

    title: str
    detail: str | None = None
    unit_id: uuid.UUID | None = None
    office: str | None = None
    deadline: dt.date | None = None


def raise_issue(issue_id: uuid.UUID, point_id: uuid.UUID, given: IssueInput, *, side: str, by: uuid.UUID | None) -> uuid.UUID:
    """Write an issue down, held by the office above the community; sent twice under one id it is one. Raises Conflict, Invalid, NotFound."""
    point = pointing.locked(point_id)
    known = session().scalar(select(LiaisonIssue.point_id).where(LiaisonIssue.tenant_id == tenant_id(), LiaisonIssue.id == issue_id))
    if known is not None:
        if known != point_id:
            raise Conflict(_("页面已经过期，请刷新后重新填写。"))
        return issue_id
    deadline = given.deadline or today() + dt.timedelta(days=int(settings("liaison")["issue_days"]))
    _ahead(deadline)
    row = LiaisonIssue(id=issue_id, point_id=point.id, community_id=point.community_id, title=given.title, detail=given.detail, side=side,
                       raised_on=today(), deadline=deadline, unit_id=_unit(given.unit_id), office=given.office,
                       holder_id=_above(point.community_id), state="open", made_by=by, created_at=now())
    session().add(row)
    session().flush()
    _note(row, "raised", None, side, by)
    return row.id


def add_step(issue_id: uuid.UUID, version: int, says: str, *, side: str, by: uuid.UUID | None) -> None:
    """Note what was done. Raises Conflict once it is solved or closed, NotFound."""
    row = _open(issue_id, version, ("open", "reported"))
    _note(row, "step", says, side, by)


def entrust(issue_id: uuid.UUID, version: int, given: IssueInput, *, side: str, by: uuid.UUID | None) -> None:
    """Put a unit or office in charge, and set the deadline. Raises Conflict, Invalid, NotFound."""
    row = _open(issue_id, version, ("open",))
    if given.unit_id is None and not given.office:
        raise Invalid(_("请选择责任单位，或写明责任部门。"), {"office": [_("请填写")]})
    if given.deadline is not None and given.deadline != row.deadline:
        _ahead(given.deadline)
        row.deadline = given.deadline
    row.unit_id, row.office = _unit(given.unit_id), given.office
    _note(row, "entrusted", None, side, by)


def escalate(issue_id: uuid.UUID, version: int, says: str, *, side: str, by: uuid.UUID | None) -> None:
    """Move it up one level, with the reason. Raises Conflict at the top, NotFound."""
    row = _open(issue_id, version, ("open",))
    holder = organization(row.holder_id)
    if holder.kind == "committee":
        raise Conflict(_("已经由最高一级协调，不能再往上提。"))
    row.holder_id = _above(holder.id)
    _note(row, "escalated", says, side, by)


def report(issue_id: uuid.UUID, version: int, says: str, *, side: str, by: uuid.UUID | None) -> None:
    """Say that it is solved, for the community to confirm. Raises Conflict, NotFound."""
    row = _open(issue_id, version, ("open",))
    row.state = "reported"
    _note(row, "reported", says, side, by)


def confirm(issue_id: uuid.UUID, version: int, says: str | None, *, by: uuid.UUID | None) -> None:
    """The community says that it is solved, whether anybody has reported it or not. Raises Conflict, NotFound."""
    row = _open(issue_id, version, ("open", "reported"))
    row.state, row.ended_on = "solved", today()
    _note(row, "confirmed", says, "community", by)


def send_back(issue_id: uuid.UUID, version: int, says: str, *, by: uuid.UUID | None) -> None:
    """The community says that it is not solved, or not any more. Raises Conflict, NotFound."""
    row = _open(issue_id, version, ("reported", "solved"))
    row.state, row.ended_on = "open", None
    _note(row, "sent_back", says, "community", by)


def close(issue_id: uuid.UUID, version: int, says: str, *, by: uuid.UUID | None) -> None:
    """The community takes it back, with a reason. Raises Conflict, NotFound."""
    row = _open(issue_id, version, ("open", "reported"))
    row.state, row.ended_on = "closed", today()
    _note(row, "closed", says, "community", by)


def _open(issue_id: uuid.UUID, version: int, states: tuple[str, ...]) -> LiaisonIssue:
    row = session().scalars(select(LiaisonIssue).where(LiaisonIssue.tenant_id == tenant_id(), LiaisonIssue.id == issue_id)
                            .with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    if row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    if row.state not in states:
        raise Conflict(_("这个问题现在不能这样办理，请刷新页面查看最新状态。"))
    row.version += 1
    return row


def _note(row: LiaisonIssue, kind: str, says: str | None, side: str, by: uuid.UUID | None) -> None:
    session().add(LiaisonStep(id=new_id(), issue_id=row.id, done_on=today(), kind=kind, side=side, says=says, made_by=by, created_at=now()))
    session().flush()
    audit(f"liaison.issue_{kind}", "liaison_issue", row.id)


def _above(organization_id: uuid.UUID) -> uuid.UUID:
    above = organizations_above(organization(organization_id).path)
    return above[-2].id if len(above) > 1 else organization_id


def _unit(unit_id: uuid.UUID | None) -> uuid.UUID | None:
    if unit_id is not None and organization(unit_id).kind != "unit":
        raise NotFound
    return unit_id


def _ahead(deadline: dt.date) -> None:
    if deadline < today():
        raise Invalid(_("期限已经过了，请重新选择。"), {"deadline": [_("早于今天")]})
