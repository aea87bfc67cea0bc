"""Mobilisation meetings and discussions of a unit (R12), with who came: ticked from the roster, nobody signs."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from core.api import Conflict, NotFound, _, audit, member_places, now, session, tenant_id
from plugins.unit_desk.desks import Desk, of_desk
from plugins.unit_desk.models import Attendance, Meeting


@dataclass(frozen=True, slots=True)
class MeetingInput:
    """What is said of a meeting."""

    kind: str
    held_on: dt.date
    place: str
    summary: str | None


def hold(meeting_id: uuid.UUID, where: Desk, given: MeetingInput, member_ids: Sequence[uuid.UUID], *, by: uuid.UUID | None) -> uuid.UUID:
    """Write a meeting of the desk's unit down; `meeting_id` makes the same form sent twice one meeting."""
    row = insert(Meeting).values(tenant_id=tenant_id(), id=meeting_id, unit_id=where.id, kind=given.kind, held_on=given.held_on, place=given.place,
                                 summary=given.summary, entered_by=by, version=1, created_at=now())
    if session().execute(row.on_conflict_do_nothing().returning(Meeting.id)).one_or_none() is None:
        return meeting_id
    came = _attend(meeting_id, where, member_ids)
    audit("unit_desk.meeting_held", "unit_desk_meeting", meeting_id, {"count": came})
    return meeting_id


def change(meeting_id: uuid.UUID, version: int | None, where: Desk, given: MeetingInput, member_ids: Sequence[uuid.UUID]) -> None:
    """Put it right, and who came. Raises NotFound, Conflict."""
    row = locked(meeting_id, version)
    row.kind, row.held_on, row.place, row.summary = given.kind, given.held_on, given.place, given.summary
    row.version += 1
    session().flush()
    here = list(of_desk(list(_came(meeting_id)), where))  # who has left the unit since stays written down
    session().execute(delete(Attendance).where(Attendance.tenant_id == tenant_id(), Attendance.meeting_id == meeting_id, Attendance.member_id.in_(here)))
    came = _attend(meeting_id, where, member_ids)
    audit("unit_desk.meeting_changed", "unit_desk_meeting", meeting_id, {"count": came})


def remove(meeting_id: uuid.UUID, version: int | None) -> None:
    """Remove one that was written down by mistake. Raises NotFound, Conflict."""
    session().delete(locked(meeting_id, version))
    session().flush()
    audit("unit_desk.meeting_removed", "unit_desk_meeting", meeting_id)


def _attend(meeting_id: uuid.UUID, where: Desk, member_ids: Sequence[uuid.UUID]) -> int:
    units = of_desk(list(member_ids), where)
    session().add_all(Attendance(meeting_id=meeting_id, member_id=member_id) for member_id in sorted(units))
    session().flush()
    return len(units)


def locked(meeting_id: uuid.UUID, version: int | None) -> Meeting:
    """A meeting under a row lock. Raises NotFound; Conflict when it changed since `version`."""
    row = session().scalars(select(Meeting).where(Meeting.tenant_id == tenant_id(), Meeting.id == meeting_id)
                            .with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row


def listed(where: Desk) -> Select:
    """The desk's meetings, the newest first, with how many came."""
    came = (select(func.count()).select_from(Attendance).where(Attendance.tenant_id == tenant_id(), Attendance.meeting_id == Meeting.id)
            .correlate(Meeting).scalar_subquery())
    return (select(Meeting.id, Meeting.unit_id, Meeting.kind, Meeting.held_on, Meeting.place, Meeting.summary, Meeting.version, came.label("came"))
            .where(Meeting.tenant_id == tenant_id(), where.of(Meeting.unit_id)).order_by(Meeting.held_on.desc(), Meeting.id.desc()))


def one(meeting_id: uuid.UUID) -> Any:
    """One meeting. Raises NotFound."""
    row = session().execute(select(Meeting.id, Meeting.unit_id, Meeting.kind, Meeting.held_on, Meeting.place, Meeting.summary, Meeting.version)
                            .where(Meeting.tenant_id == tenant_id(), Meeting.id == meeting_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _came(meeting_id: uuid.UUID) -> Sequence[uuid.UUID]:
    return session().scalars(select(Attendance.member_id).where(Attendance.tenant_id == tenant_id(), Attendance.meeting_id == meeting_id)).all()


def attendance(meeting_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """Who came, by name."""
    names = member_places()
    return {row.id: row.name for row in session().execute(
        select(names.c.id, names.c.name).join(Attendance, (Attendance.member_id == names.c.id) & (Attendance.tenant_id == tenant_id()))
        .where(Attendance.meeting_id == meeting_id).order_by(names.c.sort_key, names.c.id))}
