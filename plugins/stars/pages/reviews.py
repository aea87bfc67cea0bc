"""What an officer looks at now and then: reviews that are due, facts that were withdrawn, objections that wait for an answer."""
from __future__ import annotations

import uuid

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import BaodaoError, Conflict, _, acting, authorize, requires, session
from core.pages import Route, after, attempt, following, me, said
from plugins.stars import documents, doubts, explaining, queries, reviewing, rights
from plugins.stars.models import StarReview
from plugins.stars.pages.doing import PROPOSALS

MOST = 200


@requires("stars.manage")
def index() -> str:
    """Reviews, doubts and objections of the schemes that one manages."""
    packs = queries.managed_packs(acting())
    found = queries.open_reviews(list(packs), after())
    rows = [{"row": row, "level": documents.level_name(packs[row.pack_id].document, row.level), "scheme": packs[row.pack_id].title,
             "standing": explaining.reviewed(row.explanation, packs[row.pack_id].document)} for row in found[:queries.PAGE]]
    noticed = [{"row": row, "level": documents.level_name(packs[row.pack_id].document, row.level)} for row in queries.open_doubts(list(packs))]
    waiting = [{"row": row, "level": documents.level_name(packs[row.pack_id].document, row.level)}
               for row in queries.open_objections(list(packs))]
    return render_template("stars/reviews.html", rows=rows, doubts=noticed, objections=waiting, proposals=PROPOSALS,
                           following=following(found, queries.PAGE))


@requires("stars.manage")
def confirm() -> Response:
    """Confirm the proposals that were ticked, as they are."""
    chosen = request.form.getlist("review")[:MOST]

    def each() -> None:
        if not [done for text in chosen if (done := _confirm_one(text))]:
            raise Conflict(_("没有确认任何一项：请先勾选，或刷新页面后再试。"))
    return attempt(each, _("已确认所选各项。"), url_for("stars.reviews"))


def _confirm_one(text: str) -> bool:
    try:
        row = _reached(uuid.UUID(text))
        with session().begin_nested():
            reviewing.decide(row.id, row.proposal, "", by=me())
    except (ValueError, BaodaoError):
        return False
    return True


@requires("stars.manage")
def decide(review_id: uuid.UUID) -> Response:
    """Decide one review, otherwise than was proposed if need be."""
    _reached(review_id)
    return attempt(lambda: reviewing.decide(review_id, said("decision"), said("reason"), by=me()), _("已复核。"), url_for("stars.reviews"))


@requires("stars.manage")
def settle(doubt_id: uuid.UUID) -> Response:
    """Say what came of a withdrawn fact."""
    row = queries.doubt(doubt_id)
    authorize(acting(), "stars.manage", rights.scheme_target(queries.packs_by_id()[queries.star(row.star_id).pack_id].organization_id))
    return attempt(lambda: doubts.settle(doubt_id, said("answer"), by=me()), _("已登记核对结果。"), url_for("stars.star", star_id=row.star_id))


def _reached(review_id: uuid.UUID) -> StarReview:
    row = queries.review(review_id)
    authorize(acting(), "stars.manage", rights.scheme_target(queries.packs_by_id()[row.pack_id].organization_id))
    return row


ROUTES: tuple[Route, ...] = (("/reviews/", "reviews", index, "GET"), ("/reviews/confirm", "confirm_reviews", confirm, "POST"),
                             ("/reviews/<uuid:review_id>/decide", "decide_review", decide, "POST"),
                             ("/doubts/<uuid:doubt_id>/settle", "settle_doubt", settle, "POST"))
