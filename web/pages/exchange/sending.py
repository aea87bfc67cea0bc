"""What goes out: members' wishes, certificates to sign, the state of each envelope, its file, and its paper."""
from __future__ import annotations

import uuid
from io import BytesIO
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response

from core.access.authorization import Target, authorize
from core.errors import BaodaoError, Conflict, Invalid
from core.exchange import asking, certifying, outbox, papers, queries, returned, served
from core.exchange.queries import PAGE, ListFilter
from core.exchange.served import ServedFilter
from core.i18n import _
from core.members.queries import member_view
from core.members.reach import grants_for
from core.organizations import tree
from web.pages.exchange.blueprint import KINDS, OUTGOING_STATES, SEND, WRITE, identity, pages, version, words
from web.pages.exchange.journeys import JourneyForm, journey_page, read_form
from web.queries import with_query
from web.tenant import actor


@pages.page("/exchange/outgoing", access=SEND, methods=("GET", "POST"))
def outgoing() -> str:
    """Wishes to see to, then the envelopes; a name comes by form, so that none stands in an address."""
    return _list()


@pages.page("/exchange/outgoing/<uuid:outgoing_id>", access=SEND)
def letter(outgoing_id: uuid.UUID) -> str:
    """One envelope: how it stands, and what can be done."""
    return _letter(_find(outgoing_id))


@pages.page("/exchange/outgoing/<uuid:outgoing_id>/again", access=SEND, methods=("POST",))
def again(outgoing_id: uuid.UUID) -> Response | tuple[str, int]:
    """Send it once more."""
    row = _find(outgoing_id)
    try:
        outbox.again(outgoing_id)
    except Conflict as error:
        return _letter(row, error), error.status
    flash(_("已重新排队，系统会自动送出。"), "success")
    return redirect(url_for("exchange.letter", outgoing_id=outgoing_id), 303)


@pages.page("/exchange/outgoing/<uuid:outgoing_id>/file", access=SEND, methods=("POST",))
def file(outgoing_id: uuid.UUID) -> Response:
    """The signed envelope as a file, to be carried by hand."""
    _find(outgoing_id)
    return send_file(BytesIO(outbox.filed(outgoing_id).encode()), "application/json", as_attachment=True, download_name=f"baodao-{outgoing_id}.json")


@pages.page("/exchange/outgoing/<uuid:outgoing_id>/paper.pdf", access=SEND)
def paper(outgoing_id: uuid.UUID) -> Response:
    """The certificate on paper, with the code that is verified without a network."""
    _find(outgoing_id)
    return send_file(BytesIO(papers.letter_pdf(outgoing_id)), "application/pdf", download_name=f"baodao-{outgoing_id}.pdf")


@pages.page("/exchange/send/<uuid:member_id>", access=SEND, methods=("GET", "POST"))
def send(member_id: uuid.UUID) -> Response | str | tuple[str, int]:
    """Certify a member who has asked on paper or by word of mouth; a move asks once more before it is done."""
    authorize(actor(), SEND, Target((queries.unit_path(member_id),)))
    view = member_view(member_id)
    page = {"title": _("开具外地介绍信"), "name": view.name, "action": url_for("exchange.send", member_id=member_id), "officer": True}
    if request.method == "GET" or "send" not in request.form:
        return journey_page(page)
    try:
        sent = certifying.send(member_id, read_form(JourneyForm()), channel="unit", by=actor().account_id)
    except (Invalid, Conflict) as error:
        return journey_page(page, error), error.status
    flash(_("已签发介绍信，系统会自动送出。"), "success")
    return redirect(url_for("exchange.letter", outgoing_id=sent), 303)


@pages.page("/exchange/requests/<uuid:exchange_request_id>/fulfil", access=SEND, methods=("POST",))
def fulfil(exchange_request_id: uuid.UUID) -> Response | tuple[str, int]:
    """Certify as the member has asked."""
    _request(exchange_request_id)
    try:
        sent = asking.fulfil(exchange_request_id, version(), by=actor().account_id)
    except (Invalid, Conflict) as error:
        return _list(error), error.status
    flash(_("已签发介绍信，系统会自动送出。"), "success")
    return redirect(url_for("exchange.letter", outgoing_id=sent), 303)


