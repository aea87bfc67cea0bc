"""The unit's list: what its members promised in public, taken to its files in bulk (R21), and what is due (R57)."""
from __future__ import annotations

import uuid

from flask import Response as FlaskResponse, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Forbidden, NotFound, _, audit, requires
from core.pages import Route, after, attempt, chosen_versions, following, me
from plugins.pledges import board, filing, queries, rights
from plugins.pledges.pages.doing import days, lines, workbook


@requires("pledges.file")
def unit() -> str:
    """The list of one tab."""
    tab, horizon = _tab(), days()
    found = queries.of_unit(tab, after(), horizon)
    titles = {"unfiled": _("待备案"), "due": _("将到期和逾期"), "all": _("全部")}
    waiting = queries.count_unfiled()
    tabs = [{"title": title, "url": url_for("pledges.unit", tab=name), "active": name == tab,
             "count": board.counted(waiting) if name == "unfiled" else None} for name, title in titles.items()]
    return render_template("pledges/unit.html", rows=lines(found[:queries.PAGE]), tabs=tabs, tab=tab, following=following(found, queries.PAGE),
                           days=horizon)


def _tab() -> str:
    tab = request.values.get("tab", "")
    return tab if tab in queries.UNIT_TABS else "unfiled"


@requires("pledges.file")
def file_many() -> Response:
    """Take all that was ticked to the unit's files."""
    ticked = [identity for identity, _version in chosen_versions("pledge") if _mine(identity)]

    def do() -> None:
        if not filing.file(ticked, by=me()):
            raise Conflict(_("没有备案任何一项：请先勾选，或刷新页面后再试。"))
    return attempt(do, _("已备案。"), url_for("pledges.unit"))


def _mine(pledge_id: uuid.UUID) -> bool:
    try:
        rights.require(pledge_id, "pledges.file")
    except (NotFound, Forbidden):
        return False
    return True


@requires("pledges.file")
def export_unit() -> FlaskResponse:
    """The list as a table for the unit's files."""
    audit("pledges.exported", "pledges_pledge", None, {"what": f"unit {_tab()}"})
    return workbook(_("承诺备案"), queries.all_of_unit(_tab(), days()), _("承诺备案导出"))


ROUTES: tuple[Route, ...] = (("/unit", "unit", unit, "GET"), ("/unit/file", "file_many", file_many, "POST"),
                             ("/unit/export", "export_unit", export_unit, "GET"))
