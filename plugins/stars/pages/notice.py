"""The public notice: a page and a paper for the board, and the granting once it is over."""
from __future__ import annotations

import uuid

from flask import Response as FlaskResponse, render_template, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response

from core.api import Conflict, _, acting, authorize, requires, today
from core.pages import Route, asked, attempt, me, own_member
from plugins.stars import documents, granting, notices, papers, progress, queries, rights


@requires("stars.read")
def show(notice_id: uuid.UUID) -> str:
    """A notice for an officer."""
    row = notices.readable(notice_id, acting(), None)
    return _page(row, own=False)


@requires("stars.self")
def own(notice_id: uuid.UUID) -> str:
    """A notice for a member whom it concerns."""
    row = notices.readable(notice_id, acting(), progress.places_of(own_member()))
    return _page(row, own=True)


def _page(row: Row, *, own: bool) -> str:
    pack, found = queries.packs_by_id()[row.pack_id], queries.of_notice(row.id)
    rows = [{"name": papers.display_name(one.name), "unit": one.unit_name or "—", "level": documents.level_name(pack.document, one.level),
             "state": one.state, "url": None if own else url_for("stars.case", case_id=one.id)} for one in found]
    manages = not own and rights.manages(acting(), row.organization_id)
    return render_template("stars/notice.html", row=row, pack=pack, rows=rows, own=own, issuer=papers.issuer(pack), over=row.until < today(),
                           may_grant=manages and row.until < today() and any(one.state == "published" for one in found))


@requires("stars.read")
def pdf(notice_id: uuid.UUID) -> FlaskResponse:
    """The notice as a PDF."""
    row = notices.readable(notice_id, acting(), None)
    content = papers.notice(row, queries.of_notice(row.id), queries.packs_by_id()[row.pack_id])
    return FlaskResponse(content, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{today():%Y%m%d}.pdf"'})


@requires("stars.manage")
def grant(notice_id: uuid.UUID) -> str | Response:
    """Give the stars of a notice that is over; the nightly job does the same."""
    row = queries.notice(notice_id)
    authorize(acting(), "stars.manage", rights.scheme_target(row.organization_id))
    back = url_for("stars.notice", notice_id=notice_id)
    if question := asked(_("公示已经期满，没有异议的将获得星级和证书编号。"), _("授予星级"), back):
        return question

    def do() -> None:
        if not granting.grant_due(notice_id, by=me()):
            raise Conflict(_("公示还没有期满，或还有异议没有答复。"))
    return attempt(do, _("已授予。"), back)


ROUTES: tuple[Route, ...] = (("/notices/<uuid:notice_id>", "notice", show, "GET"), ("/notices/<uuid:notice_id>/pdf", "notice_pdf", pdf, "GET"),
                             ("/notices/<uuid:notice_id>/grant", "grant", grant, "POST"), ("/me/notices/<uuid:notice_id>", "own_notice", own, "GET"))
