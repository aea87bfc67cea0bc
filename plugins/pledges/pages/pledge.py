"""One pledge, for the community and the unit: publishing, its words, its deadline, its end and what residents object to it."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Invalid, _, acting, allowed, audit, authorize, requires, today
from core.pages import Route, asked, attempt, refused, said, version
from plugins.pledges import deadlines, ending, publishing, queries, rights
from plugins.pledges.pages.doing import lines
from plugins.pledges.words import CHANNELS, OBJECTION_TONES, OBJECTIONS


@requires("pledges.read")
def show(pledge_id: uuid.UUID) -> str:
    """The pledge."""
    rights.require(pledge_id, "pledges.read")
    return _page(pledge_id)


def _page(pledge_id: uuid.UUID, error: Invalid | Conflict | None = None) -> str:
    found = rights.target(pledge_id)
    manages = allowed(acting(), "pledges.manage", found) and not rights.is_own(found)
    row = queries.one(pledge_id)
    return render_template("pledges/show.html", row=lines([row])[0], manages=manages, files=allowed(acting(), "pledges.file", found),
                           objections=queries.objections_of([pledge_id]).get(pledge_id, []), objection_words=OBJECTIONS,
                           objection_tones=OBJECTION_TONES, channels=CHANNELS, today=today(), error=refused(error) if error else None,
                           typed=said)


def _do(pledge_id: uuid.UUID, action: Any, done: str) -> Any:
    return attempt(action, done, url_for("pledges.show", pledge_id=pledge_id), lambda error: _page(pledge_id, error))


@requires("pledges.manage")
def publish(pledge_id: uuid.UUID) -> Response:
    """Publish it."""
    rights.require_decision(pledge_id)
    return _do(pledge_id, lambda: publishing.publish(pledge_id, version()), _("已公开，单位可以看到并备案。"))


@requires("pledges.manage")
def take_down(pledge_id: uuid.UUID) -> Response:
    """Take it off the board."""
    rights.require_decision(pledge_id)
    return _do(pledge_id, lambda: publishing.take_down(pledge_id, version(), said("reason")), _("已撤下，不再公开。"))


@requires("pledges.manage")
def correct(pledge_id: uuid.UUID) -> Response:
    """Change its words."""
    rights.require_decision(pledge_id)
    return _do(pledge_id, lambda: publishing.correct(pledge_id, version(), said("text")), _("已改好。"))


@requires("pledges.manage")
def decide_deadline(pledge_id: uuid.UUID) -> Response:
    """Agree to another deadline, or not."""
    rights.require_decision(pledge_id)
    agree = said("decision") == "agree"
    return _do(pledge_id, lambda: deadlines.decide(pledge_id, version(), agree=agree),
               _("已同意延期。") if agree else _("期限不变。"))


@requires("pledges.manage")
def close(pledge_id: uuid.UUID) -> Response | str:
    """Close it by hand, as for work that is written down nowhere else."""
    rights.require_decision(pledge_id)
    outcome = said("outcome")
    if outcome == "not_kept" and (question := asked(_("确定记为“未兑现”吗？公开页面会显示。"), _("记为未兑现"), url_for("pledges.show", pledge_id=pledge_id))):
        return question
    return _do(pledge_id, lambda: ending.close(pledge_id, version(), outcome, said("reason")), _("已办结。"))


@requires("pledges.manage")
def reopen(pledge_id: uuid.UUID) -> Response:
    """Take the end back."""
    rights.require_decision(pledge_id)
    return _do(pledge_id, lambda: ending.reopen(pledge_id, version(), said("reason")), _("已恢复为践诺中。"))


@requires("pledges.read")
def paper(pledge_id: uuid.UUID) -> str:
    """The pledge on a sheet, to be signed and kept, or taken to somebody without a phone."""
    authorize(acting(), "pledges.read", rights.target(pledge_id))
    audit("pledges.printed", "pledges_pledge", pledge_id)
    return render_template("pledges/paper.html", row=lines([queries.one(pledge_id)])[0])


ROUTES: tuple[Route, ...] = (("/pledges/<uuid:pledge_id>", "show", show, "GET"), ("/pledges/<uuid:pledge_id>/publish", "publish", publish, "POST"),
                             ("/pledges/<uuid:pledge_id>/take-down", "take_down", take_down, "POST"),
                             ("/pledges/<uuid:pledge_id>/text", "correct", correct, "POST"),
                             ("/pledges/<uuid:pledge_id>/deadline", "decide_deadline", decide_deadline, "POST"),
                             ("/pledges/<uuid:pledge_id>/close", "close", close, "POST"),
                             ("/pledges/<uuid:pledge_id>/reopen", "reopen", reopen, "POST"),
                             ("/pledges/<uuid:pledge_id>/paper", "paper", paper, "GET"))
