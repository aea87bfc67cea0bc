"""The work register 工作台账 of the community and of the unit: the same rows, seen from either side, printed and exported (R20, R55, D4)."""
from __future__ import annotations

import io
import uuid

from flask import redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from core.documents import storage
from core.errors import NotFound
from core.members.reach import grants_for
from core.service.claims.queries import ALL, ClaimFilter, names_under, register as read, served
from core.service.claims.register import JOB, MOST_ROWS, NOTHING, SIDES, XLSX, export_found, parts_of, start_export, who
from core.service.claims.rights import EXPORT, READ
from web.pages.claims.blueprint import pages
from web.pages.claims.showing import after, in_address, narrowed, recipient, shown, sources
from web.pages.files import hand_out
from web.progress import own_job, progress_page
from web.tenant import actor


@pages.page("/register/", access=READ)
def register() -> str:
    """A page of the register, newest first."""
    return _list(narrowed(request.args))


@pages.page("/register/search", access=READ, methods=("POST",))
def search_register() -> str | Response:
    """The same for a member's name."""
    wanted = narrowed(request.form, typed=True)
    return _list(wanted) if wanted.name else redirect(url_for("claims.register", side=_side(), **in_address(wanted)), 303)


@pages.page("/register/export", access=EXPORT, methods=("POST",))
def export_register() -> Response:
    """The whole register as a workbook: by a job, or at once where a name is looked for, which no job may hold."""
    wanted, side = narrowed(request.form, typed=True), _side()
    if not wanted.name:
        return redirect(url_for("claims.exported_register", job_id=start_export(side, wanted)), 303)
    content = io.BytesIO()
    export_found(actor(), side, wanted, content)
    content.seek(0)
    return send_file(content, XLSX, as_attachment=True, download_name=f"{SIDES[side]}.xlsx")


@pages.page("/register/exports/<uuid:job_id>", access=EXPORT)
def exported_register(job_id: uuid.UUID) -> str | Response:
    """The progress, then the link. htmx asks for the bar only."""
    job = own_job(job_id, JOB)
    return progress_page(job, url_for("claims.exported_register", job_id=job_id), "claims/exported.html", found=job.result or {})


@pages.page("/register/exports/<uuid:job_id>/file", access=EXPORT)
def register_file(job_id: uuid.UUID) -> Response:
    """The workbook."""
    file_id = (own_job(job_id, JOB).result or {}).get("file")
    if not file_id or storage.fact(uuid.UUID(file_id)).purpose != EXPORT:
        raise NotFound
    return hand_out(uuid.UUID(file_id))


def _list(wanted: ClaimFilter) -> str:
    side = _side()
    page = read(side, grants_for(actor(), READ), wanted, after=after())
    ids = [row.id for row in page.rows]
    came, under, parts = served(ids), names_under(ids), parts_of(ids)
    rows = [entry | {"who": who(row, under.get(row.id, ())), "came": came.get(row.id, NOTHING), "recipient": recipient(row),
                     "said": [part.values.get(row.id) for part in parts]} for row, entry in zip(page.rows, shown(page.rows, "work"), strict=True)]
    tabs = [{"title": SIDES[key], "url": url_for("claims.register", side=key, **in_address(wanted)), "active": key == side, "key": key}
            for key in _sides()]
    return render_template("claims/register.html", rows=rows, page=page, tabs=tabs, side=side, title=SIDES[side], parts=parts, wanted=wanted,
                           narrow=wanted != ALL, kept=in_address(wanted), sources=sources(), most=MOST_ROWS,
                           action=url_for("claims.search_register"), clear_url=url_for("claims.register", side=side))


def _sides() -> list[str]:
    """Which registers the actor's grants have: the unit's for a liaison or sector, the community's for places, both for those above."""
    kinds = {grant.kind for grant in grants_for(actor(), READ)}
    return [side for side, of in (("community", {"community", "street", "county", "committee"}), ("unit", {"unit", "sector", "county", "committee"}))
            if kinds & of]


def _side() -> str:
    sides, chosen = _sides(), request.values.get("side")
    return chosen if chosen in sides else (sides or ["community"])[0]
