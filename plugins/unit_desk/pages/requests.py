"""Targeted requests at the unit's desk: asking one or several, the answer keyed in for whoever has no phone, the slip, the history."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response as FlaskResponse, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Column, Conflict, Invalid, _, audit, requires, session, today
from core.pages import Route, after, asked, attempt, chosen, day, following, me, refused, said, ticket, version
from plugins.unit_desk import requesting
from plugins.unit_desk.desks import MANAGE, Desk, page, people, require_unit
from plugins.unit_desk.models import Request
from plugins.unit_desk.pages.doing import MOST, PAGE, at, at_desk, exported, tab_of, tabs_at, work_desk
from plugins.unit_desk.words import ANSWERS, REQUEST_TONES, REQUESTS


@requires("unit_desk.manage")
def request_list() -> Any:
    """Requests of the desk by state."""
    return at_desk("unit_desk.request_list", _list, MANAGE)


def _list(where: Desk) -> str:
    tab = tab_of(requesting.TABS)
    query = requesting.listed(where, tab)
    if (start := after()) is not None:
        query = query.where(Request.id > start if tab in requesting.LIVE else Request.id < start)
    rows = session().execute(query.limit(PAGE + 1)).all()
    return render_template("unit_desk/requests.html", desk=where, rows=rows[:PAGE], tab=tab, following=following(rows, PAGE), today=today(),
                           tabs=tabs_at("unit_desk.request_list", where, REQUESTS, tab), words=REQUESTS, tones=REQUEST_TONES, manages=where.managed())


@requires("unit_desk.manage")
def new_request() -> Any:
    """The form: what, until when, and whom, ticked from the roster."""
    return _form(work_desk())


def _form(where: Desk, error: Invalid | Conflict | None = None) -> str:
    rows = page(where, people(where), None, MOST)
    ticked = request.form.getlist("member") or [request.args.get("member", "")]
    return render_template("unit_desk/request_new.html", desk=where, rows=rows[:MOST], ticked=ticked, error=refused(error), typed=said,
                           key=ticket("key"), today=today())


@requires("unit_desk.manage")
def ask() -> Any:
    """Ask those ticked."""
    where = work_desk()
    return attempt(lambda: requesting.ask(where, ticket("key"), chosen("member"), said("says"), day("due_on"), by=me()),
                   _("已提出，党员在手机上可以看到；没有手机的，请打印通知单。"), at("unit_desk.request_list", where), lambda error: _form(where, error))


@requires("unit_desk.manage")
def request_one(unit_request_id: uuid.UUID) -> str:
    """One request with its history."""
    return _show(_mine(unit_request_id))


def _mine(unit_request_id: uuid.UUID) -> Any:
    row = requesting.one(unit_request_id)
    require_unit(row.unit_id, MANAGE)
    return row


def _show(row: Any, error: Invalid | Conflict | None = None) -> str:
    return render_template("unit_desk/request.html", row=row, lines=requesting.lines([row.id]).get(row.id, []), words=REQUESTS, tones=REQUEST_TONES,
                           answers=ANSWERS, error=refused(error), typed=said, today=today())


@requires("unit_desk.manage")
def act_on_request(unit_request_id: uuid.UUID) -> Any:
    """Key in an answer, close it, ask again, remind, or take it back."""
    row, act, back = _mine(unit_request_id), said("act"), url_for("unit_desk.request_one", unit_request_id=unit_request_id)
    acts = {"answer": (lambda: requesting.answer(unit_request_id, version(), said("says"), by_member=True, by=me()), _("已登记答复。")),
            "done": (lambda: requesting.finish(unit_request_id, version(), said("says"), by_member=False, by=me()), _("已办结。")),
            "reopen": (lambda: requesting.reopen(unit_request_id, version(), said("says"), by=me()), _("已重新提出。")),
            "remind": (lambda: requesting.remind(unit_request_id, version(), by=me()), _("已记下提醒，党员在“单位事项”中可以看到。")),
            "withdraw": (lambda: requesting.withdraw(unit_request_id, version(), said("says"), by=me()), _("已撤回。"))}
    if act not in acts:
        raise Invalid(_("请选择要办的事。"))
    if act == "withdraw" and (question := asked(_("撤回这项要求吗？党员会看到撤回的原因。"), _("撤回"), back)) is not None:
        return question
    action, done = acts[act]
    return attempt(action, done, back, lambda error: _show(row, error))


@requires("unit_desk.manage")
def request_slip(unit_request_id: uuid.UUID) -> str:
    """The slip for a member without a phone, to be printed and answered on."""
    return render_template("unit_desk/request_slip.html", row=_mine(unit_request_id), today=today())


@requires("unit_desk.manage")
def export_requests() -> Response:
    """The list of a state as a table."""
    return at_desk("unit_desk.request_list", _export, MANAGE)


def _export(where: Desk) -> FlaskResponse:
    rows = session().execute(requesting.listed(where, tab_of(requesting.TABS))).all()
    columns = [Column("name", _("姓名"), 12), Column("unit", _("单位"), 28), Column("says", _("要求"), 40), Column("asked_on", _("提出日期"), 12, "date"),
               Column("due_on", _("期限"), 12, "date"), Column("state", _("状态"), 12), Column("ended_on", _("办结日期"), 12, "date")]
    audit("unit_desk.exported", "organization", where.id, {"what": "requests", "rows": len(rows)})
    return exported(_("对党员的要求"), columns, (
        (row.name, row.unit_name, row.says, row.asked_on, row.due_on, str(REQUESTS[row.state]), row.ended_on) for row in rows))


ROUTES: tuple[Route, ...] = (
    ("/requests/", "request_list", request_list, "GET"), ("/requests/new", "new_request", new_request, "GET"), ("/requests/new", "ask", ask, "POST"),
    ("/requests/<uuid:unit_request_id>", "request_one", request_one, "GET"), ("/requests/<uuid:unit_request_id>", "act_on_request", act_on_request, "POST"),
    ("/requests/<uuid:unit_request_id>/slip", "request_slip", request_slip, "GET"), ("/requests/export", "export_requests", export_requests, "GET"))
