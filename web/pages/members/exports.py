"""The export of a roster: started by a form, shown with its progress, fetched by whoever asked for it."""
from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from core.documents import storage
from core.errors import NotFound
from core.i18n import _
from core.members.export import EXPORT, PERMISSION, PURPOSE, start_export
from core.members.reach import grants_for
from web.pages.files import hand_out
from web.pages.members.blueprint import pages
from web.pages.members.roster import choice
from web.progress import own_job, progress_page
from web.tenant import actor


@pages.page("/export", access=PERMISSION, methods=("POST",))
def export() -> Response:
    """Write the job. A search text is not taken along: it would be somebody's name in a job's payload."""
    wanted = choice(request.form, text="").filter(grants_for(actor(), PERMISSION))
    begun = start_export(actor(), wanted, request.form.get("reason") or None)
    if begun.approval is not None:
        flash(_("人数较多，且号码、地址不遮盖：已提交申请，另一人确认后自动生成文件。"), "success")
        return redirect(url_for("approvals.show", approval_id=begun.approval), 303)
    return redirect(url_for("members.exported", job_id=begun.job), 303)


@pages.page("/exports/<uuid:job_id>", access=PERMISSION)
def exported(job_id: uuid.UUID) -> str | Response:
    """The progress, then the link. htmx asks for the bar only."""
    job = own_job(job_id, EXPORT)
    return progress_page(job, url_for("members.exported", job_id=job_id), "members/exported.html", found=job.result or {})


@pages.page("/exports/<uuid:job_id>/file", access=PERMISSION)
def exported_file(job_id: uuid.UUID) -> Response:
    """The workbook."""
    file_id = (own_job(job_id, EXPORT).result or {}).get("file")
    if not file_id or storage.fact(uuid.UUID(file_id)).purpose != PURPOSE:
        raise NotFound
    return hand_out(uuid.UUID(file_id))
