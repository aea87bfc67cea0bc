"""A member's own page: nominations to agree to or decline, where they stand, awards with their certificates."""
from __future__ import annotations

import uuid

from flask import Response as FlaskResponse, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Invalid, NotFound, _, requires
from core.pages import Route, after, asked, attempt, file, following, own_member, refused, said, version
from plugins.awards import finding, nominating, papers, queries
from plugins.awards.models import AwardNomination
from plugins.awards.words import NOMINATION_TONES, NOMINATIONS


@requires("awards.self")
def mine() -> str:
    """One's own nominations and awards."""
    return _page()


def _page(error: Invalid | Conflict | None = None) -> str:
    rows = queries.own(own_member(), after())
    more = following(rows, queries.PAGE)
    return render_template("awards/mine.html", rows=rows[:queries.PAGE], words=NOMINATIONS, tones=NOMINATION_TONES, following=more,
                           error=refused(error) if error else None, typed=said)


def _own(nomination_id: uuid.UUID) -> AwardNomination:
    row = finding.nomination(nomination_id)
    if row.member_id != own_member():
        raise NotFound
    return row


@requires("awards.self")
def answer(award_nomination_id: uuid.UUID) -> Response | str:
    """Agree or decline; no reason is asked."""
    _own(award_nomination_id)
    agrees, back = request.form.get("answer") == "agree", url_for("awards.mine")
    if not agrees and (question := asked(_("确定不参加这次评选吗？不用说明理由，也不影响以后。"), _("不参加"), back)):
        return question
    return attempt(lambda: nominating.answer(award_nomination_id, version(), agrees=agrees, channel="own"),
                   _("已同意，谢谢您。") if agrees else _("已登记，您不参加这次评选。"), back, _page)


@requires("awards.self")
def certificate(award_nomination_id: uuid.UUID) -> FlaskResponse:
    """One's own certificate."""
    row = _own(award_nomination_id)
    if row.state != "granted":
        raise NotFound
    selection = finding.selection(row.selection_id)
    return file(papers.certificates(selection, [queries.one(award_nomination_id, selection)]), "pdf", "certificate", inline=True)


ROUTES: tuple[Route, ...] = (("/me", "mine", mine, "GET"), ("/me/nominations/<uuid:award_nomination_id>/answer", "own_answer", answer, "POST"),
                             ("/me/nominations/<uuid:award_nomination_id>/certificate", "own_certificate", certificate, "GET"))
