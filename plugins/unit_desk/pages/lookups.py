"""Looking members up: the list with what is due, noted for many at one press with a remark for each, and taken back."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response as FlaskResponse, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Column, Conflict, Invalid, _, audit, member_years, organization_names, requires, session, today
from core.pages import Route, after, attempt, chosen, day, following, me, refused, said
from plugins.unit_desk import lookups, years
from plugins.unit_desk.desks import MANAGE, Desk, page, require_unit
from plugins.unit_desk.pages.doing import PAGE, at, at_desk, exported, in_hours, tab_of, tabs_at, work_desk
from plugins.unit_desk.periods import lookup_period


@requires("unit_desk.read")
def lookup_list() -> Any:
    """Members with what they did this year, those not looked up yet first."""
    return at_desk("unit_desk.lookup_list", _list)


def _list(where: Desk, error: Invalid | Conflict | None = None) -> str:
    tab = tab_of(lookups.TABS)
    rows = page(where, lookups.listed(where, tab), after(), PAGE)
    shown = rows[:PAGE]
    served = member_years([row.id for row in shown])
    titles = {"due": _("本期还没了解"), "looked": _("本期已了解"), "all": _("全部")}
    return render_template("unit_desk/lookups.html", desk=where, rows=[{**row._mapping, "year": served[row.id]} for row in shown], tab=tab,
                           tabs=tabs_at("unit_desk.lookup_list", where, titles, tab), following=following(rows, PAGE), period=lookup_period(),
                           missed=lookups.missed(where), manages=where.managed(), today=today(), error=refused(error), typed=said,
                           ticked=request.form.getlist("member"), on=said("looked_on") or today().isoformat())


@requires("unit_desk.manage")
def note_lookups() -> Any:
    """Note that those ticked, or all on the page, were looked up, each with the remark beside it."""
    where = work_desk()
    remarks = {member_id: said(f"remark-{member_id}") for member_id in chosen("shown" if request.form.get("all") else "member")}
    return attempt(lambda: lookups.note(where, remarks, day("looked_on"), by=me()), _("已记下。"),
                   at("unit_desk.lookup_list", where, tab=tab_of(lookups.TABS)), lambda error: _list(where, error))


@requires("unit_desk.manage")
def note_lookup(member_id: uuid.UUID) -> Any:
    """The same for one, from the member's page."""
    person = years.person(member_id)
    require_unit(person.unit_id, MANAGE)
    where = Desk(person.unit_id, "unit", person.unit_name, person.unit_path, whole=False, below=False)
    return attempt(lambda: lookups.note(where, {member_id: said("remark")}, day("looked_on"), by=me()), _("已记下。"),
                   url_for("unit_desk.year", member_id=member_id))


@requires("unit_desk.manage")
def take_back_lookup(lookup_id: uuid.UUID) -> Response:
    """Remove one that was noted by mistake."""
    require_unit(lookups.unit_of(lookup_id), MANAGE)
    back = request.form.get("member", type=uuid.UUID)
    return attempt(lambda: lookups.take_back(lookup_id), _("已撤销。"),
                   url_for("unit_desk.year", member_id=back) if back else url_for("unit_desk.lookup_list"))


@requires("unit_desk.read")
def export_lookups() -> Any:
    """Everybody with the day of the latest look-up and what the year counts."""
    return at_desk("unit_desk.lookup_list", _export)


def _export(where: Desk) -> FlaskResponse:
    found, query = lookups.listed(where, "all")
    rows = session().execute(query.order_by(found.c.sort_key, found.c.id)).all()
    served = member_years([row.id for row in rows])
    names = organization_names(row.unit_id for row in rows)
    columns = [Column("name", _("姓名"), 12), Column("unit", _("单位"), 28), Column("looked_on", _("最近了解日期"), 14, "date"),
               Column("activities", _("本年活动次数"), 12, "integer"), Column("records", _("计入服务记录"), 12, "integer"),
               Column("hours", _("服务时长（小时）"), 14, "decimal")]
    audit("unit_desk.exported", "organization", where.id, {"what": "lookups", "rows": len(rows)})
    return exported(_("党员表现了解情况"), columns, ((row.name, names.get(row.unit_id, ""), row.looked_on, served[row.id].activities, served[row.id].records,
                                              in_hours(served[row.id].minutes)) for row in rows))


ROUTES: tuple[Route, ...] = (("/lookups/", "lookup_list", lookup_list, "GET"), ("/lookups/note", "note_lookups", note_lookups, "POST"),
                             ("/members/<uuid:member_id>/lookup", "note_lookup", note_lookup, "POST"),
                             ("/lookups/<uuid:lookup_id>/take-back", "take_back_lookup", take_back_lookup, "POST"),
                             ("/lookups/export", "export_lookups", export_lookups, "GET"))