@pages.page("/exchange/requests/<uuid:exchange_request_id>/refuse", access=SEND, methods=("POST",))
def refuse(exchange_request_id: uuid.UUID) -> Response | tuple[str, int]:
    """Say no, and why."""
    _request(exchange_request_id)
    try:
        asking.refuse(exchange_request_id, version(), request.form.get("reason", ""))
    except (Invalid, Conflict) as error:
        return _list(error), error.status
    flash(_("已答复党员。"), "success")
    return redirect(url_for("exchange.outgoing"), 303)


@pages.page("/exchange/elsewhere", access=SEND)
def everywhere() -> str:
    """What all members within reach do elsewhere, services or report-ins, page by page; one unit's when it is chosen."""
    what, unit_id, after = "receipts" if request.args.get("what") == "receipts" else "records", identity("unit"), request.args.get("after", type=uuid.UUID)
    wanted = ServedFilter(grants_for(actor(), SEND), unit_id, identity("partner"))
    rows = served.receipts(wanted, after) if what == "receipts" else served.records(wanted, after)
    unit = tree.get(unit_id) if unit_id and rows else None
    return render_template("exchange/everywhere.html", what=what, rows=rows[:PAGE], unit=unit, unit_id=unit_id,
                           next_url=with_query(after=rows[PAGE - 1].id) if len(rows) > PAGE else None, **words())


@pages.page("/exchange/elsewhere/members/<uuid:member_id>", access=SEND)
def elsewhere(member_id: uuid.UUID) -> str:
    """What one member does elsewhere: certified there, and only read here."""
    authorize(actor(), SEND, Target((queries.unit_path(member_id),)))
    records = queries.records_of(member_id)
    return render_template("exchange/elsewhere.html", name=member_view(member_id).name, member_id=member_id, records=records, years=queries.years(records),
                           receipts=queries.receipts_of(member_id), letters=queries.certificates_of(member_id), home=queries.home_of(member_id),
                           states=OUTGOING_STATES, **words())


@pages.page("/exchange/elsewhere/units/<uuid:unit_id>", access=SEND)
def unit_elsewhere(unit_id: uuid.UUID) -> str:
    """The same for the members of a unit."""
    unit = tree.get(unit_id)
    authorize(actor(), SEND, Target((unit.path,)))
    return render_template("exchange/unit.html", unit=unit, records=queries.records_of_unit(unit_id), receipts=queries.receipts_of_unit(unit_id), **words())


def _find(outgoing_id: uuid.UUID) -> Row[Any]:
    row = queries.one_outgoing(outgoing_id)
    authorize(actor(), SEND, Target((row.path or tree.root().path,)))
    return row


def _request(request_id: uuid.UUID) -> None:
    authorize(actor(), SEND, Target((queries.one_request(request_id).path,)))


def _letter(row: Row[Any], error: BaodaoError | None = None) -> str:
    return render_template("exchange/letter.html", row=row, states=OUTGOING_STATES, message=error.message if error else None, **words())


def _list(error: BaodaoError | None = None) -> str:
    grants = grants_for(actor(), SEND)
    state, kind = request.args.get("state"), request.args.get("kind")
    name = request.form.get("name", "").strip()[:30] if request.method == "POST" and "name" in request.form else ""
    found = queries.outgoing(ListFilter(grants, identity("partner") if request.method == "GET" else None, kind if kind in KINDS else None,
                                        state if state in OUTGOING_STATES else None, name), request.args.get("after", type=uuid.UUID))
    return render_template("exchange/outgoing.html", rows=found[:PAGE], wishes=queries.open_requests(grants), returned=returned.returned(grants),
                           may_write=actor().can(WRITE), states=OUTGOING_STATES, state=state, kind=kind,
                           name=name, next_url=with_query(after=found[PAGE - 1].id) if len(found) > PAGE else None,
                           message=error.message if error else None, **words())
