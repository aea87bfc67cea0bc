"""A case's way: nominated or applied for, approved step by step, refused with a reason, withdrawn, and appealed against."""
from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.api import Conflict, Invalid, NotFound, PackVersion, _, audit, new_id, now, pack_version, session, tenant_id, today
from plugins.stars import documents, granting
from plugins.stars.evaluating import standings
from plugins.stars.models import LIVE, StarCase, StarEvent, StarObjection
from plugins.stars.rounds import ONE_LIVE, round_for

ENTERED = {"application": "applied", "nomination": "nominated", "automatic": "found"}
LONGEST = 300


def locked(case_id: uuid.UUID, version: int | None = None) -> StarCase:
    """The case under a row lock. Raises NotFound; Conflict when it changed since `version` was read."""
    row = session().scalar(select(StarCase).where(StarCase.tenant_id == tenant_id(), StarCase.id == case_id).with_for_update()
                           .execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("这一项刚被别人处理过，您的操作没有保存。请刷新页面，核对后再操作。"))
    return row


def enter(case_id: uuid.UUID, version: int, *, by: uuid.UUID | None, note: str = "") -> None:
    """Nominate or apply for a candidate, as the scheme has it; the caller has authorized it. Raises Conflict."""
    row = locked(case_id, version)
    if row.state != "candidate":
        raise Conflict(_("这一项已经提出过，请刷新页面查看最新状态。"))
    document = pack_version(row.pack_id).document
    _to_first_step(row, document)
    _changed(row, ENTERED[document["entry"]], by=by, note=note)


def enter_now(member_id: uuid.UUID, pack: PackVersion, *, by: uuid.UUID | None, note: str = "") -> uuid.UUID:
    """Nominate or apply for a member whom no round has found yet, at the scheme's latest cut-off day; answers the case's id.

    Raises Conflict when the conditions are not met or something is under way.
    """
    live = session().execute(select(StarCase.id, StarCase.state, StarCase.version).where(
        StarCase.tenant_id == tenant_id(), StarCase.scheme == pack.name, StarCase.member_id == member_id,
        StarCase.state.in_(LIVE))).one_or_none()
    if live is not None:
        enter(live.id, live.version, by=by, note=note)
        return uuid.UUID(str(live.id))
    cut_off = documents.cut_off_on(pack.document, today())
    standing = standings(pack, cut_off, member_id)
    found = session().execute(select(standing.c.held, standing.c.due, standing.c.explanation)).one_or_none()
    if found is None or not found.due:
        raise Conflict(_("截至 %(day)s 还没有达到更高星级的条件，暂不能提出。", day=cut_off.isoformat()))
    case_id = session().execute(insert(StarCase).values(
        tenant_id=tenant_id(), id=new_id(), round_id=round_for(pack, cut_off, by=by), scheme=pack.name, pack_id=pack.id, member_id=member_id,
        cut_off=cut_off, held=found.held, level=found.due, explanation=found.explanation, state="candidate", step=0, version=1,
        changed_at=now()).on_conflict_do_nothing(**ONE_LIVE).returning(StarCase.id)).scalar_one_or_none()
    if case_id is None:
        raise Conflict(_("这一项刚刚已经提出，请刷新页面查看。"))
    enter(case_id, 1, by=by, note=note)
    return uuid.UUID(str(case_id))


def approve(case_id: uuid.UUID, version: int, *, by: uuid.UUID | None, note: str = "") -> None:
    """Give the approval whose turn it is; after the last one the case waits for its notice, or is granted where there is none.

    Raises Conflict, also for a person who has given an earlier approval of the same case.
    """
    row = locked(case_id, version)
    if row.state != "pending" or row.step_level is None:
        raise Conflict(_("这一项不在审批中，请刷新页面查看最新状态。"))
    if by is not None and row.step and by in _approvers(row):
        raise Conflict(_("上一级审批也是由您办理的，这一级须由另一人审批。"))
    document = pack_version(row.pack_id).document
    steps, done = documents.steps(document, row.level), row.step_level
    row.step += 1
    finished = row.step >= len(steps)
    row.state, row.step_level = ("approved", None) if finished else ("pending", steps[row.step])
    _changed(row, "approved", by=by, note=note, step_level=done)
    if finished and not document["publication_days"]:
        granting.grant([row.id], by=by)


def refuse(case_id: uuid.UUID, version: int, reason: str, *, by: uuid.UUID | None) -> None:
    """Refuse a case with a reason that its member reads. Raises Invalid, Conflict."""
    row = locked(case_id, version)
    if row.state not in LIVE:
        raise Conflict(_("这一项不在审批中，请刷新页面查看最新状态。"))
    _end(row, "refused", _reason(reason, "reason"), by=by)


def withdraw(case_id: uuid.UUID, version: int, reason: str = "", *, by: uuid.UUID | None) -> None:
    """Take a case back before it is granted, by the member or by whoever nominated. Raises Conflict."""
    row = locked(case_id, version)
    if row.state not in LIVE or row.state == "candidate":
        raise Conflict(_("这一项已经办结，不能撤回。"))
    _end(row, "withdrawn", reason.strip()[:LONGEST], by=by)


