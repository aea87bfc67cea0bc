"""The officer's work list: what waits for one's approval, and the cases of every state within reach, by name."""
from __future__ import annotations

import uuid

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Forbidden, Invalid, NotFound, _, acting, requires
from core.pages import Route, after, attempt, following, me
from plugins.stars import cases, documents, queries, rights
from plugins.stars.pages.doing import STATES, TONES, reached_case
from plugins.stars.schema import STEPS

LONGEST, MOST = 50, 200


@requires("stars.read")
def index() -> str:
    """The list of one tab."""
    return _list("")


@requires("stars.read")
def search() -> str | Response:
    """The same for the beginning of a name, its pinyin or its initials; by form, since a name has no place in an address."""
    text = request.form.get("q", "").strip()[:LONGEST]
    return _list(text) if text else redirect(url_for("stars.index", tab=_tab()), 303)


@requires("stars.approve")
def approve_many() -> Response:
    """Give the approval to everything that was ticked; what somebody else was faster with is left as it is."""
    chosen = request.form.getlist("case")[:MOST]

    def each() -> None:
        passed = [approved for text in chosen if (approved := _approve_one(text))]
        if not passed:
            raise Conflict(_("没有通过任何一项：请先勾选，或刷新页面后再试。"))
    return attempt(each, _("已通过所选各项。"), url_for("stars.index"))


def _approve_one(text: str) -> bool:
    identity, _sep, version = text.partition(":")
    try:
        row, places = reached_case(uuid.UUID(identity), "stars.approve")
        target = rights.target_of(places)
        if row.step_level is None or not rights.may_decide(acting(), "stars.approve", [row.step_level], target, places):
            return False
        cases.approve(row.id, int(version), by=me())
    except (ValueError, NotFound, Forbidden, Conflict, Invalid):
        return False
    return True


def _tab() -> str:
    tab = request.values.get("tab", "")
    if tab in queries.TABS:
        return tab
    return "mine" if acting().can("stars.approve") else "candidate"


def _list(text: str) -> str:
    tab, actor = _tab(), acting()
    found = queries.cases(actor, tab, text, after())
    counts, packs = queries.count_cases(actor), queries.packs_by_id()
    titles = {"mine": _("待我审批"), **{state: str(STATES[state]) for state in queries.TABS[1:]}}
    tabs = [{"title": titles[name], "url": url_for("stars.index", tab=name), "active": name == tab, "count": counts.get(name)}
            for name in queries.TABS]
    rows = [{"id": row.id, "name": row.name, "unit": row.unit_name or "—", "scheme": packs[row.pack_id].title,
             "level": documents.level_name(packs[row.pack_id].document, row.level), "cut_off": row.cut_off, "state": row.state,
             "step": str(STEPS[row.step_level]) if row.step_level else "", "choice": f"{row.id}:{row.version}",
             "url": url_for("stars.case", case_id=row.id)} for row in found[:queries.PAGE]]
    return render_template("stars/index.html", rows=rows, tabs=tabs, tab=tab, text=text, states=STATES, tones=TONES,
                           following=following(found, queries.PAGE), may_manage=actor.can("stars.manage"),
                           some=bool(packs))


ROUTES: tuple[Route, ...] = (("/", "index", index, "GET"), ("/search", "search", search, "POST"),
                             ("/approve", "approve_many", approve_many, "POST"))
