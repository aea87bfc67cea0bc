"""The way on paper: the letters to print, and the reply slip that comes back filled in by hand."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response as FlaskResponse, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Invalid, NotFound, _, requires, today
from core.pages import Route, attempt, day, refused, said, version
from plugins.consultation import answering, papers, queries, rights
from plugins.consultation.pages.doing import opinions
from plugins.consultation.words import OPINIONS


@requires("consultation.read")
def letter(consultation_id: uuid.UUID) -> FlaskResponse:
    """The letter that asks, with its reply slip."""
    seen = rights.sides(consultation_id)
    if seen.street:
        raise NotFound
    return _file(papers.request_letter(consultation_id), consultation_id)


@requires("consultation.read")
def reply(consultation_id: uuid.UUID) -> FlaskResponse:
    """The community's reply; the latest round, or the one that was asked for."""
    rights.sides(consultation_id)
    number = request.args.get("round", type=int) or queries.one(consultation_id)["round"]
    return _file(papers.reply_letter(consultation_id, number), consultation_id)


def _file(data: dict[str, Any], request_id: uuid.UUID) -> FlaskResponse:
    docx = request.args.get("as") == "docx"
    content = papers.docx(data, request_id) if docx else papers.pdf(data, request_id)
    name = f"{today():%Y%m%d}.{'docx' if docx else 'pdf'}"
    return FlaskResponse(content, mimetype=papers.DOCX if docx else papers.PDF, headers={
        "Content-Disposition": f'{"attachment" if docx else "inline"}; filename="{name}"'})


@requires("consultation.read")
def slip(consultation_id: uuid.UUID) -> str:
    """The form for a reply slip that came back on paper."""
    rights.require_either(consultation_id)
    return _form(consultation_id)


def _form(request_id: uuid.UUID, error: Invalid | Conflict | None = None) -> str:
    return render_template("consultation/slip.html", row=queries.one(request_id), subjects=queries.subjects(request_id), opinions=OPINIONS,
                           today=today(), error=refused(error) if error else None, typed=said)


@requires("consultation.read")
def enter(consultation_id: uuid.UUID) -> Response:
    """Key it in."""
    rights.require_either(consultation_id)
    given = opinions([one["id"] for one in queries.subjects(consultation_id)])
    return attempt(lambda: answering.enter_paper(consultation_id, version(), given, day("day"), said("signers")),
                   _("已登记纸质答复。"), url_for("consultation.show", consultation_id=consultation_id), lambda error: _form(consultation_id, error))


_AT = "/requests/<uuid:consultation_id>"
ROUTES: tuple[Route, ...] = ((f"{_AT}/letter", "letter", letter, "GET"), (f"{_AT}/reply", "reply", reply, "GET"),
                             (f"{_AT}/slip", "slip", slip, "GET"), (f"{_AT}/slip", "enter_slip", enter, "POST"))
