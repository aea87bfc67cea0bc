"""The unit's file of its members' service, for the unit and those above it: searched, narrowed, exported."""
from __future__ import annotations

import io
import uuid

from flask import redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from core.documents import storage
from core.errors import NotFound
from core.i18n import _
from core.members.reach import grants_for
from core.service.export import EXPORT, MOST_ROWS, XLSX, export_found, start_export
from core.service.queries import ALL, RecordFilter, of_units
from core.service.rights import READ
from core.service.summary import counts_for_units
from core.tenancy import today
from web.pages.files import hand_out
from web.pages.records.blueprint import pages
from web.pages.records.narrowing import in_address, kinds_of, narrowed, shown
from web.pages.records.words import SOURCES, STATES
from web.progress import own_job, progress_page
from web.tenant import actor


@pages.page("/filed/", access=READ)
def filed() -> str:
    """What the unit's members have done, as filed with the unit (R22); the recipients stay unnamed."""
    return _list(_wanted_by_address())


@pages.page("/filed/search", access=READ, methods=("POST",))
def search_filed() -> str | Response:
    """The same for a name or words; without either, kind and days go back to the address."""
    wanted = _wanted_by_form()
    if not wanted.typed:
        return redirect(url_for("records.filed", **in_address(wanted)), 303)
    return _list(wanted)


@pages.page("/filed/export", access=READ, methods=("POST",))
def export_filed() -> Response:
    """What the list shows as a workbook: by a job, or at once where a name or words are looked for, which no job may hold."""
    wanted = _wanted_by_form()
    if not wanted.typed:
        return redirect(url_for("records.exported", job_id=start_export(wanted)), 303)
    content = io.BytesIO()
    export_found(actor(), wanted, content)
    content.seek(0)
    return send_file(content, XLSX, as_attachment=True, download_name=_("服务备案.xlsx"))


@pages.page("/exports/<uuid:job_id>", access=READ)
def exported(job_id: uuid.UUID) -> str | Response:
    """The progress, then the link. htmx asks for the bar only."""
    job = own_job(job_id, EXPORT)
    return progress_page(job, url_for("records.exported", job_id=job_id), "records/exported.html", found=job.result or {})


@pages.page("/exports/<uuid:job_id>/file", access=READ)
def exported_file(job_id: uuid.UUID) -> Response:
    """The workbook."""
    file_id = (own_job(job_id, EXPORT).result or {}).get("file")
    if not file_id or storage.fact(uuid.UUID(file_id)).purpose != READ:
        raise NotFound
    return hand_out(uuid.UUID(file_id))


def _list(wanted: RecordFilter) -> str:
    grants = grants_for(actor(), READ)
    page = of_units(grants, wanted, after=request.values.get("after", type=uuid.UUID))
    rows = [row._asdict() | {"url": url_for("records.decide", record_id=row.id)} for row in page.rows]
    # For a county or the city the year's figures would read too much; beside a filter they would say something else than the list.
    counts = counts_for_units(grants) if wanted == ALL and {g.kind for g in grants} <= {"unit", "sector"} else None
    return render_template("records/filed.html", rows=rows, page=page, states=STATES, sources=SOURCES, counts=counts, year=today().year,
                           wanted=wanted, narrow=wanted != ALL, kept=in_address(wanted), fields=shown(wanted, kinds_of(grants)), most=MOST_ROWS,
                           one_unit=len(grants) == 1 and grants[0].kind == "unit")


def _wanted_by_address() -> RecordFilter:
    return narrowed(request.args, kinds_of(grants_for(actor(), READ)))


def _wanted_by_form() -> RecordFilter:
    return narrowed(request.form, kinds_of(grants_for(actor(), READ)), typed=True)
