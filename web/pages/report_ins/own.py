"""The member's own page: where to report in, two taps to do it, what became of it, and the certificate to show at the desk."""
from __future__ import annotations

import uuid
from io import BytesIO

from flask import flash, redirect, render_template, request, send_file, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from core.access.authorization import Target, authorize
from core.documents import qr
from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.extension.settings import effective
from core.i18n import _
from core.registration import certificate_queries, printing, queries, reporting
from core.registration.queries import MemberState
from web.pages.report_ins.blueprint import BASES, CAUSES, CHANNELS, SELF, STATUSES, identity, pages
from web.tenant import actor


@pages.page("/report-in", access=SELF)
def report() -> str:
    """What there is to do, and the history."""
    return _page()


@pages.page("/report-in", access=SELF, methods=("POST",))
def submit() -> Response | tuple[str, int]:
    """Report in at the chosen community, or at both where the tenant asks for both."""
    state = _state()
    chosen = request.form.getlist("community", type=uuid.UUID)
    if not chosen:
        return _page(Invalid(_("请选择要报到的社区。"))), Invalid.status
    try:
        for community_id in chosen:
            reporting.submit(state.member_id, community_id, _basis(state, community_id), "phone", by=actor().account_id)
    except (Invalid, Conflict) as error:
        return _page(error), error.status
    flash(_("已提交，社区确认后会出具回执。"), "success")
    return redirect(url_for("registration.report"), 303)


@pages.page("/report-in/<uuid:report_in_id>/withdraw", access=SELF, methods=("POST",))
def withdraw(report_in_id: uuid.UUID) -> Response | tuple[str, int]:
    """Take back what nobody has decided on yet."""
    _own(report_in_id)
    try:
        reporting.withdraw(report_in_id, request.form.get("version", 0, type=int))
    except Conflict as error:
        return _page(error), error.status
    flash(_("已撤回，可以重新选择社区。"), "success")
    return redirect(url_for("registration.report"), 303)


@pages.page("/report-in/<uuid:report_in_id>/receipt.pdf", access=SELF)
def own_receipt(report_in_id: uuid.UUID) -> Response:
    """One's own receipt."""
    view = _own(report_in_id)
    return send_file(BytesIO(printing.receipt_pdf(view)), printing.PDF, download_name=printing.file_name())


@pages.page("/report-in/certificate", access=SELF)
def mine() -> str:
    """One's own certificate with its QR code, to be shown at the desk instead of the paper."""
    state = _state()
    own = certificate_queries.own_paper(state.member_id)
    code = Markup(qr.svg(own.qr_text)) if own else None  # noqa: S704 - an SVG made here, of a signed token
    return render_template("registration/certificate.html", own=own, code=code)


def _basis(state: MemberState, community_id: uuid.UUID) -> str:
    basis = next((c.basis for c in state.choices if c.community_id == community_id), None)
    if basis is None:
        raise NotFound
    return basis


def _page(error: BaodaoError | None = None) -> str:
    settings, state = effective("registration"), _state()
    current = [c for c in state.choices if c.state != "none"]
    both = settings["report_to"] == "both"
    open_choices = [c for c in state.choices if c.state == "none"] if both or not current else []
    return render_template("registration/own.html", state=state, choices=open_choices, both=both, phone=settings["phone"], bases=BASES,
                           statuses=STATUSES, causes=CAUSES, channels=CHANNELS, message=error.message if error else None,
                           chosen=identity("community"))


def _state() -> MemberState:
    member_id = actor().member_id
    if member_id is None:
        raise NotFound(_("这个账号没有对应的党员，请联系单位联络员。"))
    return queries.member_state(member_id)


def _own(report_in_id: uuid.UUID) -> queries.ReportInView:
    view = queries.report_in(report_in_id)
    authorize(actor(), SELF, Target((), view.member_id))
    return view
