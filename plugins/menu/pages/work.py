"""The officer's work list: requests by state, what waits too long, a search that leaves nothing in the address, and the export."""
from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response as FlaskResponse, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Column, _, acting, audit, grants_for, organization_names, requires, term, today
from core.pages import after, said, workbook
from plugins.menu import exporting, queries, words
from plugins.menu.pages.doing import GET, POST, WORDS, Route, provider_words

TABS = (queries.OVERDUE, "new", "open", "waiting", "proposed", "agreed", "done", "closed")
LONGEST = 40


@requires("menu.read")
def index() -> str:
    """The requests of one state within reach."""
    tab = request.args.get("tab", "")
    return _list(tab if tab in TABS else queries.OVERDUE if queries.overdue("menu.read") else "open", "")


@requires("menu.read")
def search() -> str | Response:
    """Those of a telephone number, or whose title begins with what was typed."""
    text = said("q")[:LONGEST]
    return _list("", text) if text else redirect(url_for("menu.index"), 303)


def _list(tab: str, text: str) -> str:
    found = queries.found("menu.read", text) if text else queries.requests("menu.read", tab, after())
    page = found[:queries.PAGE]
    names, provider = organization_names(row.community_id for row in page), provider_words(page)
    titles = {queries.OVERDUE: _("超时未答复"), **{state: str(words.REQUESTS[state]) for state in TABS[1:]}}
    rows = [{"title": row.title or _("（待整理）"), "category": row.category or "—", "state": row.state, "community": names.get(row.community_id),
             "provider": provider(row), "wished": WORDS["wished_said"](row.wished), "answer_by": row.answer_by, "late": _late(row),
             "url": url_for("menu.request", matter_id=row.id)} for row in page]
    return render_template("menu/index.html", rows=rows, tab=tab, text=text, words=words, titles=titles, may=_may(),
                           following=found[queries.PAGE - 1].id if not text and len(found) > queries.PAGE else None,
                           tabs=[{"title": title, "url": url_for("menu.index", tab=name), "active": name == tab} for name, title in titles.items()])


def _late(row: Any) -> bool:
    return row.state in ("new", "open", "waiting") and row.answer_by < today()


def _may() -> dict[str, bool]:
    return {"enter": acting().can("menu.enter"), "manage": acting().can("menu.manage")}


@requires("menu.read")
def export() -> FlaskResponse:
    """All requests within reach, without anything of the residents."""
    columns = [Column("community", term("community")), Column("title", _("需要"), 26), Column("category", _("分类")), Column("channel", _("来源")),
               Column("state", _("进度")), Column("provider", _("服务方"), 20), Column("wished", _("希望时间"), 22), Column("asked_on", _("提出日期"), kind="date"),
               Column("begins", _("约定时间"), 22), Column("place", _("地点"), 20)]
    rows = list(_cells(exporting.requests("menu.read")))
    audit("menu.exported", "menu_request", None, {"rows": len(rows)})
    return workbook(_("点单"), columns, rows, _("点单台账"))


def _cells(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    names, provider = organization_names({row.community_id for row in rows}), provider_words(rows)
    for row in rows:
        yield (names.get(row.community_id), row.title, row.category, str(words.CHANNELS[row.channel]), str(words.REQUESTS[row.state]),
               provider(row), WORDS["wished_said"](row.wished), exporting.local_day(row.created_at),
               exporting.moment(row.begins_at), row.place)


def communities_of(permission: str) -> list[tuple[uuid.UUID, str]]:
    """The communities for which the officer holds a permission, by name: those that the own grants are over."""
    return [(grant.organization_id, grant.name) for grant in grants_for(acting(), permission) if grant.kind == "community"]


ROUTES: tuple[Route, ...] = (("/", "index", index, GET), ("/search", "search", search, POST), ("/export", "export", export, GET))
