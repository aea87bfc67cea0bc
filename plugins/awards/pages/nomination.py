"""One nomination: reason and figures, whose turn it is, the member's answer on paper, recommendation, refusal, withdrawal and revocation."""
from __future__ import annotations

import uuid

from flask import render_template, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Forbidden, Invalid, NotFound, _, acting, allowed, authorize, requires
from core.pages import Route, asked, attempt, refused, said, version
from plugins.awards import deciding, nominating, queries, rights
from plugins.awards.models import LIVE
from plugins.awards.pages.doing import managed, seen
from plugins.awards.pages.selections import line
from plugins.awards.words import CONSENTS, EVENTS, LEVELS, STATES


@requires("awards.read")
def show(award_nomination_id: uuid.UUID) -> str:
    """The page."""
    return _page(award_nomination_id)


def _page(nomination_id: uuid.UUID, error: Invalid | Conflict | None = None) -> str:
    selection, row = seen(nomination_id)
    manages, own = rights.manages(selection), rights.is_own(rights.target(row))
    turn = rights.gives_step(selection, row) and selection.state == "open"
    level = rights.step_level(selection, row) if row.state == "pending" else None
    may = {"consent": not own and row.member_id is not None and selection.state in ("open", "published") and row.state in LIVE
           and (manages or allowed(acting(), rights.NOMINATE, rights.target(row))),
           "recommend": turn, "refuse": not own and (turn or (manages and row.state in ("pending", "recommended", "listed"))),
           "withdraw": rights.may_withdraw(selection, row), "revoke": manages and not own and row.state == "granted",
           "object": row.state == "listed" and acting().can("awards.nominate"), "print": manages and row.state == "granted"}
    events = [{"when": one.at, "title": str(EVENTS[one.kind]), "text": one.note, "who": str(LEVELS[one.level]) if one.level else None}
              for one in queries.history(nomination_id)]
    return render_template("awards/nomination.html", row=line(queries.one(nomination_id, selection)), nomination=row, selection=selection, may=may,
                           events=events, states=STATES, consent=CONSENTS.get(row.consent_channel or ""), turn=str(LEVELS[level]) if level else "",
                           error=refused(error) if error else None, typed=said)


@requires("awards.nominate")
def consent(award_nomination_id: uuid.UUID) -> Response:
    """The member's answer on paper, for somebody without a phone; nobody answers for oneself as an officer."""
    _selection, row = seen(award_nomination_id)
    authorize(acting(), rights.NOMINATE, rights.target(row))
    if row.member_id is None:
        raise NotFound
    rights.require_for_another(row)
    agrees = said("answer") == "agree"
    return attempt(lambda: nominating.answer(award_nomination_id, version(), agrees=agrees, channel="paper", note=said("note")),
                   _("已登记本人的答复。"), _address(award_nomination_id), lambda error: _page(award_nomination_id, error))


@requires("awards.recommend")
def recommend(award_nomination_id: uuid.UUID) -> Response:
    """Give the recommendation whose turn it is."""
    selection, row = seen(award_nomination_id)
    if row.state == "pending" and not rights.gives_step(selection, row):
        raise Forbidden
    return attempt(lambda: nominating.recommend(award_nomination_id, version(), said("note")), _("已同意推荐。"),
                   _address(award_nomination_id), lambda error: _page(award_nomination_id, error))


@requires("awards.recommend")
def refuse(award_nomination_id: uuid.UUID) -> Response:
    """Let it go no further, with a reason: the level whose turn it is, else whoever decides."""
    selection, row = seen(award_nomination_id)
    rights.require_for_another(row)
    if not rights.gives_step(selection, row):
        managed(selection.id)
    return attempt(lambda: nominating.refuse(award_nomination_id, version(), said("reason")), _("已登记为未通过，理由本人可以看到。"),
                   _address(award_nomination_id), lambda error: _page(award_nomination_id, error))


@requires("awards.nominate")
def withdraw(award_nomination_id: uuid.UUID) -> Response:
    """Take the nomination back."""
    selection, row = seen(award_nomination_id)
    if row.state in ("asked", "pending", "recommended") and not rights.may_withdraw(selection, row):
        raise Forbidden
    return attempt(lambda: nominating.withdraw(award_nomination_id, version(), said("reason")), _("已撤回提名。"),
                   _address(award_nomination_id), lambda error: _page(award_nomination_id, error))


@requires("awards.manage")
def revoke(award_nomination_id: uuid.UUID) -> Response | str:
    """Take an award back, with a reason."""
    selection, row = seen(award_nomination_id)
    managed(selection.id)
    rights.require_for_another(row)
    back = _address(award_nomination_id)
    if len(said("reason")) > 1 and (question := asked(_("确定撤销这项荣誉吗？撤销后证书作废，按规则登记的事项同时撤回，不能恢复。"), _("撤销荣誉"), back)):
        return question
    return attempt(lambda: deciding.revoke(award_nomination_id, version(), said("reason")), _("荣誉已撤销。"), back,
                   lambda error: _page(award_nomination_id, error))


def _address(nomination_id: uuid.UUID) -> str:
    return url_for("awards.nomination", award_nomination_id=nomination_id)


_BASE = "/nominations/<uuid:award_nomination_id>"
ROUTES: tuple[Route, ...] = (
    (_BASE, "nomination", show, "GET"), (f"{_BASE}/consent", "consent", consent, "POST"), (f"{_BASE}/recommend", "recommend", recommend, "POST"),
    (f"{_BASE}/refuse", "refuse", refuse, "POST"), (f"{_BASE}/withdraw", "withdraw", withdraw, "POST"), (f"{_BASE}/revoke", "revoke", revoke, "POST"))
