"""What an officer prints: slips with codes, the poster, and for one need the receipt or the answer."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response as FileResponse, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import NotFound, _, audit, requires, settings
from core.pages import Route
from plugins.needs import papers, receipts, slips
from plugins.needs.pages.doing import chosen_community, needed_community, pdf, reached_need, tried
from plugins.needs.pages.fields import Form
from plugins.needs.pages.work import community_name


@requires("needs.manage")
def index() -> str | Response:
    """What there is to print."""
    community = chosen_community("needs.manage")
    if community is None:
        return redirect(url_for("needs.places", then="print_form"), 303)
    return _page(community, Form())


@requires("needs.manage")
def print_slips() -> FileResponse | tuple[str, int]:
    """Slips with fresh codes."""
    community, codes = needed_community("needs.manage"), []

    def do() -> None:
        codes.extend(slips.make(community.id, request.form.get("count", 0, type=int)))
    if error := tried(do):
        return _page(community, Form(request.form, error.fields, error.message)), error.status
    return pdf(papers.slips(community, codes, settings("needs", community.id)["code_days"]))


@requires("needs.manage")
def poster() -> FileResponse:
    """The poster for the board."""
    community = needed_community("needs.manage")
    return pdf(papers.poster(community, needs_code=settings("needs", community.id)["public_form"] == "code"))


@requires("needs.enter")
def receipt(need_id: uuid.UUID) -> FileResponse:
    """A receipt with a fresh code; one that was given before is void."""
    row = reached_need(need_id, "needs.enter")
    return pdf(papers.receipt(community_name(row.community_id), receipts.issue(need_id), row.category, row.received_on))


@requires("needs.manage")
def answer(need_id: uuid.UUID) -> FileResponse:
    """The answer on paper."""
    row = reached_need(need_id, "needs.manage")
    told = receipts.told_of(need_id)
    if told is None:
        raise NotFound
    audit("needs.answer_printed", "needs_need", need_id)
    return pdf(papers.answer_slip(community_name(row.community_id), told, row.summary))


def _page(community: Any, form: Form) -> str:
    count = form.field("count", _("张数"), "number", 40, required=True, min=1, max=slips.MOST, inputmode="numeric",
                       help=_("每页 8 张；每张一个号码，只能用一次"))
    mode = settings("needs", community.id)["public_form"]
    return render_template("needs/printing.html", community=community, count=count, form=form, mode=mode,
                           address=papers.address("form", code=community.code))


ROUTES: tuple[Route, ...] = (
    ("/print/", "print_form", index, "GET"), ("/print/slips", "print_slips", print_slips, "POST"), ("/print/poster", "poster", poster, "GET"),
    ("/needs/<uuid:need_id>/receipt", "receipt", receipt, "POST"), ("/needs/<uuid:need_id>/slip", "answer_slip", answer, "POST"))
