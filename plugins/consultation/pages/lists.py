"""The two lists: what my unit or department has asked, and what my community is asked; each look at names is noted."""
from __future__ import annotations

from typing import Any

from flask import Response as FlaskResponse, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import _, acting, audit, requires
from core.pages import Route, after, following, workbook
from plugins.consultation import queries, rights
from plugins.consultation.pages.doing import list_columns

MOST = 1000


def _tab() -> str:
    tab = request.values.get("tab", "open")
    return tab if tab in queries.TABS else "open"


def _list(side: str, endpoint: str) -> str:
    tab, counts = _tab(), queries.counts(side)
    found = queries.listed(side, tab, after())
    titles = {"open": _("待答复"), "late": _("逾期未答复"), "answered": _("已答复"), "withdrawn": _("已撤回")}
    tabs = [{"title": titles[name], "url": url_for(endpoint, tab=name), "active": name == tab,
             "count": counts[name] if counts[name] < queries.MOST else f"{queries.MOST - 1}+"} for name in queries.TABS]
    rows = found[:queries.PAGE]
    if rows:
        audit("consultation.listed", "consultation_request", None, {"side": side, "count": len(rows)})
    return render_template("consultation/list.html", side=side, rows=rows, tabs=tabs, tab=tab, following=following(found, queries.PAGE),
                           may_ask=bool(rights.own_places(rights.ASK)), may_counts=acting().can(rights.COUNTS),
                           whole=side == "asked" and rights.leads_others())


@requires("consultation.ask")
def index() -> str:
    """What was asked in the name of my unit or department."""
    return _list("asked", "consultation.index")


@requires("consultation.sign")
def inbox() -> str:
    """What my community is asked; for a street, what it has to sign as the second."""
    return _list("to_answer", "consultation.inbox")


def _export(side: str, title: str) -> FlaskResponse:
    rows: list[dict[str, Any]] = queries.listed(side, _tab(), limit=MOST)[:MOST]
    audit("consultation.exported", "consultation_request", None, {"side": side, "count": len(rows)})
    return workbook(title, list_columns(), rows, title)


@requires("consultation.ask")
def export() -> Response:
    """The list of a tab as a workbook, the thousand nearest."""
    return _export("asked", _("征求意见"))


@requires("consultation.sign")
def export_inbox() -> Response:
    """The community's list of a tab as a workbook."""
    return _export("to_answer", _("答复征求意见"))


ROUTES: tuple[Route, ...] = (("/", "index", index, "GET"), ("/inbox", "inbox", inbox, "GET"), ("/export", "export", export, "GET"),
                             ("/inbox/export", "export_inbox", export_inbox, "GET"))
