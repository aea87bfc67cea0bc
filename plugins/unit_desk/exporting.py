"""All that the desk keeps of one member, for the export that the law gives every person, and its erasure."""
from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import delete, select

from core.api import MemberData, _, session, tenant_id
from plugins.unit_desk import cases
from plugins.unit_desk.models import Answer, Attendance, Case, Filing, Lookup, Meeting, Request

_LOOKUP = ("looked_on", "remark")
_REQUEST = ("says", "due_on", "state", "asked_on", "reminded_on", "ended_on")
_ANSWER = ("kind", "says", "happened_on", "by_member")
_CASE = ("kind", "words", "state", "channel", "agreed_on", "opened_on", "ended_on")
_STEP = ("kind", "words", "happened_on", "by_member")
_FILING = ("starts_on", "ends_on", "records", "minutes", "filed_on")
_MEETING = ("kind", "held_on", "place")


def tables(member_id: uuid.UUID) -> list[MemberData]:
    """Everything in clear, the difficulties with what was done about them too: they are the member's own."""
    own = cases.of_member(member_id)
    steps = [step for case in own for step in case["steps"]]
    found = ((_("单位了解表现"), _LOOKUP, _rows(Lookup, _LOOKUP, member_id)), (_("单位提出的要求"), _REQUEST, _rows(Request, _REQUEST, member_id)),
             (_("对要求的答复"), _ANSWER, _answers(member_id)), (_("反映的困难"), _CASE, own), (_("困难的帮助情况"), _STEP, steps),
             (_("纪实卡备案"), _FILING, _rows(Filing, _FILING, member_id)), (_("参加的会议"), _MEETING, _meetings(member_id)))
    return [MemberData(title, tuple(_values(row, names) for row in rows)) for title, names, rows in found if rows]


def _rows(model: Any, names: tuple[str, ...], member_id: uuid.UUID) -> list[Any]:
    columns = (getattr(model, name) for name in names)
    return [row._mapping for row in session().execute(select(*columns).where(
        model.tenant_id == tenant_id(), model.member_id == member_id).order_by(model.id))]


def _answers(member_id: uuid.UUID) -> list[Any]:
    query = (select(*(getattr(Answer, name) for name in _ANSWER))
             .join(Request, (Request.tenant_id == Answer.tenant_id) & (Request.id == Answer.request_id))
             .where(Answer.tenant_id == tenant_id(), Request.member_id == member_id).order_by(Answer.id))
    return [row._mapping for row in session().execute(query)]


def _meetings(member_id: uuid.UUID) -> list[Any]:
    query = (select(*(getattr(Meeting, name) for name in _MEETING))
             .join(Attendance, (Attendance.tenant_id == Meeting.tenant_id) & (Attendance.meeting_id == Meeting.id))
             .where(Meeting.tenant_id == tenant_id(), Attendance.member_id == member_id).order_by(Meeting.held_on, Meeting.id))
    return [row._mapping for row in session().execute(query)]


def _values(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value := row[name], "isoformat") else value for name in names}


def erase(member_id: uuid.UUID) -> int:
    """Remove all that belongs to a member with what hangs on it; answers how many rows went."""
    return sum(len(session().execute(delete(model).where(model.tenant_id == tenant_id(), model.member_id == member_id)
                                     .returning(model.id)).all()) for model in (Lookup, Request, Case, Filing, Attendance))
