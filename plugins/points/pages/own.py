"""What a member does about points: look at what can be had, ask for it, call it off; and what is held beside the ledger."""
from __future__ import annotations

import uuid

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import NotFound, _, acting, requires
from core.pages import attempt, needed_identity, own_member, ticket
from plugins.points import redemption
from plugins.points.desk_queries import member_of
from plugins.points.fields import shown
from plugins.points.ledger import balance
from plugins.points.pages.members import standing
from plugins.points.pages.showing import GET, POST


@requires("points.self")
def catalogue() -> str:
    """What can be had, one's requests and cards."""
    own = own_member()
    return render_template("points/catalogue.html", balance=shown(balance(own)), **standing(own))


@requires("points.self")
def ask() -> Response:
    """Ask for an item; for somebody else, whom nobody names."""
    own = own_member()
    return attempt(lambda: redemption.ask(own, needed_identity("item"), for_other=request.form.get("for_other") == "yes", by=acting().account_id,
                                          request_id=ticket("form_id")), _("已经登记，请到社区领取。"), url_for("points.catalogue"))


@requires("points.self")
def call_off(request_id: uuid.UUID) -> Response:
    """Call one's own request off; the points come back."""
    if member_of(request_id) != own_member():
        raise NotFound
    return attempt(lambda: redemption.cancel(request_id, by=acting().account_id), _("已经取消，积分已退回。"), url_for("points.catalogue"))


ROUTES = (("/me/catalogue", catalogue, GET), ("/me/requests", ask, POST), ("/me/requests/<uuid:request_id>/cancel", call_off, POST))
