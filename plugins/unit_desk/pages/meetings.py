"""Mobilisation meetings and discussions at the unit's desk: the list, one form for a meeting and who came, the sheet."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response as FlaskResponse, render_template, request, url_for
from marshmallow import Schema, fields, validate

from core.api import (
    Column,
    Conflict,
    Invalid,
    Target,
    _,
    _l,
    acting,
    allowed,
    audit,
    form_fields,
    load_form,
    organization,
    requires,
    session,
    today,
)
from core.pages import Route, asked, attempt, chosen, me, refused, ticket, version
from plugins.unit_desk import meetings
from plugins.unit_desk.desks import MANAGE, READ, Desk, page, people, require_unit
from plugins.unit_desk.meetings import MeetingInput
from plugins.unit_desk.models import MEETING_KINDS
from plugins.unit_desk.pages.doing import MOST, at, at_desk, exported, work_desk
from plugins.unit_desk.words import MEETINGS, QUESTIONS


class MeetingForm(Schema):
    """What is said of a meeting; its theme is the notice's."""

    kind = fields.String(required=True, validate=validate.OneOf(MEETING_KINDS), metadata={
        "title": _l("会议"), "widget": "radio", "choices": tuple(MEETINGS.items())})
    held_on = fields.Date(required=True, metadata={"title": _l("日期")})
    place = fields.String(required=True, validate=validate.Length(1, 60), metadata={"title": _l("地点")})
    summary = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=4000), metadata={
        "title": _l("会议情况"), "widget": "textarea", "rows": 8, "help": _l("谁讲了什么、大家怎么说，可以不写")})


NAMES = ("kind", "held_on", "place", "summary")


@requires("unit_desk.read")
def meeting_list() -> Any:
    """The desk's meetings."""
    return at_desk("unit_desk.meeting_list", _list)


def _list(where: Desk) -> str:
    rows = session().execute(meetings.listed(where).limit(MOST)).all()
    return render_template("unit_desk/meetings.html", desk=where, rows=rows, kinds=MEETINGS, manages=where.managed())


@requires("unit_desk.manage")
def new_meeting() -> Any:
    """The form for a meeting that was held."""
    return _form(work_desk(), None)


def _form(where: Desk, row: Any, error: Invalid | Conflict | None = None) -> str:
    values: Any = request.form if error else row._mapping if row is not None else {"kind": "mobilisation", "held_on": today()}
    came = meetings.attendance(row.id) if row is not None else {}
    ticked = request.form.getlist("member") if error else [str(one) for one in came]
    shown = form_fields(MeetingForm(), values, error.fields if isinstance(error, Invalid) else {})
    return render_template("unit_desk/meeting_form.html", desk=where, row=row, fields=shown, rows=page(where, people(where), None, MOST)[:MOST], ticked=ticked,
                           error=refused(error), key=ticket("key"), questions=QUESTIONS)


def _given() -> MeetingInput:
    form = request.form.copy()
    for name in list(form):
        if name not in NAMES:
            del form[name]
    data = load_form(MeetingForm(), form)
    if data["held_on"] > today():
        raise Invalid(_("开过会再登记：日期不能晚于今天。"), {"held_on": [_("请重新选择")]})
    return MeetingInput(**data)


@requires("unit_desk.manage")
def hold_meeting() -> Any:
    """Write it down."""
    where = work_desk()
    return attempt(lambda: meetings.hold(ticket("key"), where, _given(), chosen("member"), by=me()), _("已登记。"), at("unit_desk.meeting_list", where),
                   lambda error: _form(where, None, error))


def _found(meeting_id: uuid.UUID, permission: str) -> tuple[Any, Desk]:
    row = meetings.one(meeting_id)
    require_unit(row.unit_id, permission)
    place = organization(row.unit_id)
    return row, Desk(place.id, place.kind, place.name, place.path, whole=False, below=False)


@requires("unit_desk.read")
def meeting_one(meeting_id: uuid.UUID) -> str:
    """One meeting as a sheet, to be printed."""
    row, where = _found(meeting_id, READ)
    return render_template("unit_desk/meeting.html", desk=where, row=row, came=list(meetings.attendance(meeting_id).values()), kinds=MEETINGS, questions=QUESTIONS,
                           manages=allowed(acting(), MANAGE, Target((where.path,))))


@requires("unit_desk.manage")
def edit_meeting(meeting_id: uuid.UUID) -> str:
    """The form to put it right."""
    row, where = _found(meeting_id, MANAGE)
    return _form(where, row)


@requires("unit_desk.manage")
def change_meeting(meeting_id: uuid.UUID) -> Any:
    """Put it right, or remove it after a question."""
    row, where = _found(meeting_id, MANAGE)
    if request.form.get("act") == "remove":
        question = asked(_("删除这次会议的登记吗？删除后不能恢复。"), _("删除"), url_for("unit_desk.meeting_one", meeting_id=meeting_id))
        return question if question is not None else attempt(lambda: meetings.remove(meeting_id, version()), _("已删除。"), at("unit_desk.meeting_list", where))
    return attempt(lambda: meetings.change(meeting_id, version(), where, _given(), chosen("member")), _("已保存。"),
                   url_for("unit_desk.meeting_one", meeting_id=meeting_id), lambda error: _form(where, row, error))


@requires("unit_desk.read")
def export_meetings() -> Any:
    """The meetings as a table."""
    return at_desk("unit_desk.meeting_list", _export)


def _export(where: Desk) -> FlaskResponse:
    rows = session().execute(meetings.listed(where)).all()
    columns = [Column("held_on", _("日期"), 12, "date"), Column("kind", _("会议"), 12), Column("place", _("地点"), 24), Column("came", _("参加人数"), 10, "integer"),
               Column("summary", _("会议情况"), 60)]
    audit("unit_desk.exported", "organization", where.id, {"what": "meetings", "rows": len(rows)})
    return exported(_("动员会和座谈会"), columns, ((row.held_on, str(MEETINGS[row.kind]), row.place, row.came, row.summary) for row in rows))


ROUTES: tuple[Route, ...] = (
    ("/meetings/", "meeting_list", meeting_list, "GET"), ("/meetings/new", "new_meeting", new_meeting, "GET"),
    ("/meetings/new", "hold_meeting", hold_meeting, "POST"), ("/meetings/<uuid:meeting_id>", "meeting_one", meeting_one, "GET"),
    ("/meetings/<uuid:meeting_id>/edit", "edit_meeting", edit_meeting, "GET"), ("/meetings/<uuid:meeting_id>/edit", "change_meeting", change_meeting, "POST"),
    ("/meetings/export", "export_meetings", export_meetings, "GET"))
