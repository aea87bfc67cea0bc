"""What an officer does about one member's points: ask for one without a phone, give a card, leave out, propose a correction."""
from __future__ import annotations

import uuid

from flask import request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.api import NotFound, _, acting, authorize, member_target, needs_approval, requires, session, tenant_id
from core.pages import attempt, day, needed_identity, version
from plugins.points import cards, corrections, exclusions, redemption
from plugins.points.exclusions import ExclusionInput
from plugins.points.models import PointsExclusion
from plugins.points.pages import showing
from plugins.points.pages.showing import POST


@requires("points.redeem")
def ask_for(member_id: uuid.UUID) -> Response:
    """Ask for an item in a member's name."""
    authorize(acting(), "points.redeem", member_target(member_id))
    return attempt(lambda: redemption.ask(member_id, needed_identity("item"), for_other=request.form.get("for_other") == "yes",
                                          by=acting().account_id), _("已经登记兑换。"), _back(member_id))


@requires("points.redeem")
def give_card(member_id: uuid.UUID) -> Response:
    """Give a card."""
    authorize(acting(), "points.redeem", member_target(member_id))
    return attempt(lambda: cards.give(member_id, request.form.get("card", ""), by=acting().account_id), _("已经发放。"), _back(member_id))


@requires("points.exclude")
def exclude(member_id: uuid.UUID) -> Response:
    """Leave a member out for a time."""
    authorize(acting(), "points.exclude", member_target(member_id))
    return attempt(lambda: exclusions.exclude(member_id, ExclusionInput(
        request.form.get("reason", ""), showing.needed_day("since"), day("until"), request.form.get("note", "")), by=acting().account_id),
        _("已经登记，这段时间的积分已重新核算。"), _back(member_id))


@requires("points.exclude")
def lift(exclusion_id: uuid.UUID) -> Response:
    """Let it end with a day."""
    member_id = session().scalar(select(PointsExclusion.member_id).where(PointsExclusion.tenant_id == tenant_id(), PointsExclusion.id == exclusion_id))
    if member_id is None:
        raise NotFound
    authorize(acting(), "points.exclude", member_target(member_id))
    return attempt(lambda: exclusions.lift(exclusion_id, version(), showing.needed_day("until"), by=acting().account_id),
                   _("已经解除，积分已重新核算。"), _back(member_id))


@requires("points.correct")
def propose(member_id: uuid.UUID) -> Response:
    """Propose a correcting entry, which another person confirms."""
    authorize(acting(), "points.correct", member_target(member_id))
    said = _("已经提出，等另一人确认后入账。") if needs_approval(corrections.KIND) else _("已经入账。")
    return attempt(lambda: corrections.propose(member_id, showing.points("points"), request.form.get("reason", ""), by=acting()), said, _back(member_id))


def _back(member_id: uuid.UUID) -> str:
    return url_for("points.member", member_id=member_id)


ROUTES = (("/members/<uuid:member_id>/requests", ask_for, POST), ("/members/<uuid:member_id>/cards", give_card, POST),
          ("/members/<uuid:member_id>/exclusions", exclude, POST), ("/exclusions/<uuid:exclusion_id>/lift", lift, POST),
          ("/members/<uuid:member_id>/corrections", propose, POST))
