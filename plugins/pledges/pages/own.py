"""A member's own page: what is claimed and not promised yet, what is promised, a later deadline, and what came of objections."""
from __future__ import annotations

import uuid

from flask import render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.api import Conflict, Invalid, NotFound, _, claim_rows, requires, session, tenant_id, today
from core.pages import Route, after, attempt, day, following, own_member, refused, said, version
from plugins.pledges import deadlines, queries
from plugins.pledges.models import Pledge
from plugins.pledges.pages.doing import lines
from plugins.pledges.pages.making import make_ticked, proposals
from plugins.pledges.words import OBJECTION_TONES, OBJECTIONS


@requires("pledges.self")
def mine() -> str:
    """One's own pledges."""
    return _page()


def _page(error: Invalid | Conflict | None = None) -> str:
    member_id = own_member()
    found = queries.own(member_id, after())
    rows = lines(found[:queries.PAGE])
    return render_template("pledges/mine.html", rows=rows, claims=proposals(queries.own_unpledged(member_id)[:queries.PAGE]), today=today(),
                           objections=queries.objections_of([row["id"] for row in rows]), objection_words=OBJECTIONS,
                           objection_tones=OBJECTION_TONES, following=following(found, queries.PAGE), error=refused(error) if error else None,
                           typed=said)


@requires("pledges.self")
def make_own() -> Response:
    """Promise on those of one's claims that were ticked."""
    claims, member_id = claim_rows(), own_member()
    own = set(session().scalars(select(claims.c.id).where(claims.c.member_id == member_id, claims.c.state == "held")))
    return attempt(lambda: make_ticked(lambda claim_id: claim_id in own), _("承诺已作出，谢谢您。"), url_for("pledges.mine"), _page)


@requires("pledges.self")
def ask_deadline(pledge_id: uuid.UUID) -> Response:
    """Ask for a later deadline, once."""
    if session().scalar(select(Pledge.member_id).where(Pledge.tenant_id == tenant_id(), Pledge.id == pledge_id)) != own_member():
        raise NotFound
    return attempt(lambda: deadlines.ask(pledge_id, version(), day("deadline"), said("reason")),
                   _("已提出延期，社区答复后生效。"), url_for("pledges.mine"), _page)


ROUTES: tuple[Route, ...] = (("/me", "mine", mine, "GET"), ("/me/make", "make_own", make_own, "POST"),
                             ("/me/pledges/<uuid:pledge_id>/deadline", "ask_deadline", ask_deadline, "POST"))
