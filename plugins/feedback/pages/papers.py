"""The letter of a pack to print or take away, and the letters of a whole place as a zip."""
from __future__ import annotations

import uuid

from flask import Response as FlaskResponse, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Invalid, _, audit, organization, requires
from core.pages import Route, file
from plugins.feedback import docx, letters, periods, rights, sheets, zipping


@requires("feedback.read")
def pdf(feedback_pack_id: uuid.UUID) -> FlaskResponse:
    """The letter to be printed and signed by hand."""
    rights.require_read(feedback_pack_id)
    content = letters.pdf(letters.letters([feedback_pack_id]))
    audit("feedback.printed", "feedback_pack", feedback_pack_id, {"as": "pdf"})
    return file(content, "pdf", _("反馈函"), inline=True)


@requires("feedback.read")
def word(feedback_pack_id: uuid.UUID) -> FlaskResponse:
    """The letter as a Word file."""
    rights.require_read(feedback_pack_id)
    content = docx.letter(letters.letters([feedback_pack_id])[0])
    audit("feedback.printed", "feedback_pack", feedback_pack_id, {"as": "docx"})
    return file(content, "docx", _("反馈函"))


@requires("feedback.read")
def sheet(feedback_pack_id: uuid.UUID) -> FlaskResponse:
    """Its table as a workbook."""
    rights.require_read(feedback_pack_id)
    audit("feedback.printed", "feedback_pack", feedback_pack_id, {"as": "xlsx"})
    return file(sheets.pack(feedback_pack_id), "xlsx", _("反馈函情况表"))


@requires("feedback.run")
def batch(organization_id: uuid.UUID) -> Response:
    """All signed letters of a place in a period, as a zip."""
    rights.require_run(organization_id)
    period = periods.parse(request.args.get("period", "") or periods.usual().key)
    try:
        rows = zipping.chosen(organization(organization_id).path, period.key)
    except (Invalid, Conflict) as error:
        flash(error.message, "danger")
        return redirect(url_for("feedback.overview", organization_id=organization_id, period=period.key), 303)
    content = zipping.letters_zip(rows)
    audit("feedback.zipped", "feedback_pack", None, {"packs": len(rows), "period": period.key})
    return file(content, "zip", _("反馈函"))


_AT = "/packs/<uuid:feedback_pack_id>"
ROUTES: tuple[Route, ...] = ((f"{_AT}/letter.pdf", "pdf", pdf, "GET"), (f"{_AT}/letter.docx", "word", word, "GET"),
                             (f"{_AT}/letter.xlsx", "sheet", sheet, "GET"), ("/places/<uuid:organization_id>/letters.zip", "batch", batch, "GET"))