def appeal(case_id: uuid.UUID, says: str, *, by: uuid.UUID | None) -> uuid.UUID:
    """A member asks for a refusal to be looked at again. Raises Conflict, Invalid."""
    row = locked(case_id)
    if row.state != "refused":
        raise Conflict(_("只有未通过的才能申诉。"))
    return _object(row, "appeal", says, by)


def object_to(case_id: uuid.UUID, says: str, *, by: uuid.UUID | None) -> uuid.UUID:
    """Write an objection to a published case down; until it is decided nothing is granted. Raises Conflict, Invalid."""
    row = locked(case_id)
    if row.state != "published":
        raise Conflict(_("这一项不在公示中，不能再提异议。"))
    return _object(row, "objection", says, by)


def decide(objection_id: uuid.UUID, answer: str, *, upheld: bool, by: uuid.UUID | None) -> None:
    """Answer an objection or appeal. One that is right ends the published case, or lets the refused one be judged anew.

    Raises NotFound, Conflict, Invalid.
    """
    case_id = session().scalar(select(StarObjection.case_id).where(StarObjection.tenant_id == tenant_id(), StarObjection.id == objection_id))
    if case_id is None:
        raise NotFound
    row = locked(case_id)
    found = session().scalar(select(StarObjection).where(StarObjection.tenant_id == tenant_id(), StarObjection.id == objection_id)
                             .with_for_update().execution_options(populate_existing=True))
    if found is None or found.state != "open":
        raise Conflict(_("这一条已经答复过。"))
    said = _reason(answer, "answer")
    if upheld and found.kind == "appeal" and _another_live(row):
        raise Conflict(_("这名党员在这套规则中另有一项正在办理，办结后再处理这一项。"))
    found.state, found.answer = "upheld" if upheld else "rejected", said
    found.decided_by, found.decided_on = by, today()
    _changed(row, found.state, by=by, note=found.answer)
    if upheld:
        _follow(row, found, by)


def _follow(row: StarCase, found: StarObjection, by: uuid.UUID | None) -> None:
    if found.kind == "objection":
        if row.state == "published":
            _end(row, "refused", str(found.answer), by=by)
        return
    _to_first_step(row, pack_version(row.pack_id).document)
    row.step, row.reason, row.notice_id = 0, None, None
    _changed(row, "reopened", by=by)


def _another_live(row: StarCase) -> bool:
    return session().scalar(select(StarCase.id).where(
        StarCase.tenant_id == tenant_id(), StarCase.scheme == row.scheme, StarCase.member_id == row.member_id,
        StarCase.state.in_(LIVE)).limit(1)) is not None


def _object(row: StarCase, kind: str, says: str, by: uuid.UUID | None) -> uuid.UUID:
    text = _reason(says, "says")
    if session().scalar(select(StarObjection.id).where(StarObjection.tenant_id == tenant_id(), StarObjection.case_id == row.id,
                                                       StarObjection.kind == kind, StarObjection.state == "open").limit(1)):
        raise Conflict(_("已有一条等待答复，答复以后再提。"))
    made = StarObjection(id=new_id(), case_id=row.id, kind=kind, says=text, entered_by=by, raised_on=today())
    session().add(made)
    _changed(row, "objected", by=by)
    return made.id


def _to_first_step(row: StarCase, document: documents.Document) -> None:
    row.state, row.step_level = "pending", documents.steps(document, row.level)[0]


def _end(row: StarCase, state: str, reason: str, *, by: uuid.UUID | None) -> None:
    row.state, row.step_level, row.reason = state, None, reason or None
    _changed(row, state, by=by, note=reason)


def _changed(row: StarCase, kind: str, *, by: uuid.UUID | None, note: str = "", step_level: str | None = None) -> None:
    row.version += 1
    row.changed_at = now()
    session().add(StarEvent(case_id=row.id, kind=kind, step_level=step_level, by=by, note=note.strip()[:LONGEST] or None, at=now()))
    session().flush()
    audit(f"stars.{kind}", "stars_case", row.id, {"state": row.state, "level": row.level})


def _approvers(row: StarCase) -> set[uuid.UUID]:
    """Who has approved since the case was last opened."""
    events = session().execute(select(StarEvent.kind, StarEvent.by).where(
        StarEvent.tenant_id == tenant_id(), StarEvent.case_id == row.id).order_by(StarEvent.at, StarEvent.id)).all()
    since = max((n for n, event in enumerate(events) if event.kind == "reopened"), default=-1)
    return {event.by for event in events[since + 1:] if event.kind == "approved"}


def _reason(text: str, name: str) -> str:
    if len(text.strip()) < 2:
        raise Invalid(_("请写明理由，至少两个字。"), {name: [_("请填写")]})
    return text.strip()[:LONGEST]
