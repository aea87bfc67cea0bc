"""The member's own way elsewhere: ask, see what became of it, and what was certified there."""
from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.exchange import asking, queries
from core.i18n import _
from web.pages.exchange.blueprint import OUTGOING_STATES, REQUEST_STATES, SELF, pages, version, words
from web.pages.exchange.journeys import JourneyForm, journey_page, read_form
from web.tenant import actor


@pages.page("/exchange/mine", access=SELF)
def mine() -> str:
    """What I have asked for, and what I have done elsewhere."""
    return _page()


@pages.page("/exchange/ask", access=SELF, methods=("GET", "POST"))
def ask() -> Response | str | tuple[str, int]:
    """Ask the unit for a certificate to a community elsewhere."""
    page = {"title": _("申请到外地社区报到"), "name": "", "action": url_for("exchange.ask"), "officer": False}
    if request.method == "GET" or "send" not in request.form:
        return journey_page(page)
    try:
        asking.ask(_me(), read_form(JourneyForm()), by=actor().account_id)
    except (Invalid, Conflict) as error:
        return journey_page(page, error), error.status
    flash(_("已提交，请等单位办理。"), "success")
    return redirect(url_for("exchange.mine"), 303)


@pages.page("/exchange/requests/<uuid:exchange_request_id>/take-back", access=SELF, methods=("POST",))
def take_back(exchange_request_id: uuid.UUID) -> Response | tuple[str, int]:
    """Think again."""
    if queries.one_request(exchange_request_id).member_id != _me():
        raise NotFound
    try:
        asking.take_back(exchange_request_id, version())
    except Conflict as error:
        return _page(error), error.status
    flash(_("已撤回。"), "success")
    return redirect(url_for("exchange.mine"), 303)


def _me() -> uuid.UUID:
    member_id = actor().member_id
    if member_id is None:
        raise NotFound
    return member_id


def _page(error: BaodaoError | None = None) -> str:
    member_id = _me()
    records = queries.records_of(member_id)
    return render_template("exchange/mine.html", wishes=queries.requests_of(member_id), letters=queries.certificates_of(member_id), records=records,
                           years=queries.years(records), receipts=queries.receipts_of(member_id), home=queries.home_of(member_id),
                           states=REQUEST_STATES, letter_states=OUTGOING_STATES, message=error.message if error else None, **words())
