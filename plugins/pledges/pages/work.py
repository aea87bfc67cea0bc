"""The community's list: what waits to be published, what is due, what asks for a new deadline, and every state, within reach."""
from __future__ import annotations

import uuid

from flask import Response as FlaskResponse, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Forbidden, NotFound, _, acting, audit, authorize, current_tenant, organization, place_target, requires
from core.pages import Route, after, attempt, chosen_versions, following, public_address
from plugins.pledges import board, filing, papers, publishing, queries, rights
from plugins.pledges.pages.doing import days, lines, workbook
from plugins.pledges.words import STATES

LONGEST = 50


@requires("pledges.read")
def index() -> str | Response:
    """The list of one tab; a liaison, who has no community, is led to the unit's."""
    if not acting().can("pledges.manage") and acting().can("pledges.file") and "tab" not in request.args:
        return redirect(url_for("pledges.unit"), 303)
    return _list("")


@requires("pledges.read")
def search() -> str | Response:
    """The same for the beginning of a name, its pinyin or its initials; by form, since a name has no place in an address."""
    text = request.form.get("q", "").strip()[:LONGEST]
    return _list(text) if text else redirect(url_for("pledges.index", tab=_tab()), 303)


def _tab() -> str:
    tab = request.values.get("tab", "")
    return tab if tab in queries.TABS else "waiting" if acting().can("pledges.manage") else "open"


def _list(text: str) -> str:
    tab, horizon = _tab(), days()
    found = queries.listed(tab, text, after(), horizon)
    counts = queries.counts(horizon)
    titles = {"waiting": _("待公开"), "due": _("将到期和逾期"), "asked": _("申请延期"), **{state: str(word) for state, word in STATES.items()}}
    tabs = [{"title": titles[name], "url": url_for("pledges.index", tab=name), "active": name == tab,
             "count": board.counted(counts[name]) if name in counts else None} for name in queries.TABS]
    actor = acting()
    return render_template("pledges/index.html", rows=lines(found[:queries.PAGE]), tabs=tabs, tab=tab, text=text, days=horizon,
                           following=following(found, queries.PAGE), may_manage=actor.can("pledges.manage"), boards=_boards(),
                           objections=counts["objections"])


def _boards() -> list[dict[str, str]]:
    slug = current_tenant().slug
    return [{"name": name, "board": url_for("pledges_public.board", slug=slug, code=organization(identity).code),
             "screen": url_for("pledges_public.screen", slug=slug, code=organization(identity).code),
             "poster": url_for("pledges.poster", community_id=identity)} for identity, name in queries.boards(acting())[:3]]


@requires("pledges.manage")
def publish_many() -> Response:
    """Publish all that was ticked; what somebody else was faster with is left as it is."""
    ticked = [(identity, version) for identity, version in chosen_versions("pledge") if _mine(identity)]

    def do() -> None:
        if not publishing.publish_many(ticked):
            raise Conflict(_("没有公开任何一项：请先勾选，或刷新页面后再试。"))
    return attempt(do, _("已公开所选承诺。"), url_for("pledges.index", tab="waiting"))


def _mine(pledge_id: uuid.UUID) -> bool:
    try:
        rights.require_decision(pledge_id)
    except (NotFound, Forbidden):
        return False
    return True


@requires("pledges.read")
def remind() -> Response:
    """Note that the members of the ticked pledges were reminded, by the community or by the unit."""
    ticked = [identity for identity, _version in chosen_versions("pledge") if _followed(identity)]

    def do() -> None:
        if not filing.remind(ticked):
            raise Conflict(_("没有可提醒的承诺：请先勾选践诺中的承诺。"))
    back = url_for("pledges.unit", tab="due") if request.form.get("from") == "unit" else url_for("pledges.index", tab="due")
    return attempt(do, _("已记下提醒，党员在“我的承诺”中可以看到。"), back)


def _followed(pledge_id: uuid.UUID) -> bool:
    try:
        rights.require_following(pledge_id)
    except (NotFound, Forbidden):
        return False
    return True


@requires("pledges.read")
def export() -> FlaskResponse:
    """The list of a tab as a table."""
    audit("pledges.exported", "pledges_pledge", None, {"what": _tab()})
    return workbook(_("公开承诺"), queries.all_of(_tab(), days()), _("公开承诺导出"))


@requires("pledges.read")
def poster(community_id: uuid.UUID) -> FlaskResponse:
    """What is open, as a poster for the notice board, A3 or A4."""
    authorize(acting(), "pledges.read", place_target(community_id))
    place = organization(community_id)
    if place.kind != "community":
        raise NotFound
    address = public_address("pledges_public.board", slug=current_tenant().slug, code=place.code)
    content = papers.poster(community_id, place.name, address, size="a3" if request.args.get("size") == "a3" else "a4")
    audit("pledges.poster_printed", "pledges_pledge", None)
    return FlaskResponse(content, mimetype="application/pdf", headers={"Content-Disposition": 'inline; filename="pledges.pdf"'})


ROUTES: tuple[Route, ...] = (("/", "index", index, "GET"), ("/search", "search", search, "POST"), ("/publish", "publish_many", publish_many, "POST"),
                             ("/remind", "remind", remind, "POST"), ("/export", "export", export, "GET"),
                             ("/communities/<uuid:community_id>/poster", "poster", poster, "GET"))
