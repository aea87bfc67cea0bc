"""The recipient's judgement: slips to print, what comes back on paper, and the public page for the one-time code."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from io import BytesIO

from flask import current_app, flash, g, redirect, render_template, request, send_file, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core.documents.papers import EvaluationSlip, evaluation_slips_pdf
from core.errors import BaodaoError, Conflict, Invalid, NotFound, TooMany
from core.i18n import _, _l
from core.members.reach import grants_for
from core.residents.codes import DIGITS, grouped, normalise
from core.service import evaluation, throttle
from core.service.models import RATINGS
from core.service.queries import by_ids
from core.service.rights import VERIFY, authorize_verify
from core.tenancy import current_tenant
from core.terms import term
from web.forms import load_form
from web.pages.records.words import RATINGS as RATING_WORDS
from web.pages.records.work import detail, parse_choice
from web.routing import PUBLIC_TENANT, Pages
from web.tenant import actor

pages = Pages("evaluation", __name__)
MOST = 50


class KeyInForm(Schema):
    """A paper slip or the note of a home visit, as the officer keys it in."""

    channel = fields.String(required=True, metadata={"title": _l("怎样得到的")})
    rating = fields.String(required=True, validate=validate.OneOf(RATINGS), metadata={"title": _l("评价")})
    evaluated_on = fields.Date(required=True, metadata={"title": _l("评价日期")})
    comment = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500), metadata={"title": _l("意见和建议")})


@pages.page("/records/work/slips", access=VERIFY, methods=("POST",))
def slips() -> Response:
    """Evaluation slips in one PDF, each with a fresh code; a slip printed before is void."""
    ids = [parse_choice(text)[0] for text in request.form.getlist("record")][:MOST]
    if not ids:
        raise Invalid(_("请先勾选要打印评价单的记录。"))
    for record_id in ids:
        authorize_verify(actor(), record_id)
    content = evaluation_slips_pdf(_papers(ids))
    return send_file(BytesIO(content), "application/pdf", download_name=_("服务评价单.pdf"))


@pages.page("/records/work/<uuid:record_id>/evaluate", access=VERIFY, methods=("POST",))
def key_in(record_id: uuid.UUID) -> Response | tuple[str, int]:
    """Key in what came back on paper, or what was heard on a home visit; the record counts from now on."""
    authorize_verify(actor(), record_id)
    try:
        data = load_form(KeyInForm(), request.form)
        evaluation.key_in(record_id, data["channel"], data["rating"], data["comment"], data["evaluated_on"], by=actor().account_id)
    except (Invalid, Conflict) as error:
        return detail(record_id, error, request.form), error.status
    return _counted()


@pages.page("/records/work/<uuid:record_id>/waive", access=VERIFY, methods=("POST",))
def waive(record_id: uuid.UUID) -> Response | tuple[str, int]:
    """Let public-area work count without a recipient, for a reason, where the tenant allows it."""
    authorize_verify(actor(), record_id)
    try:
        evaluation.waive(record_id, request.form.get("waive_reason", ""), by=actor().account_id)
    except (Invalid, Conflict) as error:
        return detail(record_id, error, request.form), error.status
    return _counted()


@pages.page("/t/<slug>/e", access=PUBLIC_TENANT, methods=("GET", "POST"))
def enter(slug: str) -> str | tuple[str, int]:
    """The recipient types the code, or the QR code has filled it in, and sees what is to be judged."""
    if request.method == "GET":
        return render_template("evaluation/enter.html", slug=slug, code="", digits=DIGITS)
    code = normalise(request.form.get("code", ""))
    try:
        target = _found(code)
    except (Invalid, NotFound, TooMany) as error:
        return _again(slug, code, error)
    return render_template("evaluation/rate.html", slug=slug, code=code, target=target, ratings=RATING_WORDS, message=None, comment="")


@pages.page("/t/<slug>/e/rate", access=PUBLIC_TENANT, methods=("POST",))
def rate(slug: str) -> str | Response | tuple[str, int]:
    """The judgement; with it the code is used up."""
    code, comment = normalise(request.form.get("code", "")), request.form.get("comment", "")
    try:
        target = _found(code)
        evaluation.evaluate_by_code(code, request.form.get("rating", ""), comment)
    except Invalid as error:
        if len(code) != DIGITS:
            return _again(slug, code, error)
        return render_template("evaluation/rate.html", slug=slug, code=code, target=target, ratings=RATING_WORDS, message=error.message,
                               comment=comment), error.status
    except (NotFound, TooMany) as error:
        return _again(slug, code, error)
    return redirect(url_for("evaluation.thanks", slug=slug), 303)


@pages.page("/t/<slug>/e/thanks", access=PUBLIC_TENANT)
def thanks(slug: str) -> str:
    """Done."""
    return render_template("evaluation/thanks.html", slug=slug)


def _found(code: str) -> evaluation.CodeTarget:
    if len(code) != DIGITS:
        raise Invalid(_("评价码是 12 位数字，现在是 %(count)s 位。请对照评价单再输一遍。", count=len(code)))
    address = request.remote_addr or ""
    throttle.admit(address)
    target = evaluation.find_code(code)
    throttle.forgive(address)
    return target


def _again(slug: str, code: str, error: BaodaoError) -> tuple[str, int]:
    g.keep_changes = True  # the counted try is to stay
    page = render_template("evaluation/enter.html", slug=slug, code=grouped(code), message=error.message, digits=DIGITS)
    return page, 422 if isinstance(error, NotFound) else error.status


def _papers(ids: Sequence[uuid.UUID]) -> list[EvaluationSlip]:
    tenant, base = current_tenant(), current_app.config["BAODAO"].base_url.rstrip("/")
    address = f"{base}{url_for('evaluation.enter', slug=tenant.slug)}"
    papers = []
    for row in by_ids(grants_for(actor(), VERIFY), ids):
        code = evaluation.issue_code(row.id)
        # The code stands behind '#': a browser keeps that part to itself, so no log of any server has it.
        papers.append(EvaluationSlip(
            tenant=tenant.name, community=row.community, service=f"{row.kind}：{row.title}", served_on=row.happened_on,
            member_name=row.member, code=grouped(code), qr_text=f"{address}#{code}", how_to=_(
                "扫描右边的二维码，或在手机上打开 %(address)s 输入上面的数字；也可以打勾后把本单交给%(place)s。",
                address=address.partition("://")[2], place=term("community"))))
    return papers


def _counted() -> Response:
    flash(_("评价已登记，这次服务已计入。"), "success")
    return redirect(url_for("records.work", status="verified"), 303)
