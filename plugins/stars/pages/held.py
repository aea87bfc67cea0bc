"""Who holds a star, one star with what it stands on, its certificate, and taking it away."""
from __future__ import annotations

import uuid

from flask import Response as FlaskResponse, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import NotFound, _, acting, authorize, member_target, requires, today
from core.pages import Route, after, attempt, following, me, own_member, said
from plugins.stars import documents, explaining, granting, papers, queries, rights
from plugins.stars.models import Star
from plugins.stars.pages.doing import STAR_STATES
from plugins.stars.progress import places_of

LONGEST = 50


@requires("stars.read")
def index() -> str:
    """Everybody within reach who holds a star, by name."""
    return _list("")


@requires("stars.read")
def search() -> str | Response:
    """The same for the beginning of a name, its pinyin or its initials."""
    text = request.form.get("q", "").strip()[:LONGEST]
    return _list(text) if text else redirect(url_for("stars.held", scheme=request.form.get("scheme") or None), 303)


def _list(text: str) -> str:
    packs = queries.packs_by_id()
    schemes = {pack.name: pack.title for pack in packs.values()}
    scheme = request.values.get("scheme", "")
    scheme = scheme if scheme in schemes else ""
    found = queries.holders(acting(), scheme, text, after())
    rows = [{"name": row.name, "unit": row.unit_name or "—", "scheme": packs[row.pack_id].title, "number": row.number,
             "level": documents.level_name(packs[row.pack_id].document, row.level), "granted_on": row.granted_on,
             "valid_until": row.valid_until, "url": url_for("stars.star", star_id=row.id)} for row in found[:queries.PAGE]]
    return render_template("stars/held.html", rows=rows, text=text, scheme=scheme, schemes=schemes,
                           following=following(found, queries.PAGE))


@requires("stars.read")
def show(star_id: uuid.UUID) -> str:
    """One star with the version of the rules and the facts on which it stood."""
    row = _reached(star_id)
    pack, places = queries.packs_by_id()[row.pack_id], places_of(row.member_id)
    return render_template(
        "stars/star.html", row=row, pack=pack, places=places, level_name=documents.level_name(pack.document, row.level),
        ways=explaining.ways(row.explanation, pack.document, row.level)[:1], states=STAR_STATES, doubts=queries.doubts_of(star_id),
        may_revoke=row.state == "held" and rights.manages(acting(), pack.organization_id),
        may_settle=rights.manages(acting(), pack.organization_id))


def _reached(star_id: uuid.UUID) -> Star:
    row = queries.star(star_id)
    authorize(acting(), "stars.read", member_target(row.member_id))
    return row


@requires("stars.read")
def certificate(star_id: uuid.UUID) -> FlaskResponse:
    """The certificate, for an officer to print and hand over."""
    return _pdf(_reached(star_id))


@requires("stars.self")
def own_certificate(star_id: uuid.UUID) -> FlaskResponse:
    """One's own certificate."""
    row = queries.star(star_id)
    if row.member_id != own_member():
        raise NotFound
    return _pdf(row)


def _pdf(row: Star) -> FlaskResponse:
    return FlaskResponse(papers.certificate(row.id), mimetype="application/pdf", headers={
        "Content-Disposition": f'inline; filename="{today():%Y%m%d}.pdf"'})


@requires("stars.manage")
def revoke(star_id: uuid.UUID) -> Response:
    """Take a star away, with a reason."""
    row = _reached(star_id)
    authorize(acting(), "stars.manage", rights.scheme_target(queries.packs_by_id()[row.pack_id].organization_id))
    return attempt(lambda: granting.revoke(star_id, said("reason"), by=me()), _("已撤销。"), url_for("stars.star", star_id=star_id))


ROUTES: tuple[Route, ...] = (("/held/", "held", index, "GET"), ("/held/search", "held_search", search, "POST"),
                             ("/held/<uuid:star_id>", "star", show, "GET"), ("/held/<uuid:star_id>/certificate", "certificate", certificate, "GET"),
                             ("/held/<uuid:star_id>/revoke", "revoke", revoke, "POST"),
                             ("/me/held/<uuid:star_id>/certificate", "own_certificate", own_certificate, "GET"))
