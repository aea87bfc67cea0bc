"""The community's list: the packs of a period, at which point each stands, and one press for what was ticked."""
from __future__ import annotations

import uuid

from flask import Response as FlaskResponse, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Forbidden, NotFound, _, acting, audit, requires
from core.pages import Route, after, attempt, chosen_versions, file, following, me, said
from plugins.feedback import missing, moving, periods, queries, rights, sheets
from plugins.feedback.pages.doing import lines
from plugins.feedback.words import STATES

LONGEST = 50


@requires("feedback.read")
def index() -> str | Response:
    """The list; a liaison, who has no community, is led to the unit's."""
    if not acting().can("feedback.run") and acting().can("feedback.answer"):
        return redirect(url_for("feedback.unit"), 303)
    return _list("")


@requires("feedback.read")
def search() -> str | Response:
    """The same for a part of a unit's name."""
    text = said("q")[:LONGEST]
    return _list(text) if text else redirect(url_for("feedback.index", tab=_tab(), period=_period()), 303)


def _tab() -> str:
    tab = request.values.get("tab", "all")
    return tab if tab in queries.TABS else "all"


def _period() -> str:
    key = request.values.get("period", "")
    return periods.parse(key).key if key else periods.usual(_place()).key


def _place() -> uuid.UUID | None:
    return next((identity for identity, _name in queries.own_communities()), None)


def _list(text: str) -> str:
    tab, period = _tab(), _period()
    found, counts = queries.listed(tab, period, text, after()), queries.counts(period)
    titles = {"all": _("全部"), **{state: str(word) for state, word in STATES.items()}}
    tabs = [{"title": titles[name], "url": url_for("feedback.index", tab=name, period=period), "active": name == tab,
             "count": counts.get(name)} for name in queries.TABS if name in ("all", tab) or counts.get(name)]
    offered = {one.key: periods.words(one.key) for one in periods.offered(_place())}
    past, manages = missing.past(), acting().can("feedback.manage")
    return render_template(
        "feedback/index.html", rows=lines(found[:queries.PAGE]), tabs=tabs, tab=tab, text=text, period=period, when=periods.words(period),
        offered=offered if period in offered else {period: periods.words(period), **offered}, following=following(found, queries.PAGE),
        manages=manages, step={"draft": "review", "reviewed": "sign", "signed": "send"}.get(tab, "") if manages else "",
        own=queries.own_communities(), unread=len(queries.unread("community")) if manages else 0, signer=acting().display_name,
        unsent=missing.unsent(past) if manages else None, nothing=manages and missing.without_packs(past), past=periods.words(past.key),
        past_key=past.key, empty=not sum(counts.values()))


@requires("feedback.manage")
def step() -> Response:
    """Review, sign or send all that was ticked; what somebody else was faster with is left as it is."""
    kind = said("step")
    ticked = [(identity, version) for identity, version in chosen_versions("pack") if _mine(identity)]
    steps = {"review": lambda one, version: moving.review(one, version, by=me()),
             "sign": lambda one, version: moving.sign(one, version, said("signer"), by=me()), "send": moving.send}
    if kind not in steps:
        raise NotFound

    def do() -> None:
        if not moving.many(ticked, steps[kind]):
            raise Conflict(_("没有办理任何一份：请先勾选，或刷新页面后再试。由谁签发请看本地的规定。"))
    done = {"review": _("所选反馈已审核。"), "sign": _("所选反馈已签发。"), "send": _("所选反馈已送出，单位可以看到。")}
    begins = {"review": "draft", "sign": "reviewed", "send": "signed"}
    return attempt(do, done[kind], url_for("feedback.index", tab=begins[kind], period=_period()))


def _mine(feedback_pack_id: uuid.UUID) -> bool:
    try:
        rights.require_manage(feedback_pack_id)
    except (NotFound, Forbidden):
        return False
    return True


@requires("feedback.read")
def export() -> FlaskResponse:
    """The list of a tab as a table."""
    period = _period()
    audit("feedback.exported", "feedback_pack", None, {"what": _tab(), "period": period})
    return file(sheets.listing(queries.all_listed(_tab(), period), period), "xlsx", _("双向反馈"))


ROUTES: tuple[Route, ...] = (("/", "index", index, "GET"), ("/search", "search", search, "POST"), ("/step", "step", step, "POST"),
                             ("/export", "export", export, "GET"))
