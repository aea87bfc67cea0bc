"""The officer's list: wishes of one state at a time, what is overdue, search by form, and the workbook to take along."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import PRIORITY_GROUPS, Column, _, acting, audit, current_tenant, grants_for, requires, today
from core.pages import Route, after, following, workbook
from plugins.wishes import queries, words
from plugins.wishes.pages.doing import managed_places, shown
from plugins.wishes.queries import PAGE, Filters

LONGEST = 50


@requires("wishes.read")
def index() -> str | Response:
    """The list of one tab; who looks after a unit only is led to the unit's page."""
    if all(grant.kind == "unit" for grant in grants_for(acting(), "wishes.read")):
        return redirect(url_for("wishes.unit"), 303)
    return _list("")


@requires("wishes.read")
def search() -> str | Response:
    """The same for a number, a title, a name or a telephone number; by form, since these have no place in an address."""
    text = request.form.get("q", "").strip()[:LONGEST]
    return _list(text) if text else redirect(url_for("wishes.index", tab=_filters("").state), 303)


@requires("wishes.read")
def export() -> Response:
    """The list as a workbook, without anybody's name or contact."""
    filters = _filters("")
    columns = [Column("number", _("编号"), 14, "code"), Column("community", _("社区"), 20), Column("kind", _("种类"), 10),
               Column("group", _("群体"), 20), Column("title", _("心愿"), 40), Column("state", _("进度"), 10),
               Column("received_on", _("收到日期"), 12, "date"), Column("due_on", _("完成期限"), 12, "date"), Column("ended_on", _("办结日期"), 12, "date")]
    audit("wishes.exported", "wishes_wish", None, {"state": filters.state, "overdue": filters.overdue})
    return workbook(_("微心愿"), columns, _cells(filters), _("微心愿清单"))


def _cells(filters: Filters) -> Iterator[list[Any]]:
    for row in queries.exported(filters):
        yield [row.number, row.community, str(words.KINDS[row.kind]), _group(row.recipient_group), row.title or _("（还没有审核）"),
               str(words.STATES[row.state]), row.received_on, row.due_on, row.ended_on]


def _group(key: str | None) -> str:
    return str(PRIORITY_GROUPS.get(key, key)) if key else ""


def _filters(text: str) -> Filters:
    tab = request.values.get("tab", "")
    kind = request.values.get("kind", "")
    return Filters(state=tab if tab in queries.TABS else "submitted", kind=kind if kind in words.KINDS else "",
                   group=request.values.get("group", "")[:20], overdue=tab == "overdue", text=text)


def _list(text: str) -> str:
    filters = _filters(text)
    found = queries.listed(filters, after())
    tab = "overdue" if filters.overdue else filters.state
    titles = {"submitted": words.STATES["submitted"], "overdue": _("超期"), **{state: words.STATES[state] for state in queries.TABS[1:]}}
    tabs = [{"title": str(title), "url": url_for("wishes.index", tab=name, kind=filters.kind or None, group=filters.group or None),
             "active": name == tab and not text} for name, title in titles.items()]
    rows = [{"id": row.id, "number": row.number, "title": row.title or _("（还没有审核）"), "kind": str(words.KINDS[row.kind]),
             "group": _group(row.recipient_group) or "—", "community": row.community, "state": row.state, "received_on": row.received_on,
             "due_on": row.due_on, "late": row.alarm_on is not None and row.alarm_on < today(), "verdict": row.verdict, "rated": row.rated,
             "harder": row.harder, "url": url_for("wishes.show", matter_id=row.id)} for row in found[:PAGE]]
    actor, walls = acting(), managed_places(2)
    return render_template(
        "wishes/index.html", rows=rows, tabs=tabs, tab=tab, text=text, filters=filters, own_groups=words.groups(None), may_enter=actor.can("wishes.enter"),
        may_manage=actor.can("wishes.manage"),
        wall=url_for("wishes_public.wall", slug=current_tenant().slug, code=walls[0].code) if len(walls) == 1 else None,
        one_place=len({row.community for row in found}) < 2,
        following=following(found, PAGE), **shown())


ROUTES: tuple[Route, ...] = (("/", "index", index, "GET"), ("/search", "search", search, "POST"), ("/export", "export", export, "GET"))
