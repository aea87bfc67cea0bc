"""The import's jobs and how they are started: a check that writes nothing, then, once confirmed, the import."""
from __future__ import annotations

import uuid
from typing import Any

from core import audit
from core.access.actor import load_actor
from core.documents import storage
from core.documents.reading import open_tables
from core.errors import Conflict, Invalid, NotFound
from core.i18n import _, _l
from core.jobs import JobContext, JobView, enqueue, handler, job_view
from core.tenancy import session
from tenants.importing import report
from tenants.importing.run import Outcome, run

CHECK, WRITE = "members.import.check", "members.import.write"
PERMISSION = report.PERMISSION


def start_check(name: str, content: bytes, owner_id: uuid.UUID | None = None) -> uuid.UUID:
    """Keep an upload and let it be checked; answers the job's id. Raises Invalid when the file cannot be a table.

    The log tells size and kind; the file's name stays out of it, since people put names into names.
    """
    with open_tables(content, name) as table:
        kind = table.kind
    file_id = storage.save(name, "application/octet-stream", content, PERMISSION, report.DAYS, owner_id)
    audit.record("roster.uploaded", "stored_file", file_id, {"bytes": len(content), "kind": kind})
    return enqueue(CHECK, {"file": file_id})


def start_write(check: JobView, file_id: uuid.UUID) -> uuid.UUID:
    """Let a checked file be imported; confirming twice is confirming once. Raises Conflict when there is nothing to import."""
    result = check.result or {}
    if check.kind != CHECK or check.status != "done" or "refused" in result:
        raise Conflict(_("这份文件还没有核对完，或不能导入。请重新上传。"))
    return enqueue(WRITE, {"file": file_id}, effect_key=f"{WRITE}:{check.id}", total=result["rows"])


def import_job(job_id: uuid.UUID, account_id: uuid.UUID | None = None) -> JobView:
    """A job of the import, for the account that started it (None: for everyone). Raises NotFound."""
    job = job_view(job_id)
    if job.kind not in (CHECK, WRITE) or (account_id is not None and job.created_by != account_id):
        raise NotFound
    return job


@handler(CHECK, label=_l("核对花名册"))
def check_file(job: JobContext) -> dict[str, Any]:
    """Go through the file without writing; the log tells how many lines it has, which the upload did not know."""
    result = _work(job, write=False)
    counts = {"refused": True} if "refused" in result else {"rows": result["rows"]}
    audit.record("roster.checked", "stored_file", uuid.UUID(job.payload["file"]), {**counts, "by": job.created_by})
    return result


@handler(WRITE, label=_l("导入花名册"))
def write_file(job: JobContext) -> dict[str, Any]:
    """Go through the file again and write, all in this job's transaction: a killed worker leaves nothing behind."""
    result = _work(job, write=True)
    if "refused" not in result:
        counts = {key: result[key] for key in ("members", "units", "sectors")}
        audit.record("members.imported", "stored_file", uuid.UUID(job.payload["file"]), {**counts, "by": job.created_by})
    return result


def _work(job: JobContext, *, write: bool) -> dict[str, Any]:
    file = storage.load(uuid.UUID(job.payload["file"]))
    try:
        with session().begin_nested():  # a file that turns out unreadable half-way leaves nothing either
            outcome = run(file.content, file.name, paths=_reach(job), write=write,
                          progress=lambda done, total: job.progress(done, total, _("已处理 %(count)d 行") % {"count": done}))
    except Invalid as refusal:  # another attempt would find the same file
        return {"refused": refusal.message}
    return _result(job, outcome)


def _result(job: JobContext, outcome: Outcome) -> dict[str, Any]:
    job.progress(outcome.members.total, outcome.members.total)
    return {"file": job.payload["file"], **report.keep(outcome, job.created_by)}


def _reach(job: JobContext) -> tuple[str, ...] | None:
    """The subtrees of whoever started the job, as they are now; the installation itself (command line) reaches all."""
    if job.created_by is None:
        return None
    actor = load_actor(job.created_by)
    return actor.paths(PERMISSION) if actor else ()
