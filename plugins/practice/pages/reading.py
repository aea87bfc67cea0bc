"""The library: lists, search, one entry, and what can be done with it."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response as FlaskResponse, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import (
    Column,
    Conflict,
    Invalid,
    NotFound,
    _,
    acting,
    allowed,
    audit,
    current_tenant,
    organization,
    place_target,
    requires,
    settings,
)
from core.pages import after, asked, attempt, said, version, workbook
from plugins.practice import queries, writing
from plugins.practice.pages.doing import Route, own_place, places
from plugins.practice.words import MEDIA, SORTS, STATES, TONES, blocks

LONGEST = 50


@requires("practice.read")
def index() -> str:
    """One tab."""
    return _list("")


@requires("practice.read")
def search() -> str:
    """What is looked for, by form."""
    return _list(said("q")[:LONGEST])


def _tab() -> str:
    tab = request.values.get("tab", "")
    return tab if tab in queries.TABS else "practice"


def _list(text: str) -> str:
    tab, themes = _tab(), settings("practice")["themes"]
    theme = request.values.get("theme", "")
    found = queries.listed(tab, text, theme if theme in themes else "", after())
    titles = {**SORTS, "draft": STATES["draft"], "withdrawn": STATES["withdrawn"]}
    tabs = [{"title": str(titles[name]), "url": url_for("practice.index", tab=name), "active": name == tab} for name in queries.TABS]
    rows = [{**row, "url": url_for("practice.show", practice_entry_id=row["id"])} for row in found[:queries.PAGE]]
    following = rows[-1]["id"] if len(found) > queries.PAGE else None
    return render_template("practice/index.html", rows=rows, tabs=tabs, tab=tab, text=text, theme=theme, themes=themes, following=following,
                           sorts=SORTS, public=url_for("practice_public.column", slug=current_tenant().slug))


@requires("practice.read")
def show(practice_entry_id: uuid.UUID) -> str:
    """One entry."""
    return _page(practice_entry_id)


def _page(entry_id: uuid.UUID, error: Invalid | Conflict | None = None) -> str:
    row, actor = queries.entry(entry_id), acting()
    target = place_target(row.organization_id)
    writes, reviews = allowed(actor, "practice.write", target), allowed(actor, "practice.review", target)
    may = {"edit": writes, "publish": reviews and row.state != "published" and row.made_by != actor.account_id,
           "take_down": (writes or reviews) and row.state != "withdrawn", "consent": writes and row.member_id is not None,
           "recommend": row.sort == "practice" and row.state == "published" and reviews, "use": row.sort == "practice" and row.state == "published"}
    return render_template("practice/show.html", row=row, place=organization(row.organization_id).name, blocks=blocks, may=may, sorts=SORTS,
                           states=STATES, tones=TONES, media=MEDIA, uses=queries.uses(entry_id), places=places("practice.write"),
                           recommended=organization(row.recommended_by).name if row.recommended_by else "", message=error.message if error else None)


@requires("practice.review")
def publish(practice_entry_id: uuid.UUID) -> Response:
    """Publish what was reviewed, in the public column too where it is ticked."""
    queries.written(practice_entry_id, "practice.review")
    return _do(practice_entry_id, lambda: writing.publish(practice_entry_id, version(), in_column=said("in_column") == "yes"), _("已发布。"))


@requires("practice.write")
def take_down(practice_entry_id: uuid.UUID) -> Response | str:
    """Take it down at once, with a reason."""
    queries.written(practice_entry_id, "practice.write")
    if len(said("reason")) > 1 and (question := asked(_("确定撤下吗？公开专栏上同时不再显示，以后可以重新审核发布。"), _("撤下"), _address(practice_entry_id))):
        return question
    return _do(practice_entry_id, lambda: writing.take_down(practice_entry_id, version(), said("reason")), _("已撤下。"))


@requires("practice.review")
def recommend(practice_entry_id: uuid.UUID) -> Response:
    """Recommend it below, or no longer."""
    queries.written(practice_entry_id, "practice.review")
    wanted = said("recommended") == "yes"
    return _do(practice_entry_id, lambda: writing.recommend(practice_entry_id, version(), own_place("practice.review"), recommended=wanted),
               _("已推荐。") if wanted else _("已取消推荐。"))


@requires("practice.write")
def use(practice_entry_id: uuid.UUID) -> Response:
    """Say that one's own place uses it too."""
    queries.entry(practice_entry_id)
    return _do(practice_entry_id, lambda: writing.use(practice_entry_id, own_place("practice.write"), said("remark")), _("已登记，谢谢您的分享。"))


@requires("practice.write")
def consent(practice_entry_id: uuid.UUID) -> Response:
    """What the member says on paper; nobody says it for oneself as an officer."""
    row = queries.written(practice_entry_id, "practice.write")
    if row.member_id is None or row.member_id == acting().member_id:
        raise NotFound
    agrees = said("answer") == "agree"
    return _do(practice_entry_id, lambda: writing.say(practice_entry_id, version(), agrees=agrees), _("已登记本人的意见。"))


def _do(entry_id: uuid.UUID, action: Any, done: str) -> Response:
    return attempt(action, done, _address(entry_id), lambda error: _page(entry_id, error))


def _address(entry_id: uuid.UUID) -> str:
    return url_for("practice.show", practice_entry_id=entry_id)


@requires("practice.read")
def export() -> FlaskResponse:
    """The newest of a tab as a table."""
    rows = queries.listed(_tab())[:queries.PAGE]
    columns = [Column("title", _("标题"), 30), Column("theme", _("主题"), 12), Column("place", _("单位（社区）"), 24), Column("effect", _("成效"), 40),
               Column("published_on", _("发布日期"), 12, "date"), Column("recommended", _("推荐"), 16), Column("uses", _("借鉴"), 8, "integer")]
    audit("practice.exported", "practice_entry", None, {"what": _tab(), "count": len(rows)})
    return workbook(_("经验推广"), columns, rows, _("经验推广导出"))


_BASE = "/entries/<uuid:practice_entry_id>"
ROUTES: tuple[Route, ...] = (
    ("/", "index", index, ["GET"]), ("/search", "search", search, ["POST"]), ("/export", "export", export, ["GET"]), (_BASE, "show", show, ["GET"]),
    (f"{_BASE}/publish", "publish", publish, ["POST"]), (f"{_BASE}/take-down", "take_down", take_down, ["POST"]),
    (f"{_BASE}/recommend", "recommend", recommend, ["POST"]), (f"{_BASE}/use", "use", use, ["POST"]), (f"{_BASE}/consent", "consent", consent, ["POST"]))
