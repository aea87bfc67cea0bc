"""The import in three steps: upload, look at what was found, confirm; then the result with the bad lines to mend."""
from __future__ import annotations

import uuid
from io import BytesIO
from pathlib import Path

from flask import flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

import tenants
from core.errors import Conflict, Invalid, NotFound
from core.i18n import _, _l
from core.jobs import JobView, recent_jobs
from tenants.importing import report, work
from tenants.importing.problems import KINDS
from web.navigation import NavigationItem, register
from web.pages.files import hand_out
from web.routing import Pages
from web.tenant import actor

pages = Pages("imports", __name__, url_prefix="/imports")
register("members", _l("党员"), NavigationItem(_l("导入花名册"), "imports.index", "upload", permission=work.PERMISSION, order=60), order=20)
DATA = Path(tenants.__file__).parent / "data"
SHOWN_JOBS = 20


@pages.page("/", access=work.PERMISSION)
def index() -> str:
    """The upload form, the template, and one's recent imports."""
    return _index()


@pages.page("/", access=work.PERMISSION, methods=("POST",))
def upload() -> Response | tuple[str, int]:
    """Keep the file and have it checked."""
    try:
        job_id = work.start_check(*_uploaded(), actor().account_id)
    except Invalid as error:
        return _index(error), 422
    return redirect(url_for("imports.show", job_id=job_id), 303)


@pages.page("/<uuid:job_id>", access=work.PERMISSION)
def show(job_id: uuid.UUID) -> str:
    """The progress of a check or import, then what it found or did."""
    job = _own(job_id)
    found = job.result or {}
    if job.status != "done" or "refused" in found:
        return render_template("imports/progress.html", job=job, refused=found.get("refused"), checking=job.kind == work.CHECK,
                               poll_url=url_for("imports.progress", job_id=job_id) if job.open else None)
    read = report.read(uuid.UUID(found["report"]))
    kind, number = request.args.get("kind") or None, request.args.get("page", 1, type=int)
    if kind not in KINDS:
        kind = None
    problems, more = read.page(kind, number)
    return render_template("imports/report.html", job=job, found=found, report=read, problems=problems, more=more, kind=kind,
                           number=max(1, number), titles=KINDS, checking=job.kind == work.CHECK,
                           nothing=not _to_write(found))


@pages.page("/<uuid:job_id>/progress", access=work.PERMISSION)
def progress(job_id: uuid.UUID) -> str | Response:
    """The progress bar alone, for htmx; when the work has ended the page is loaded anew."""
    job = _own(job_id)
    if job.open:
        return render_template("imports/_bar.html", job=job, poll_url=url_for("imports.progress", job_id=job_id))
    return Response("", headers={"HX-Redirect": url_for("imports.show", job_id=job_id)})


@pages.page("/<uuid:job_id>/confirm", access=work.PERMISSION, methods=("POST",))
def confirm(job_id: uuid.UUID) -> Response:
    """Import what was checked; the bad lines stay out."""
    job = _own(job_id)
    if not (job.result or {}).get("file"):
        raise Conflict(_("这份文件还没有核对完，或不能导入。请重新上传。"))
    started = work.start_write(job, uuid.UUID(str((job.result or {})["file"])))
    flash(_("导入已经开始，可以离开这一页，稍后再来看结果。"), "success")
    return redirect(url_for("imports.show", job_id=started), 303)


@pages.page("/<uuid:job_id>/bad-rows.xlsx", access=work.PERMISSION)
def bad_rows(job_id: uuid.UUID) -> Response:
    """The lines that did not get in, with their reasons."""
    file_id = (_own(job_id).result or {}).get("bad_rows")
    if not file_id:
        raise NotFound
    return hand_out(uuid.UUID(file_id))


@pages.page("/template.xlsx", access=work.PERMISSION)
def template() -> Response:
    """The empty roster with notes and drop-down lists."""
    return _shipped("roster_template.xlsx", _("花名册模板.xlsx"))


@pages.page("/sample.xlsx", access=work.PERMISSION)
def sample() -> Response:
    """A small roster of invented people, for trying out."""
    return _shipped("sample_roster.xlsx", _("花名册样例（虚构）.xlsx"))


def _shipped(file: str, name: str) -> Response:
    return send_file(BytesIO((DATA / file).read_bytes()), report.XLSX, as_attachment=True, download_name=name)


def _uploaded() -> tuple[str, bytes]:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid(_("请先选择花名册文件。"), {"file": [_("请选择 .xlsx 或 .csv 文件")]})
    return sent.filename, sent.read()


def _index(error: Invalid | None = None) -> str:
    jobs = [j for j in recent_jobs(100, created_by=actor().account_id) if j.kind in (work.CHECK, work.WRITE)][:SHOWN_JOBS]
    rows = [{"title": j.label, "url": url_for("imports.show", job_id=j.id), "at": j.created_at, "status": j.status,
             "rows": (j.result or {}).get("rows"), "job": j} for j in jobs]
    return render_template("imports/index.html", rows=rows, message=error.message if error else None,
                           errors=(error.fields.get("file", []) if error else []))


def _own(job_id: uuid.UUID) -> JobView:
    return work.import_job(job_id, actor().account_id)


def _to_write(found: dict) -> int:
    """How many lines a confirmation would write; none when every member's line is faulty, for then the file is likely a wrong one."""
    if found["rows"] and found["rows"] == found["members"]["faulty"]:
        return 0
    return sum(found[sheet][what] for sheet in ("members", "units") for what in ("new", "changed"))
