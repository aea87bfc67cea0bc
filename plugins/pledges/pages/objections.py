"""Objections for the community: the list, one with its sealed words (each look is noted), the answer, and one that came on paper."""
from __future__ import annotations

import uuid

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Forbidden, Invalid, _, new_id, requires
from core.pages import Route, after, asked, attempt, following, me, refused, said, version
from plugins.pledges import objecting, queries, rights
from plugins.pledges.pages.doing import lines
from plugins.pledges.words import CHANNELS, OBJECTION_TONES, OBJECTIONS


@requires("pledges.manage")
def objections() -> str:
    """The list of one state."""
    state = request.values.get("tab", "open")
    state = state if state in OBJECTIONS else "open"
    found = queries.objections(state, after())
    tabs = [{"title": str(word), "url": url_for("pledges.objections", tab=name), "active": name == state} for name, word in OBJECTIONS.items()]
    return render_template("pledges/objections.html", rows=found[:queries.PAGE], tabs=tabs, state=state, channels=CHANNELS,
                           following=following(found, queries.PAGE))


@requires("pledges.manage")
def objection(pledge_objection_id: uuid.UUID) -> str:
    """One, in clear."""
    rights.of_objection(pledge_objection_id)
    return _page(pledge_objection_id)


def _page(objection_id: uuid.UUID, error: Invalid | Conflict | None = None) -> str:
    row = queries.objection(objection_id)
    return render_template("pledges/objection.html", row=row, seen=objecting.look(objection_id), pledge=lines([queries.one(row.pledge_id)])[0],
                           own=rights.is_own(rights.target(row.pledge_id)), words=OBJECTIONS, tones=OBJECTION_TONES, channels=CHANNELS,
                           error=refused(error) if error else None, typed=said)


@requires("pledges.manage")
def answer(pledge_objection_id: uuid.UUID) -> Response | str:
    """Answer it; upheld, the pledge is marked as not kept."""
    if rights.is_own(rights.target(rights.of_objection(pledge_objection_id))):
        raise Forbidden
    upheld = said("upheld") == "yes"
    back = url_for("pledges.objection", pledge_objection_id=pledge_objection_id)
    if upheld and len(said("answer")) > 1 and (question := asked(_("确定反映属实吗？这项承诺会记为“未兑现”并公开显示。"), _("属实，记为未兑现"), back)):
        return question
    return attempt(lambda: objecting.answer(pledge_objection_id, version(), said("answer"), upheld=upheld, by=me()),
                   _("已答复。"), back, lambda error: _page(pledge_objection_id, error))


@requires("pledges.manage")
def enter(pledge_id: uuid.UUID) -> str:
    """The form for a resident who comes in person or has written on paper."""
    rights.require(pledge_id, "pledges.manage")
    return _form(pledge_id)


def _form(pledge_id: uuid.UUID, error: Invalid | Conflict | None = None) -> str:
    return render_template("pledges/enter.html", row=lines([queries.one(pledge_id)])[0], error=refused(error) if error else None, typed=said,
                           ticket=request.form.get("ticket", type=uuid.UUID) or new_id())


@requires("pledges.manage")
def enter_one(pledge_id: uuid.UUID) -> Response:
    """Write it down for the resident."""
    rights.require(pledge_id, "pledges.manage")
    identity = request.form.get("ticket", type=uuid.UUID) or new_id()
    return attempt(lambda: objecting.raise_objection(identity, pledge_id, said("says"), said("contact"),
                                                     channel="paper", by=me()),
                   _("已登记，请核实后答复。"), url_for("pledges.objections"), lambda error: _form(pledge_id, error))


ROUTES: tuple[Route, ...] = (("/objections/", "objections", objections, "GET"),
                             ("/objections/<uuid:pledge_objection_id>", "objection", objection, "GET"),
                             ("/objections/<uuid:pledge_objection_id>/answer", "answer", answer, "POST"),
                             ("/pledges/<uuid:pledge_id>/object", "enter", enter, "GET"),
                             ("/pledges/<uuid:pledge_id>/object", "enter_one", enter_one, "POST"))
