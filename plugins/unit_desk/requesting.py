"""Targeted requests to members (R15): asked of one or several at one press, answered by the member or through the liaison, with a history."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from core.api import Conflict, Invalid, NotFound, _, audit, member_places, now, session, tenant_id, today
from plugins.unit_desk.desks import Desk, of_desk
from plugins.unit_desk.models import Answer, Request

LONGEST = 500
TABS = ("open", "answered", "done", "withdrawn")
LIVE = ("open", "answered")


def ask(where: Desk, key: uuid.UUID, member_ids: Sequence[uuid.UUID], says: str, due_on: dt.date | None, *, by: uuid.UUID | None) -> list[uuid.UUID]:
    """Ask something of members of the desk; the same form, known by its key, asks each only once. Answers the requests.

    Raises Invalid for nobody, an empty or too long text, or a deadline that is over.
    """
    units = of_desk(list(member_ids), where)
    if not units:
        raise Invalid(_("请先勾选要对谁提出要求。"), {"member": [_("请勾选")]})
    says = checked(says)
    if due_on is not None and due_on < today():
        raise Invalid(_("期限已经过了，请重新选择。"), {"due_on": [_("早于今天")]})
    made = {uuid.uuid5(key, member_id.hex): member_id for member_id in units}
    for identity in sorted(made):
        row = insert(Request).values(tenant_id=tenant_id(), id=identity, member_id=made[identity], unit_id=units[made[identity]], says=says,
                                     due_on=due_on, state="open", asked_on=today(), asked_by=by, version=1, created_at=now())
        if session().execute(row.on_conflict_do_nothing().returning(Request.id)).one_or_none() is not None:
            audit("unit_desk.requested", "unit_desk_request", identity)
    return list(made)


def checked(says: str, field: str = "says") -> str:
    """The words of a request or an answer. Raises Invalid when there are none or too many."""
    says = says.strip()
    if not 2 <= len(says) <= LONGEST:
        raise Invalid(_("请用 2 至 %(count)s 个字写明。", count=LONGEST), {field: [_("请改正")]})
    return says


def answer(request_id: uuid.UUID, version: int | None, says: str, *, by_member: bool, by: uuid.UUID | None) -> None:
    """Note what the member answers; it stays open for the unit to look at. Raises NotFound, Conflict, Invalid."""
    row = locked(request_id, version, LIVE)
    row.state = "answered"
    _line(row, "answer", checked(says), by_member=by_member, by=by)


def finish(request_id: uuid.UUID, version: int | None, says: str, *, by_member: bool, by: uuid.UUID | None) -> None:
    """It is done; a word about it may be left out. A member's own "done" is an answer that the unit closes. Raises NotFound, Conflict, Invalid."""
    row = locked(request_id, version, LIVE)
    row.state = "answered" if by_member else "done"
    row.ended_on = None if by_member else today()
    _line(row, "done", checked(says) if says.strip() else None, by_member=by_member, by=by)


def reopen(request_id: uuid.UUID, version: int | None, says: str, *, by: uuid.UUID | None) -> None:
    """The unit asks once more and says why; also takes back an end noted by mistake. Raises NotFound, Conflict, Invalid."""
    row = locked(request_id, version, ("answered", "done", "withdrawn"))
    row.state, row.ended_on = "open", None
    _line(row, "reopened", checked(says), by_member=False, by=by)


def withdraw(request_id: uuid.UUID, version: int | None, says: str, *, by: uuid.UUID | None) -> None:
    """The unit takes it back, with a reason. Raises NotFound, Conflict, Invalid."""
    row = locked(request_id, version, LIVE)
    row.state, row.ended_on = "withdrawn", today()
    _line(row, "withdrawn", checked(says), by_member=False, by=by)


def remind(request_id: uuid.UUID, version: int | None, *, by: uuid.UUID | None) -> None:
    """Note that the member was reminded; the own page shows it. Raises NotFound, Conflict."""
    row = locked(request_id, version, ("open",))
    row.reminded_on = today()
    _line(row, "reminded", None, by_member=False, by=by)


def locked(request_id: uuid.UUID, version: int | None, states: Sequence[str]) -> Request:
    """A request under a row lock. Raises NotFound; Conflict when it changed since `version` or is in none of the states."""
    row = session().scalars(select(Request).where(Request.tenant_id == tenant_id(), Request.id == request_id)
                            .with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    if row.state not in states or (version is not None and row.version != version):
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row


def _line(row: Request, kind: str, says: str | None, *, by_member: bool, by: uuid.UUID | None) -> None:
    row.version += 1
    session().add(Answer(request_id=row.id, kind=kind, says=says, happened_on=today(), by_member=by_member, entered_by=by, created_at=now()))
    session().flush()
    audit(f"unit_desk.request_{kind}", "unit_desk_request", row.id)


def one(request_id: uuid.UUID) -> Any:
    """One request with the member's name. Raises NotFound."""
    row = session().execute(described().where(Request.id == request_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def described() -> Select:
    """Requests with name and unit."""
    names = member_places()
    return (select(Request.id, Request.member_id, Request.unit_id, Request.says, Request.due_on, Request.state, Request.asked_on, Request.reminded_on,
                   Request.ended_on, Request.version, names.c.name, names.c.unit_name)
            .join(names, names.c.id == Request.member_id).where(Request.tenant_id == tenant_id()))


def listed(where: Desk, tab: str) -> Select:
    """Those of a desk in one state, the oldest first while they wait."""
    query = described().where(where.of(Request.unit_id), Request.state == tab)
    return query.order_by(Request.id if tab in LIVE else Request.id.desc())


def lines(request_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Any]]:
    """The histories of several requests, in one query."""
    found: dict[uuid.UUID, list[Any]] = {}
    for row in session().execute(select(Answer.request_id, Answer.kind, Answer.says, Answer.happened_on, Answer.by_member).where(
            Answer.tenant_id == tenant_id(), Answer.request_id.in_(request_ids)).order_by(Answer.id)):
        found.setdefault(row.request_id, []).append(row)
    return found


def of_member(member_id: uuid.UUID, states: Sequence[str] = TABS, limit: int = 50) -> list[Any]:
    """A member's requests, the newest first."""
    return list(session().execute(described().where(Request.member_id == member_id, Request.state.in_(states))
                                  .order_by(Request.id.desc()).limit(limit)).all())
